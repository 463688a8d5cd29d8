"""What a clinical system is told at a point of its own work, by the rules of CDS Hooks."""
