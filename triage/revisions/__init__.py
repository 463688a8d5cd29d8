"""A pack beside its text and beside another version of itself: `triage rules trace`, `new` and `diff`."""
