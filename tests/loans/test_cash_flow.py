"""The cash-flow worksheet: versions of lines with their evidence, and what they say of the ability to pay."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from loans.diligence import cash_flow
from loans.diligence.cash_flow import Totals
from loans.diligence.codes import OF_SECTION, Section, Source
from loans.diligence.worksheets import Entry
from loans.models import CashFlowLine, CashFlowSheet, DueDiligence
from tests.loans.builders import FINDINGS, Case, done, picture, refused
from tests.loans.configuring import in_force_from_today
from tests.loans.test_investigation import report

SALARY = {"section": "INCOME", "source": "SALARY", "amount": "20000.00", "evidence": "工资流水"}
LIVING = {"section": "OUTGO", "source": "LIVING", "amount": "6000.00"}
CAR_LOAN = {
    "section": "DEBT",
    "source": "CONSUMER_LOAN",
    "amount": "1500.00",
    "balance": "30000.00",
    "description": "某汽车金融公司车贷",
}
SAVINGS = {"section": "ASSET", "source": "CASH", "amount": "80000.00"}
FLAT = {"section": "ASSET", "source": "REAL_ESTATE", "amount": "900000.00"}
LINES = [SALARY, LIVING, CAR_LOAN, SAVINGS, FLAT]


def enter(case: Case, lines: list[dict[str, Any]] | None = None, *, by: Any = None) -> Any:
    return case.post("cash-flow-sheets", {"lines": LINES if lines is None else lines}, by=by)


# --- Arithmetic ----------------------------------------------------------------------------------
_money = st.decimals(0, 10**8, places=2, allow_nan=False)


@given(incomes=st.lists(_money.filter(bool), min_size=1, max_size=4), others=st.lists(_money, max_size=4), due=_money)
def test_the_figures_hold_together(incomes: list[Decimal], others: list[Decimal], due: Decimal) -> None:
    """Sums are exact; coverage is above 100 % just where something is left; the ratio grows with the instalment."""
    lines = [Entry(section="INCOME", source="SALARY", amount=amount) for amount in incomes]
    lines += [Entry(section="OUTGO", source="LIVING", amount=amount) for amount in others]
    lines += [Entry(section="DEBT", source="PRIVATE", amount=amount, balance=10 * amount) for amount in others]
    lines += [Entry(section="ASSET", source="VEHICLE", amount=amount) for amount in others]
    sums = cash_flow.totals(lines)
    assert sums.monthly_income == sum(incomes)
    assert {sums.monthly_outgo, sums.monthly_debt, sums.assets} == {sum(others, Decimal(0))}
    assert (sums.liabilities, sums.liquid_assets) == (10 * sum(others), Decimal(0))
    found = cash_flow.ability(sums, due)
    assert found.surplus == sum(incomes) - 2 * sum(others) - due
    assert found.net_worth == -9 * sum(others)
    if found.coverage is not None and abs(found.surplus) > due / 1000:
        assert (found.coverage >= 100) == (found.surplus >= 0)
    assert cash_flow.ability(sums, due + 1).debt_to_income >= found.debt_to_income


def test_a_worked_example() -> None:
    """20,000 in, 6,000 out, 1,500 due, 8,537.85 more: (1,500 + 8,537.85) ÷ 20,000 and 14,000 ÷ 10,037.85."""
    sums = Totals(
        monthly_income=Decimal(20_000),
        monthly_outgo=Decimal(6_000),
        monthly_debt=Decimal(1_500),
        assets=Decimal(980_000),
        liquid_assets=Decimal(80_000),
        liabilities=Decimal(30_000),
    )
    found = cash_flow.ability(sums, Decimal("8537.85"))
    assert found.debt_to_income == Decimal("50.19")
    assert found.coverage == Decimal("139.47")
    assert found.surplus == Decimal("3962.15")
    assert (found.net_worth, found.liabilities_to_assets) == (Decimal(950_000), Decimal("3.06"))
    assert found.reserve_months == Decimal("4.99")


def test_with_nothing_due_there_is_nothing_to_cover() -> None:
    none = dict.fromkeys(("monthly_outgo", "monthly_debt", "assets", "liquid_assets", "liabilities"), Decimal(0))
    nothing = Totals(monthly_income=Decimal(1), **none)
    found = cash_flow.ability(nothing, Decimal(0))
    assert (found.coverage, found.liabilities_to_assets, found.reserve_months) == (None, None, None)
    assert found.debt_to_income == 0


def test_every_source_stands_in_one_part() -> None:
    placed = [source for sources in OF_SECTION.values() for source in sources]
    assert sorted(placed) == sorted(Source)
    assert set(OF_SECTION) == set(Section)


# --- The worksheet -------------------------------------------------------------------------------
def test_the_worksheets_sums_are_the_figures_of_the_report(case: Case) -> None:
    case.to("INVESTIGATING")
    sheet = done(enter(case))
    assert sheet["ability"]["debt_to_income"] == "50.19"
    assert sheet["ability"]["coverage"] == "139.47"
    figures = {name: FINDINGS[name] for name in FINDINGS if not name.startswith("monthly")}
    told = done(case.post("due-diligence", {**figures, "visit": "WAIVED", "waiver_reason": "线上可核实"}))
    assert (told["monthly_income"], told["monthly_debt"], told["dti"]) == ("20000.00", "1500.00", "50.19")
    assert (told["assets"], told["liabilities"]) == ("980000.00", "30000.00")


def test_figures_unlike_the_worksheets_are_refused(case: Case) -> None:
    case.to("INVESTIGATING")
    done(enter(case))
    content = refused(report(case, monthly_income="30000.00"), 422, "figures_differ")
    assert list(content["errors"]) == ["monthly_income"]
    done(report(case))


def test_without_a_worksheet_the_figures_are_told(case: Case) -> None:
    case.to("INVESTIGATING")
    refused(report(case, monthly_income=None), 400, "invalid")
    said = {name: value for name, value in FINDINGS.items() if name != "monthly_outgo"}
    refused(case.post("due-diligence", {**said, "visit": "WAIVED", "waiver_reason": "线上"}), 422, "figures_missing")


def test_a_new_version_undoes_what_b_confirmed(case: Case) -> None:
    case.to("READY")
    done(enter(case, [SALARY | {"amount": "16000.00"}, *LINES[1:]]))
    row = DueDiligence.objects.get()
    assert (row.confirmed_at, row.monthly_income) == (None, Decimal(16_000))
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert "co_investigator_not_confirmed" in [each["code"] for each in content["blockers"]]


def test_a_line_that_stays_keeps_who_entered_it(case: Case) -> None:
    """A enters, B adds what he found; each line says whose it is."""
    case.to("INVESTIGATING")
    done(enter(case))
    more = {"section": "DEBT", "source": "PRIVATE", "amount": "800.00", "balance": "20000.00", "evidence": "借条"}
    second = done(enter(case, [*LINES, more], by=case.bank.co_rm))
    assert second["version"] == 2
    by = {line["source"]: line["entered_by"]["name"] for line in second["lines"]}
    assert by["SALARY"] == case.bank.rm.name
    assert by["PRIVATE"] == case.bank.co_rm.name
    shown = done(case.rm.get(f"{case.url}/cash-flow-sheets"))
    assert [each["version"] for each in shown] == [2, 1]
    car = next(line for line in shown[0]["lines"] if line["source"] == "CONSUMER_LOAN")
    assert car["description"] == "某汽车金融公司车贷"
    assert "汽车" not in CashFlowLine.objects.get(sheet__version=1, source="CONSUMER_LOAN").description_sealed


@pytest.mark.parametrize(
    "line,status,code",
    [
        (SALARY | {"section": "OUTGO"}, 422, "source_not_of_section"),
        (SALARY | {"balance": "1.00"}, 422, "balance_not_of_a_debt"),
        (SALARY | {"material": str(uuid4())}, 422, "evidence_unknown"),
        (SALARY | {"amount": "0.00"}, 422, "income_missing"),
        (SALARY | {"amount": "-1.00"}, 400, "invalid"),
        (SALARY | {"source": "LOTTERY"}, 400, "invalid"),
    ],
)
def test_a_line_that_does_not_hold(case: Case, line: dict[str, Any], status: int, code: str) -> None:
    case.to("ACCEPTED")
    refused(enter(case, [line]), status, code)
    assert not CashFlowSheet.objects.exists()


def test_evidence_is_a_paper_of_this_file(case: Case, another_case: Any) -> None:
    case.to("ACCEPTED")
    other = another_case().to("ACCEPTED")
    mine, his = (done(each.upload("materials", type="BANK_FLOW", file=picture()))["id"] for each in (case, other))
    refused(enter(case, [SALARY | {"material": his}]), 422, "evidence_unknown")
    assert done(enter(case, [SALARY | {"material": mine}]))["lines"][0]["material"] == mine


def test_who_may_and_when(case: Case) -> None:
    case.draft()
    refused(enter(case), 409, "wrong_state_for_investigation")
    case.accept()
    refused(enter(case, by=case.bank.manager), 403, "not_permitted")
    refused(enter(case, by=case.bank.other_rm), 404, "not_found")


def test_a_product_may_want_a_worksheet_above_an_amount(case: Case) -> None:
    maker = case.bank.product_manager
    in_force_from_today("PERSONAL_CONSUMPTION", maker=maker, cash_flow_sheet_above=Decimal(50_000))
    case.to("READY")
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert [each["code"] for each in content["blockers"]] == ["cash_flow_sheet_missing"]
    done(enter(case))
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    case.answer_findings()
    case.submit()


def test_no_version_is_changed(case: Case) -> None:
    case.to("ACCEPTED")
    done(enter(case))
    changes = (
        lambda: CashFlowLine.objects.all().delete(),
        lambda: CashFlowLine.objects.update(amount=0),
        lambda: CashFlowSheet.objects.update(monthly_income=1),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
