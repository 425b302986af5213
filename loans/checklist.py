"""Which papers the product asks for in this case, and which of them are missing or have run out.

Missing and expired are told apart; a paper without a date is not expired; one that soon expires is a warning
only (domain 1.6).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aladdin import clock, parameters
from loans import circumstances
from loans.blocker import Blocker
from loans.codes import MaterialType
from loans.reading import once

if TYPE_CHECKING:
    from loans.models import LoanApplication


@dataclass(frozen=True)
class Entry:
    """One kind of paper on the list of one case."""

    type: MaterialType
    stage: str
    pages: int
    filed: int
    is_expired: bool
    expires_soon: bool

    @property
    def is_complete(self) -> bool:
        return self.filed >= self.pages and not self.is_expired


@once
def entries(application: "LoanApplication") -> list[Entry]:
    """The list of papers in the product's order, with what is there."""
    today = clock.today()
    soon = today + timedelta(days=parameters.integer("loan.paper_expiry_warning_days"))
    papers = list(application.materials.standing())
    valid = Counter(paper.type for paper in papers if not paper.expires_on or paper.expires_on >= today)
    ending = {paper.type for paper in papers if paper.expires_on and today <= paper.expires_on <= soon}
    case = circumstances.of(application)
    expired = {paper.type for paper in papers if paper.expires_on and paper.expires_on < today}
    return [
        Entry(
            type=MaterialType(asked.type),
            stage=asked.stage,
            pages=asked.pages,
            filed=valid[asked.type],
            is_expired=asked.type in expired and valid[asked.type] < asked.pages,
            expires_soon=asked.type in ending,
        )
        for asked in application.product_version.required_materials.order_by("id")
        if case.ask_for(asked)
    ]


def shortcomings(application: "LoanApplication", *, stage: str) -> Iterable[Blocker]:
    """What the list lacks at a stage (SUBMISSION or DISBURSEMENT)."""
    for entry in entries(application):
        if entry.stage != stage or entry.is_complete:
            continue
        if entry.is_expired:
            yield Blocker("material_expired", f"{entry.type.label}已过有效期", f"materials.{entry.type}")
        else:
            lacking = f"（需{entry.pages}张，已有{entry.filed}张）" if entry.pages > 1 else ""
            yield Blocker("material_missing", f"缺少{entry.type.label}{lacking}", f"materials.{entry.type}")
