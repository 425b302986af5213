"""The form of a resident identity number (GB 11643), which several providers check."""

import re

_FORM = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_number(identity_no: str) -> bool:
    """Whether the number has its form and its check digit."""
    if not _FORM.fullmatch(identity_no):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(identity_no, _WEIGHTS, strict=False))
    return identity_no[-1] == "10X98765432"[total % 11]
