"""What no text may say that a third party reads (domain 6.1)."""

import re

#: Mobile and identity numbers, cards and accounts, mail addresses: of persons, not of branches.
PERSONAL = re.compile(r"(?<![0-9])(?:1[3-9][0-9]{9}|[0-9]{12,19}|[0-9]{17}[0-9Xx])(?![0-9])|[\w.+-]+@[\w-]+\.\w")
#: An amount in figures.
AMOUNT = re.compile(r"[0-9][0-9,.]*\s*[万亿]?元")
