"""The documents as a site: pages written by hand, and pages made from the packs, the models and the commands themselves.

What can be read off the program is never written down a second time. `make docs` builds the site; nothing here is installed.
"""
