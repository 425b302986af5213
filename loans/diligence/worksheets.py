"""The cash-flow worksheet: entered by an investigator, kept in versions, each line with who entered it and on which
evidence. Its sums are the figures of the investigation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from loans import investigation
from loans.blocker import Blocker
from loans.diligence import cash_flow
from loans.diligence.cash_flow import Ability, Totals
from loans.diligence.codes import OF_SECTION, Section, Source
from loans.diligence.opening import TALKED_IN, check_open, investigator_only
from loans.leading import touch
from loans.models import CashFlowLine, CashFlowSheet, LoanApplication
from loans.refusals import refuse
from loans.transitions import hold, subject_of
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line as it was entered."""

    section: str
    source: str
    amount: Decimal
    balance: Decimal | None = None
    description: str = ""
    material_id: UUID | None = None
    evidence: str = ""


@transaction.atomic
def enter(application: LoanApplication, entries: Sequence[Entry], *, by: Staff, note: str = "") -> CashFlowSheet:
    """A new version of the worksheet. What was investigated before is worked out anew and confirmed again.

    Raises `not_in_charge` (403), `wrong_state_for_investigation` (409), `income_missing`, `source_not_of_section`,
    `balance_not_of_a_debt`, `evidence_unknown` (422)."""
    held = hold(application.pk)
    investigator_only(held, by)
    check_open(held, TALKED_IN)
    _check(held, entries)
    before = newest(held)
    sheet = CashFlowSheet.objects.create(
        application=held,
        version=before.version + 1 if before else 1,
        entered_by=by,
        note=note,
        **vars(cash_flow.totals(entries)),
    )
    _write_lines(sheet, entries, before, by)
    audit.record(by=by, action="loan.enter_cash_flow", subject=subject_of(held), version=sheet.version)
    investigation.figures_changed(held, sheet)
    touch(held)
    return sheet


def newest(application: LoanApplication) -> CashFlowSheet | None:
    """The version that counts."""
    return CashFlowSheet.objects.filter(application=application).order_by("-version").first()


def ability_of(sheet: CashFlowSheet) -> tuple[Decimal, Ability] | None:
    """The instalment of the loan as it is asked for and whether the worksheet bears it; None before amount, term and
    method are known."""
    application = sheet.application
    if not application.amount or not application.term_months or not application.repayment_method:
        return None
    instalment = investigation.instalment_of(application)
    sums = Totals(**{field.name: getattr(sheet, field.name) for field in fields(Totals)})
    return instalment, cash_flow.ability(sums, instalment)


def _check(held: LoanApplication, entries: Sequence[Entry]) -> None:
    known = set(held.materials.standing().values_list("pk", flat=True))
    for number, each in enumerate(entries):
        place = f"lines.{number}"
        if Source(each.source) not in OF_SECTION[Section(each.section)]:
            detail = f"“{Source(each.source).label}”不属于“{Section(each.section).label}”"
            raise refuse("source_not_of_section", detail, f"{place}.source")
        if each.balance is not None and each.section != Section.DEBT:
            raise refuse("balance_not_of_a_debt", "只有负债填写余额", f"{place}.balance")
        if each.material_id is not None and each.material_id not in known:
            raise refuse("evidence_unknown", "佐证影像不在本笔资料中", f"{place}.material")
    if cash_flow.totals(entries).monthly_income <= 0:
        raise refuse("income_missing", "核实月收入须大于零", "lines")


def _write_lines(sheet: CashFlowSheet, entries: Sequence[Entry], before: CashFlowSheet | None, by: Staff) -> None:
    """What an earlier version said already keeps who said it."""
    known = {_said(line): line for line in before.lines.all()} if before else {}
    rows = []
    for each in entries:
        same = known.get(_said(each))
        row = CashFlowLine(
            sheet=sheet,
            section=each.section,
            source=each.source,
            amount=each.amount,
            balance=each.balance,
            material_id=each.material_id,
            evidence=each.evidence,
            entered_by=same.entered_by if same else by,
            entered_at=same.entered_at if same else clock.now(),
        )
        row.description = each.description
        rows.append(row)
    CashFlowLine.objects.bulk_create(rows)


def _said(line: Entry | CashFlowLine) -> tuple[object, ...]:
    return (
        line.section,
        line.source,
        line.description,
        line.amount,
        line.balance,
        line.material_id,
        line.evidence,
    )


def lacking(application: LoanApplication) -> Iterable[Blocker]:
    """There is a worksheet where the product wants one."""
    above = application.product_version.cash_flow_sheet_above
    if above is None or (application.amount or 0) <= above:
        return
    if not application.cash_flow_sheets.exists():
        yield Blocker("cash_flow_sheet_missing", "请填写现金流量表", "cash_flow_sheets")
