"""What a code stands for, and whether a file is the one that the bank gave out."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from aladdin import clock
from aladdin.crypto import CustomerErased
from loans.models import LoanAccount, LoanPaper
from loans.states import State

_CODE_LENGTH = 16
#: As people read and type: O for 0, I and L for 1, with or without strokes.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_ENDED = (State.WITHDRAWN, State.CANCELLED, State.APPROVAL_EXPIRED)


class Standing(Enum):
    """What the paper is worth today: how it is called, and how the page colours it."""

    UNSIGNED = ("尚未签署", "pending")
    IN_FORCE = ("已签署，有效", "good")
    SETTLED = ("已签署，债务已结清", "good")
    ENDED = ("已签署，未放款终止", "ended")

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def tone(self) -> str:
        return self.value[1]


@dataclass(frozen=True)
class Found:
    """All that the page shows of a paper."""

    code: str
    title: str
    number: str
    day: date
    sha256: str
    file_sha256: str
    standing: Standing
    name: str

    @property
    def shown_code(self) -> str:
        """In fours, as it is read out."""
        return "-".join(self.code[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def normal(code: str) -> str:
    """The code as it is kept, however it was typed."""
    return code.strip().upper().translate(_MISREAD)


def find(code: str) -> Found | None:
    """The paper with this code."""
    wanted = normal(code)
    if len(wanted) != _CODE_LENGTH or not wanted.isascii():
        return None
    rows = LoanPaper.objects.select_related("contract__application__customer", "party")
    paper = rows.filter(code=wanted).first()
    return _found(paper) if paper is not None else None


def is_same(found: Found, chunks: Iterable[bytes]) -> bool:
    """Whether a file is, to the last bit, the one that the bank sealed."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return bool(found.file_sha256) and hmac.compare_digest(digest.hexdigest(), found.file_sha256)


def _found(paper: LoanPaper) -> Found:
    signed_at = paper.contract.signed_at
    return Found(
        code=paper.code,
        title=paper.title,
        number=paper.number,
        day=clock.business_date(signed_at) if signed_at else paper.dated,
        sha256=paper.sha256,
        file_sha256=paper.file_sha256,
        standing=_standing(paper),
        name=_name(paper),
    )


def _standing(paper: LoanPaper) -> Standing:
    application = paper.contract.application
    if paper.contract.signed_at is None:
        return Standing.UNSIGNED
    if application.state in _ENDED:
        return Standing.ENDED
    statuses = list(application.accounts.values_list("status", flat=True))
    if statuses and all(status == LoanAccount.Status.SETTLED for status in statuses):
        return Standing.SETTLED
    return Standing.IN_FORCE


def _name(paper: LoanPaper) -> str:
    """Of who signed it: the guarantor on his contract, else the borrower. Nobody once his data were erased."""
    person = paper.party or paper.contract.application.customer
    try:
        return person.masked_name()
    except CustomerErased:
        return "—"
