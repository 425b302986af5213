"""What `bin/*` does: install, run, test, check. Nothing of the bank itself.

`install` runs before anything is installed and knows the standard library alone; so this file stays empty.
"""
