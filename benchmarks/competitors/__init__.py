"""The engines that `engines.py` compares with, one module each.

`build()` prepares everything before the clock starts and returns a function from the six answers, all known, to the outcome.
None of these engines takes an unknown answer, and none says why: this is the least that they do, as fast as their own
interface reasonably goes.
"""
