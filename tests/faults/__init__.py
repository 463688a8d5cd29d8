"""Runs that are stopped, and runs in which writing fails: `make faults` does all of it, the tests a part."""
