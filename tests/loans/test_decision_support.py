"""What reviewer and approver see before they decide: rules and score, each with its reasons; and how cards are kept."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from aladdin import clock
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from crm.models import Account, Transaction
from loans.decision import scorecards
from loans.models import ApplicationScore, LoanAccount, ScorecardBin, ScorecardVersion
from organization.models import Staff
from organization.roles import Role
from tests.loans import lending
from tests.loans.builders import Case, done, refused
from tests.world import Bank, hire


def support(case: Case, by: Staff | None = None) -> Any:
    return done(case.phone(by or case.bank.approver).get(f"{case.url}/decision-support"))


# --- The door ------------------------------------------------------------------------------------
def test_a_score_never_comes_alone(case: Case) -> None:
    case.to("SUBMITTED")
    told = support(case)
    score = told["score"]
    assert score["points"] == score["base"] + sum(each["points"] for each in score["reasons"])
    assert score["band"] in "ABCDE"
    assert score["band_label"]
    assert [each["attribute"] for each in score["reasons"]] != []
    assert all(each["text"] and each["name"] and each["value"] for each in score["reasons"])
    assert "不作为批准或否决的依据" in told["note"]
    rules = {each["code"]: each for each in told["rules"]}
    assert rules["DEBT_TO_INCOME_HIGH"]["explanation"] == "未触发：偿债收入比50.19%"
    assert rules["DEBT_TO_INCOME_HIGH"]["facts"] == [
        {"code": "debt_to_income", "name": "偿债收入比", "value": "50.19%"}
    ]
    assert rules["DEBT_TO_INCOME_HIGH"]["legal_basis"]
    assert [run["stage"] for run in told["history"]] == ["SUBMISSION", "ACCEPTANCE"]


def test_without_any_record_there_are_points_and_reasons_too(case: Case) -> None:
    """A draft about whom nothing is known: the average of each attribute, and it says so."""
    case.draft()
    score = support(case)["score"]
    assert {each["value"] for each in score["reasons"]} == {"未知"}
    assert all("平均分" in each["text"] for each in score["reasons"])


def test_the_bureaus_bad_news_costs_points_and_says_what_would_help(case: Case, sandbox: Any) -> None:
    sandbox.set_scene("bureau/subjects", {"identity_no": case.customer.identity_no, "history": "OVERDUE"})
    case.draft().accept().verify().authorize().query()
    score = support(case)["score"]
    lost = {each["attribute"]: each["lost"] for each in score["reasons"]}
    assert lost["bureau_overdue_accounts"] > 0
    helps = {each["attribute"]: each for each in score["improvements"]}
    assert helps["bureau_overdue_accounts"]["gain"] == lost["bureau_overdue_accounts"]
    assert "结清" in helps["bureau_overdue_accounts"]["text"]


def test_who_decides_reads_it_and_the_rm_does_not(case: Case) -> None:
    case.draft()
    for staff in (case.bank.rm, case.bank.manager, case.bank.query_officer):
        refused(case.phone(staff).get(f"{case.url}/decision-support"), 403, "not_permitted")
    for staff in (case.bank.reviewer, case.bank.approver, case.bank.auditor):
        support(case, by=staff)


def test_a_bank_without_a_card_says_so(case: Case) -> None:
    case.draft()
    with clock.at(clock.now() - timedelta(days=365 * 40)):
        assert scorecards.in_force("CHAMPION") is None
    assert scorecards.in_force("CHAMPION") is not None


def test_champion_and_challenger_are_kept_and_the_challenger_stays_in_the_shadow(case: Case) -> None:
    case.to("SUBMITTED")
    kept = {score.version.role: score for score in ApplicationScore.objects.filter(run__application=case.row)}
    assert set(kept) == {"CHAMPION", "CHALLENGER"}
    assert kept["CHALLENGER"].is_shadow
    assert kept["CHAMPION"].contributions.count() == 5
    shown = support(case)
    assert {each["scorecard"] for run in shown["history"] for each in run["scores"]} == {"BUREAU_BEHAVIOUR"}
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        ApplicationScore.objects.update(points=800)


def test_the_shadow_reads_the_account(case: Case) -> None:
    """A salary of 20,000 a month, never less than 30,000 in the account: three and a half instalments of 8,537.85."""
    today = clock.today()
    account = Account.objects.create(
        customer=case.customer,
        branch=case.bank.east,
        kind="DEMAND",
        opened_on=today - timedelta(days=400),
        number_index="x" * 43,
        last4="0001",
    )
    for month in range(6):
        Transaction.objects.create(
            account=account,
            reference=f"S{month}",
            posted_on=today - timedelta(days=10 + 30 * month),
            occurred_at=clock.now(),
            direction="CREDIT",
            amount=Decimal(20_000),
            balance_after=Decimal(30_000 + 1_000 * month),
            operation="TRANSFER_IN",
            purpose="SALARY",
        )
    case.to("SUBMITTED")
    shadow = ApplicationScore.objects.get(run__application=case.row, is_shadow=True)
    found = {each.fact: each.value for each in shadow.contributions.all()}
    assert found["lowest_balance_to_instalment"] == Decimal("3.51")
    inflow = Decimal(120_000) / (180 / Decimal("30.4375"))
    assert found["instalment_to_inflow"] == (100 * Decimal("8537.85") / inflow).quantize(Decimal("0.01"))


# --- Keeping cards -------------------------------------------------------------------------------
@pytest.fixture
def checker(bank: Bank) -> Staff:
    return hire(bank.head, Staff.Position.HEAD_OFFICE, Role.PRODUCT_MANAGER, name="复核")


def document(**changed: Any) -> dict[str, Any]:
    path = Path(scorecards.__file__).parent / "scorecards" / "champion.json"
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return said | {"version": 2} | changed


def test_a_new_version_is_loaded_by_one_and_published_by_another(bank: Bank, checker: Staff) -> None:
    before = scorecards.champion()
    draft = scorecards.load(document(base=400), by=bank.product_manager)
    assert scorecards.champion() == before
    with pytest.raises(NotPermitted, match="separation_of_duties"):
        scorecards.publish(draft, by=bank.product_manager)
    with pytest.raises(NotPermitted, match="not_permitted"):
        scorecards.publish(draft, by=bank.approver)
    scorecards.publish(draft, by=checker)
    assert scorecards.champion() == draft
    assert scorecards.card_of(draft).base == 400
    with pytest.raises(Conflict, match="scorecard_published"):
        scorecards.publish(draft, by=checker)


def test_a_published_card_does_not_change_in_any_part(bank: Bank) -> None:
    version = scorecards.champion()
    for rows in (
        ScorecardVersion.objects.filter(pk=version.pk),
        version.attributes.all(),
        version.bands.all(),
        ScorecardBin.objects.filter(attribute__version=version),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        ScorecardBin.objects.filter(attribute__version=version).update(points=0)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.bands.create(code="Z", label="x", lowest=999)


@pytest.mark.parametrize(
    "changed,code",
    [
        ({"attributes": []}, "scorecard_unsound"),
        ({"bands": []}, "scorecard_unsound"),
        ({"base": "many"}, "scorecard_unsound"),
        ({"attributes": [{"fact": "age"}]}, "scorecard_unsound"),
    ],
)
def test_an_unsound_card_is_not_loaded(bank: Bank, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleBroken, match=code):
        scorecards.load(document(**changed), by=bank.product_manager)


def test_a_card_may_only_look_at_known_numbers(bank: Bank) -> None:
    said = document()
    said["attributes"][0]["fact"] = "purpose"
    with pytest.raises(RuleBroken, match="没有名为“purpose”的数值事实"):
        scorecards.load(said, by=bank.product_manager)
    with pytest.raises(Conflict, match="scorecard_known"):
        scorecards.load(document(version=1), by=bank.product_manager)


def test_the_command_loads_in_a_persons_name(bank: Bank, tmp_path: Path) -> None:
    file = tmp_path / "card.json"
    file.write_text(json.dumps(document()), encoding="utf-8")
    call_command("load_scorecard", str(file), by=bank.product_manager.employee_no, stdout=StringIO())
    assert ScorecardVersion.objects.get(version=2).drafted_by == bank.product_manager
    for said in ({"by": "E99999"}, {"by": bank.rm.employee_no}):
        with pytest.raises((CommandError, NotPermitted)):
            call_command("load_scorecard", str(file), **said)


# --- Looking back --------------------------------------------------------------------------------
def test_rules_and_cards_are_tried_on_cases_with_a_known_end(
    case: Case, another_case: Callable[..., Case], sandbox: Any
) -> None:
    good, bad = case.to("SUBMITTED"), another_case()
    sandbox.set_scene("bureau/subjects", {"identity_no": bad.customer.identity_no, "history": "PAST_OVERDUE"})
    bad.to("SUBMITTED")
    for each, status in ((good, "NORMAL"), (bad, "NON_PERFORMING")):
        lent = Case(case.bank, case.run_jobs, each.customer, phones=case.phones)
        end = lending.disbursed(lent, product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED")
        LoanAccount.objects.filter(pk=end.pk).update(status=status, application=each.row)
    told = StringIO()
    call_command("backtest_decisions", stdout=told)
    assert "BUREAU_BEHAVIOUR v1 (CHAMPION): 2 cases" in told.getvalue()
    assert "1 good, 1 bad: AUC 1.0000, Gini 1.0000, KS 1.0000" in told.getvalue()
    assert "DEBT_TO_INCOME_HIGH v1 (PUBLISHED): 2 cases, PASS 2 (1 bad)" in told.getvalue()
    with pytest.raises(CommandError):
        call_command("backtest_decisions", rule="nobody")
