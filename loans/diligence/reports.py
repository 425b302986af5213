"""The investigators' report (尽职调查报告) for who reviews and approves: made by the bank itself at each hand-in,
sealed as it then was, never changed. A file that is handed in again gets a new report; the old one stays.

The PDF is made and sealed when it is first opened, at the latest in the night after."""

import hashlib
import json

from django.db import transaction
from django.db.models import QuerySet

from aladdin import audit
from aladdin.problems import NotFound
from loans import bureau, sealed_files, viewing
from loans.diligence import report_content, report_paper
from loans.diligence.report_content import Told
from loans.models import DecisionRun, InvestigationReport, LoanApplication
from loans.transitions import subject_of
from loans.viewing import Looker
from organization.access import may, require
from organization.models import Staff


def make(held: LoanApplication, run: DecisionRun, *, by: Staff) -> InvestigationReport:
    """The report of this hand-in; `run` is what rules and scorecard said at it. The application is locked."""
    content = report_content.of(held, run)
    said = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    row = InvestigationReport(
        application=held,
        version=held.investigation_reports.count() + 1,
        sha256=hashlib.sha256(said.encode()).hexdigest(),
        made_by=by,
    )
    row.content = said
    row.save(force_insert=True)
    return row


# --- Reading -------------------------------------------------------------------------------------
def versions(application: LoanApplication) -> QuerySet[InvestigationReport]:
    """Every report of the application, the newest first."""
    rows = InvestigationReport.objects.filter(application=application)
    return rows.select_related("made_by", "application__customer").order_by("-version")


def version_of(application: LoanApplication, version: int) -> InvestigationReport:
    """One of them. Raises NotFound."""
    found = versions(application).filter(version=version).first()
    if found is None:
        raise NotFound("没有找到该版本的尽职调查报告")
    return found


@transaction.atomic
def read(row: InvestigationReport, *, by: Staff) -> Told:
    """What the report tells this person; who read it is on record.

    Rules and score are for who decides or audits, figures of the credit report for who may see them: what a person may
    not see is None, or left out of the list of contradictions. Raises `not_permitted` (403)."""
    require(by, "investigation_report.read")
    told: Told = json.loads(row.content)
    if not may(by, "decision.read"):
        told |= {"rules": None, "score": None}
    if not bureau.may_see_figures(row.application, by):
        told["credit"] = None
        told["contradictions"] = [each for each in told["contradictions"] if not each["from_bureau"]]
    _on_record(row, by, "loan.read_investigation_report")
    return told


@transaction.atomic
def open_paper(row: InvestigationReport, *, by: Looker) -> bytes:
    """The sealed PDF with all of it, for who reviews and who approves; the pictures in it count as looked at.

    Raises `not_permitted` (403)."""
    require(by.staff, "investigation_report.open")
    paper = issued(row)
    viewing.note(report_paper.pictured(row), by=by)
    _on_record(row, by.staff, "loan.open_investigation_report")
    return paper


def _on_record(row: InvestigationReport, by: Staff, action: str) -> None:
    audit.record(by=by, action=action, subject=subject_of(row.application), version=row.version, sha256=row.sha256)


# --- Sealing -------------------------------------------------------------------------------------
@transaction.atomic
def issued(row: InvestigationReport) -> bytes:
    """The sealed PDF; made and kept the first time."""
    locked = InvestigationReport.objects.select_for_update(of=("self",))
    held = locked.select_related("application__customer", "application__product", "made_by").get(pk=row.pk)
    return sealed_files.sealed(
        held,
        lambda: report_paper.paper(held),
        application_id=held.application_id,
        key=held.data_key(),
        reason="尽职调查报告",
        exact=False,
    )


def issue_waiting(most: int = 500) -> int:
    """Seal the reports that nobody has opened yet; how many."""
    rows = list(InvestigationReport.objects.filter(sealed_at__isnull=True).order_by("made_at")[:most])
    for row in rows:
        issued(row)
    return len(rows)
