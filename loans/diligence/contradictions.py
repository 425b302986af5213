"""Contradictions of a case, as they stand now, and the investigator's answers to them.

They are worked out whenever they are asked for, so that none is out of date; what is kept are the answers, each to two
values. Where a value changes the answer no longer fits and another is asked for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from aladdin import audit
from aladdin.problems import Conflict, NotFound
from loans.blocker import Blocker
from loans.diligence.checks import CHECKS
from loans.diligence.codes import Severity
from loans.diligence.finding import Case, Finding
from loans.diligence.opening import check_open
from loans.leading import lead_only, touch
from loans.models import FindingAnswer, LoanApplication
from loans.refusals import refuse
from loans.transitions import hold, subject_of
from organization.models import Staff

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Standing:
    """A contradiction and the answer to it, if there is one."""

    finding: Finding
    answer: FindingAnswer | None

    @property
    def is_open(self) -> bool:
        """Serious, and nobody has said how that is."""
        return self.finding.severity == Severity.SERIOUS and self.answer is None


def of(application: LoanApplication) -> list[Standing]:
    """Every contradiction that stands, the serious ones first."""
    return of_case(Case(application))


def of_case(case: Case) -> list[Standing]:
    """The same of a case of which something was read already."""
    found = sorted(
        (each for check in CHECKS for each in check(case)),
        key=lambda each: (each.severity != Severity.SERIOUS, each.code, each.about),
    )
    said = case.application.finding_answers.select_related("answered_by")
    answers = {(row.code, row.fingerprint): row for row in said}
    return [Standing(each, answers.get((each.code, each.fingerprint))) for each in found]


def unanswered(application: LoanApplication) -> "Iterable[Blocker]":
    """Every serious contradiction without an answer: in the way of handing the file in."""
    for each in of(application):
        if each.is_open:
            field = f"findings.{each.finding.code}"
            yield Blocker("contradiction_unanswered", f"请核实并说明：{each.finding.for_everybody}", field)


@transaction.atomic
def answer(
    application: LoanApplication,
    code: str,
    *,
    fingerprint: str,
    text: str,
    material_id: UUID | None = None,
    by: Staff,
) -> FindingAnswer:
    """A says what he found out about a contradiction. A newer answer to the same takes its place.

    Raises `not_in_charge` (403), `wrong_state_for_investigation` (409), NotFound where there is none of the code,
    `finding_changed` (409) where its values are others now, `evidence_unknown` (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.investigate", by)
    check_open(held)
    finding = _standing(held, code, fingerprint)
    if material_id is not None and not held.materials.standing().filter(pk=material_id).exists():
        raise refuse("evidence_unknown", "佐证影像不在本笔资料中", "material")
    row = FindingAnswer.objects.create(
        application=held,
        code=code,
        fingerprint=fingerprint,
        severity=finding.severity,
        detail=finding.for_everybody[:300],
        answer=text,
        material_id=material_id,
        answered_by=by,
    )
    audit.record(by=by, action="loan.answer_finding", subject=subject_of(held), code=code)
    touch(held)
    return row


def _standing(held: LoanApplication, code: str, fingerprint: str) -> Finding:
    found = [each.finding for each in of(held) if each.finding.code == code]
    if not found:
        raise NotFound("没有找到该矛盾，可能已经消除")
    for each in found:
        if each.fingerprint == fingerprint:
            return each
    raise Conflict("finding_changed", "相关数据已变化，请按最新内容核实说明")
