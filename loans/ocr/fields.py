"""What was found on a document: one field, with how sure the bank may be of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from loans.ocr.lines import Line

LONG_TERM = "LONG_TERM"
"""The value of an end of validity that never comes (长期)."""


@dataclass(frozen=True)
class Field:
    """A field by its name, in normal form (dates as 2020-01-31); confidence from 0 to 1."""

    name: str
    value: str
    confidence: float

    def proven(self, holds: bool) -> "Field":
        """Surer where a check digit, or another field, bears it out; hardly to be believed where not."""
        sure = 1 - (1 - self.confidence) * 0.1 if holds else min(self.confidence, 0.3)
        return replace(self, confidence=round(sure, 4))


def field_of(name: str, value: str, lines: Iterable[Line]) -> Field:
    """As sure as the least sure of the lines it stands on; no value is no confidence."""
    scores = [line.score for line in lines]
    return Field(name, value, min(scores, default=0.0) if value else 0.0)


def date_text(year: str, month: str, day: str) -> str:
    """In normal form; nothing where there is no such day."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
