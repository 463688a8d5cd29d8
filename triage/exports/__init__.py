"""A pack in other forms, for people and for other programs: `triage rules table`, `graph` and `export`."""
