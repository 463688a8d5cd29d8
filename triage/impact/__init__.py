"""What a change of a pack does to real intakes: the rows of tables, read by the pack as it was and as it is."""
