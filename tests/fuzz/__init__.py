"""Readers fed with what nobody thought of: `make fuzz`. In every run of the tests the same claims over the cases of `hostile`."""
