"""A file that the darkroom does not open."""


class Refused(Exception):
    """With its code of `loans.imaging`."""
