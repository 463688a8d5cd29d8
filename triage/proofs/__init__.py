"""What is proven of a pack without an intake: `triage rules check`."""
