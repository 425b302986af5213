"""Sealed PDFs that stay with their rows: made when first needed, kept, and never made again."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from aladdin import clock, papers
from aladdin.papers import Paper
from aladdin.problems import NotPermitted
from loans import evidence
from loans.models import LoanApplication
from organization import access
from organization.models import Staff
from organization.roles import Role


class KeptRow(Protocol):
    """A row with a place for its sealed file."""

    file: str
    file_sha256: str
    sealed_at: datetime | None

    def save(self, *, update_fields: list[str]) -> None: ...


def sealed(
    row: KeptRow,
    paper: Callable[[], Paper],
    *,
    application_id: UUID,
    key: bytes | None,
    reason: str,
    exact: bool = True,
) -> bytes:
    """The row's file; the first time it is set, sealed and kept. The row is locked by the caller. Not `exact`: a
    character that the fonts lack is printed as 〓, where people wrote in their own words and nobody signs them.

    Raises Unprintable, and EvidenceMissing where what was kept is gone."""
    if row.sealed_at is None:
        made = papers.seal(papers.render(paper(), exact=exact), reason=reason)
        row.file = evidence.keep(made, application_id=application_id, key=key)
        row.file_sha256, row.sealed_at = hashlib.sha256(made).hexdigest(), clock.now()
        row.save(update_fields=["file", "file_sha256", "sealed_at"])
        return made
    return evidence.fetch(row.file, key=key)


def check_reader(application: LoanApplication, by: Staff) -> None:
    """Papers with all their personal data are for investigators, the officer who pays, and the auditor. Raises
    `not_permitted`, `not_in_charge` (403)."""
    access.require(by, "loan_contract.read")
    investigators = {application.investigator_id, application.co_investigator_id}
    if by.pk not in investigators and not by.roles() & {Role.DISBURSEMENT_OFFICER, Role.AUDITOR}:
        raise NotPermitted("not_in_charge", "只有本笔调查人员、放款岗与审计可以查看原文")
