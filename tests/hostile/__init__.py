"""Bad input of every kind, made from the questions of the pack, with what has to come of each; see `case`."""
