"""The engine, proven at length: `make engine` does all of it, the tests a part."""
