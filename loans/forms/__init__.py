"""Forms of the intake: one JSON Schema (2020-12) a step module and product version.

The document that a phone draws its form from is the one that the server checks against (`checking.py`). A step module
is a file here with its fields and how they are read from and written to their rows; `modules.py` lists them. What the
`x-` words of a schema mean is in `docs/forms.md`.
"""
