"""Cross-checks: each contradiction has both of its values; a serious one is answered before the file is handed in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.parameters import Parameter
from crm.models import Account, Customer, Transaction
from loans.diligence import contradictions, places, traits
from loans.diligence.distance import metres
from loans.models import FindingAnswer, LoanApplication, LocatedAddress, Material
from organization.models import Staff
from tests.loans.builders import Case, done, identity_no, picture, refused
from tests.loans.test_cash_flow import SALARY, enter
from tests.loans.test_investigation import report


def found(case: Case) -> dict[str, Any]:
    """The contradictions as the RM sees them, by code."""
    return {each["code"]: each for each in done(case.rm.get(f"{case.url}/findings"))}


def account(case: Case, *, inflow: int, months: int = 6, **moved: str) -> None:
    """So much a month came in to the customer's account."""
    today = clock.today()
    row = Account.objects.create(
        customer=case.customer,
        branch=case.bank.east,
        kind="DEMAND",
        opened_on=today - timedelta(days=400),
        number_index="x" * 43,
        last4="0001",
    )
    for month in range(months):
        Transaction.objects.create(
            account=row,
            reference=f"F{month}",
            posted_on=today - timedelta(days=10 + 30 * month),
            occurred_at=clock.now(),
            direction="CREDIT",
            amount=Decimal(inflow),
            balance_after=Decimal(inflow),
            operation="TRANSFER_IN",
            **moved,
        )


def without_debts(case: Case) -> None:
    """So that nothing but what the test is about contradicts."""
    report_row = case.row.credit_reports.get()
    type(report_row).objects.filter(pk=report_row.pk).update(monthly_payment=0, debt_balance=0)


# --- Income --------------------------------------------------------------------------------------
@pytest.mark.parametrize("inflow,contradicts", [(9_000, True), (11_000, False)])
def test_income_against_what_came_in(case: Case, inflow: int, contradicts: bool) -> None:
    """20,000 a month is told; below half of it is a contradiction. Six credits in 180 days are 1.0146 a month."""
    account(case, inflow=inflow)
    case.to("INVESTIGATING")
    done(report(case))
    assert ("INCOME_ABOVE_FLOWS" in found(case)) is contradicts
    if contradicts:
        told = found(case)["INCOME_ABOVE_FLOWS"]
        assert (told["severity"], told["is_open"]) == ("SERIOUS", True)
        assert told["left"] == {"name": "月收入", "value": "20,000.00元"}
        assert told["right"] == {"name": "本行账户月均流入", "value": "9,131.25元"}


def test_who_has_no_account_contradicts_nothing(case: Case) -> None:
    """No account with the bank, or one too young, is nothing to compare with."""
    case.to("INVESTIGATING")
    done(report(case))
    assert not {"INCOME_ABOVE_FLOWS", "EMPLOYED_WITHOUT_WAGES"} & set(found(case))


@pytest.mark.parametrize("purpose,contradicts", [("SALARY", False), ("", True)])
def test_an_employee_whose_wages_are_paid_elsewhere(case: Case, purpose: str, contradicts: bool) -> None:
    account(case, inflow=20_000, purpose=purpose)
    case.to("INVESTIGATING")
    assert ("EMPLOYED_WITHOUT_WAGES" in found(case)) is contradicts


def test_money_moved_between_own_accounts_is_no_income(case: Case) -> None:
    account(case, inflow=20_000, counterparty_index="x" * 43)
    case.to("INVESTIGATING")
    done(report(case))
    assert found(case)["INCOME_ABOVE_FLOWS"]["right"]["value"] == "0.00元"


def test_the_customer_said_otherwise(case: Case) -> None:
    case.to("INVESTIGATING")
    done(report(case, monthly_income="12000.00"))
    told = found(case)["INCOME_STATED_OTHERWISE"]
    assert (told["severity"], told["is_open"]) == ("NOTE", False)
    assert (told["left"]["value"], told["right"]["value"]) == ("20,000.00元", "12,000.00元")


@pytest.mark.parametrize("bare,severity", [("8000.00", "NOTE"), ("13000.00", "SERIOUS")])
def test_income_for_which_nothing_is_shown(case: Case, bare: str, severity: str) -> None:
    case.to("INVESTIGATING")
    shown = SALARY | {"amount": str(Decimal(20_000) - Decimal(bare))}
    done(enter(case, [shown, {"section": "INCOME", "source": "RENT", "amount": bare}]))
    assert found(case)["INCOME_WITHOUT_EVIDENCE"]["severity"] == severity


# --- Debts ---------------------------------------------------------------------------------------
def test_debts_against_the_credit_report(case: Case) -> None:
    case.to("INVESTIGATING")
    row = case.row.credit_reports.get()
    type(row).objects.filter(pk=row.pk).update(monthly_payment=Decimal("2000.01"), debt_balance=Decimal(50_000))
    done(report(case))
    told = found(case)["DEBT_BELOW_BUREAU"]
    assert (told["left"]["value"], told["right"]["value"]) == ("1,500.00元", "2,000.01元")
    type(row).objects.filter(pk=row.pk).update(monthly_payment=Decimal(2000))
    assert "DEBT_BELOW_BUREAU" not in found(case), "500 yuan are tolerated"
    done(enter(case, [SALARY]))
    assert found(case)["LIABILITIES_BELOW_BUREAU"]["right"]["value"] == "50,000.00元"


def test_figures_of_the_report_are_for_those_who_may_see_them(case: Case) -> None:
    case.to("INVESTIGATING")
    row = case.row.credit_reports.get()
    type(row).objects.filter(pk=row.pk).update(monthly_payment=Decimal(90_000))
    codes = {each["code"] for each in done(case.phone(case.bank.manager).get(f"{case.url}/findings"))}
    assert "DEBT_BELOW_BUREAU" not in codes
    assert "DEBT_BELOW_BUREAU" in found(case)


# --- Identity ------------------------------------------------------------------------------------
def test_a_mobile_that_another_customer_has_too(case: Case, another_case: Callable[..., Case]) -> None:
    other = another_case().customer
    Customer.objects.filter(pk=other.pk).update(mobile_index=case.customer.mobile_index)
    case.to("INVESTIGATING")
    told = found(case)["MOBILE_SHARED"]
    assert told["is_open"]
    assert told["left"]["value"] == f"{case.customer.mobile[:3]}****{case.customer.mobile[-4:]}"
    assert case.customer.mobile not in str(told)


def test_a_mobile_that_is_an_employees(case: Case) -> None:
    Staff.objects.filter(pk=case.bank.other_rm.pk).update(mobile=case.customer.mobile)
    case.to("INVESTIGATING")
    assert found(case)["MOBILE_OF_STAFF"]["right"]["value"] == case.bank.other_rm.employee_no


def guarantor(case: Case, *, number: str = "", mobile: str = "13911112222") -> None:
    person = {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国", "mobile": mobile}
    done(case.post("parties", {**person, "identity_no": number or identity_no(), "identity_is_long_term": True}))


def test_two_who_guarantee_for_each_other(case: Case, another_case: Callable[..., Case]) -> None:
    other = another_case().draft()
    case.draft()
    guarantor(case, number=other.customer.identity_no)
    assert "MUTUAL_GUARANTEE" not in found(case)
    guarantor(other, number=case.customer.identity_no)
    assert found(case)["MUTUAL_GUARANTEE"]["severity"] == "SERIOUS"


def test_who_guarantees_for_many_and_with_the_borrowers_phone(case: Case, another_case: Callable[..., Case]) -> None:
    number = identity_no()
    for each in (another_case(), another_case(), another_case()):
        guarantor(each.draft(), number=number)
    case.draft()
    guarantor(case, number=number, mobile=case.customer.mobile)
    told = found(case)
    assert told["GUARANTOR_OF_MANY"]["right"]["value"] == "3笔"
    assert told["PARTY_WITH_SAME_MOBILE"]["severity"] == "SERIOUS"


# --- Employer ------------------------------------------------------------------------------------
@pytest.mark.parametrize("others,severity", [(1, None), (2, "NOTE"), (4, "SERIOUS")])
def test_an_employer_whom_many_name(
    case: Case, another_case: Callable[..., Case], others: int, severity: str | None
) -> None:
    Parameter.objects.filter(code="loan.crosscheck_employer_cluster").update(value=2)
    for _ in range(others):
        traits.note(another_case().draft(employer="廊坊市 某科技（有限）公司").row)
    case.draft(employer="廊坊市某科技有限公司")
    assert found(case).get("EMPLOYER_OF_MANY", {}).get("severity") == severity


def test_another_employer_than_last_time(case: Case) -> None:
    first = case.draft()
    traits.note(first.row)
    done(case.post("withdraw", {"reason": "不办了"}))
    again = Case(case.bank, case.run_jobs, case.customer, phones=case.phones).draft(employer="天津某贸易公司")
    told = found(again)["EMPLOYER_CHANGED"]
    assert (told["left"]["value"], told["right"]["value"]) == ("天津某贸易公司", "廊坊某科技有限公司")


@given(text=st.text(alphabet="廊坊市华兴AbcＡ（）()·-。 ", max_size=20))
def test_the_normal_form_is_its_own(text: str) -> None:
    assert traits.normal(traits.normal(text)) == traits.normal(text)


# --- Photographs ---------------------------------------------------------------------------------
def photograph(case: Case, **said: Any) -> str:
    return str(done(case.upload("materials", type="SITE_PHOTO", file=picture(), **said))["id"])


def moment(**before: float) -> str:
    return (clock.now() - timedelta(**before)).isoformat()


PLACE = {"latitude": "39.523900", "longitude": "116.683800"}


def test_a_photograph_of_the_visit_contradicts_nothing(case: Case) -> None:
    case.to("INVESTIGATING")
    photograph(case, taken_at=moment(hours=1), **PLACE)
    done(report(case, **PLACE))
    assert not [code for code in found(case) if code.startswith("PHOTO")]


@pytest.mark.parametrize(
    "said,hours,code,severity",
    [
        ({}, 1, "PHOTO_WITHOUT_PLACE", "NOTE"),
        (PLACE, None, "PHOTO_WITHOUT_TIME", "NOTE"),
        (PLACE, 80, "PHOTO_OLD", "SERIOUS"),
        (PLACE, 30, "PHOTO_NOT_OF_VISIT", "NOTE"),
        ({"latitude": "39.904200", "longitude": "116.407400"}, 1, "PHOTO_FAR_FROM_VISIT", "SERIOUS"),
    ],
)
def test_a_photograph_that_is_not_of_the_visit(
    case: Case, said: dict[str, str], hours: int | None, code: str, severity: str
) -> None:
    case.to("INVESTIGATING")
    photograph(case, **said, **({} if hours is None else {"taken_at": moment(hours=hours)}))
    done(report(case, **PLACE))
    assert found(case)[code]["severity"] == severity


def test_a_photograph_far_from_the_registered_address(case: Case, sandbox: Any) -> None:
    """Where the address lies is asked of the map service, once; the picture was taken 48 km away."""
    Customer.objects.filter(pk=case.customer.pk).update(address_sealed="")
    customer = Customer.objects.get(pk=case.customer.pk)
    customer.describe(address="河北省廊坊市广阳区新华路12号")
    customer.save()
    where = {"latitude": "39.904200", "longitude": "116.407400"}
    sandbox.set_scene("geocoder/places", {"address": "河北省廊坊市广阳区新华路12号", **where})
    case.to("INVESTIGATING")
    photograph(case, taken_at=moment(hours=1), **PLACE)
    done(report(case, **PLACE))
    assert "PHOTO_FAR_FROM_ADDRESS" not in found(case), "not known yet"
    case.run_jobs()
    told = found(case)["PHOTO_FAR_FROM_ADDRESS"]
    assert told["detail"] == "现场照片1距客户预留地址48448米，超过2000米"
    assert "新华路" not in str(LocatedAddress.objects.values().get())


@pytest.mark.parametrize("address", ["河北省廊坊市广阳区", "无此地"])
def test_an_address_that_is_not_known_exactly_measures_nothing(case: Case, address: str) -> None:
    customer = Customer.objects.get(pk=case.customer.pk)
    customer.describe(address=address)
    customer.save()
    case.to("INVESTIGATING")
    photograph(case, taken_at=moment(hours=1), **PLACE)
    done(report(case))
    case.run_jobs()
    assert LocatedAddress.objects.count() == 1
    assert places.registered(case.row) is None


def test_a_map_service_that_does_not_answer_is_asked_again(case: Case, sandbox: Any) -> None:
    customer = Customer.objects.get(pk=case.customer.pk)
    customer.describe(address="河北省廊坊市广阳区新华路12号")
    customer.save()
    case.to("INVESTIGATING")
    photograph(case, taken_at=moment(hours=1), **PLACE)
    sandbox.fault("geocoder", "geocode", "http", status=500)
    done(report(case))
    case.run_jobs()
    assert not LocatedAddress.objects.exists()
    with clock.at(clock.now() + timedelta(minutes=3)):
        case.run_jobs()
    assert LocatedAddress.objects.get().level == "BUILDING"


_degrees = st.tuples(st.decimals(-90, 90, places=6, allow_nan=False), st.decimals(-180, 180, places=6, allow_nan=False))


@given(one=_degrees, other=_degrees)
def test_distance_is_a_distance(one: tuple[Decimal, Decimal], other: tuple[Decimal, Decimal]) -> None:
    assert metres(one, one) == 0
    assert metres(one, other) == metres(other, one)
    assert 0 <= metres(one, other) <= 20_016_000, "half round the earth at most"


# --- Answers -------------------------------------------------------------------------------------
def contradicted(case: Case) -> Any:
    """A case that is ready but for one serious contradiction; that contradiction."""
    case.draft().accept().verify().authorize().query()
    row = case.row.credit_reports.get()
    type(row).objects.filter(pk=row.pk).update(monthly_payment=Decimal(9_000), debt_balance=0)
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    done(report(case))
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    return found(case)["DEBT_BELOW_BUREAU"]


def respond(case: Case, told: Any, *, by: Any = None, **said: Any) -> Any:
    body = {"fingerprint": told["fingerprint"], "answer": "房贷由父母偿还，已核验扣款流水", **said}
    return case.post(f"findings/{told['code']}/answer", body, by=by)


def test_a_serious_contradiction_is_answered_before_the_file_is_handed_in(case: Case) -> None:
    told = contradicted(case)
    content = refused(case.post("submit"), 409, "transition_blocked")
    (blocker,) = content["blockers"]
    assert (blocker["code"], blocker["field"]) == ("contradiction_unanswered", "findings.DEBT_BELOW_BUREAU")
    assert blocker["detail"] == "请核实并说明：现有月还款低于征信报告", "without the figures"
    (way,) = [each["door"] for each in done(case.rm.get(f"{case.url}/next"))["blockers"]]
    assert way["path"] == f"{case.url}/findings/DEBT_BELOW_BUREAU/answer"
    done(respond(case, told))
    shown = found(case)["DEBT_BELOW_BUREAU"]
    assert (shown["is_open"], shown["answer"]["answer"]) == (False, "房贷由父母偿还，已核验扣款流水")
    case.submit()


def test_other_values_ask_for_another_answer(case: Case) -> None:
    told = contradicted(case)
    done(respond(case, told))
    row = case.row.credit_reports.get()
    type(row).objects.filter(pk=row.pk).update(monthly_payment=Decimal(12_000))
    refused(case.post("submit"), 409, "transition_blocked")
    refused(respond(case, told), 409, "finding_changed")
    done(respond(case, found(case)["DEBT_BELOW_BUREAU"]))
    case.submit()


def test_who_answers_and_with_what(case: Case, another_case: Callable[..., Case]) -> None:
    told = contradicted(case)
    refused(respond(case, told, by=case.bank.co_rm), 403, "not_in_charge")
    refused(respond(case, told, by=case.bank.manager), 403, "not_permitted")
    refused(respond(case, told | {"code": "PHOTO_OLD"}), 404, "not_found")
    refused(respond(case, told, answer="是"), 400, "invalid")
    paper = done(another_case().draft().upload("materials", type="BANK_FLOW", file=picture()))["id"]
    refused(respond(case, told, material=paper), 422, "evidence_unknown")
    assert not FindingAnswer.objects.exists()
    mine = Material.objects.filter(application=LoanApplication.objects.get(pk=case.id)).first()
    assert mine is not None
    done(respond(case, told, material=str(mine.pk)))
    case.submit()
    refused(respond(case, told), 409, "wrong_state_for_investigation")


def test_every_contradiction_has_a_code_two_values_and_a_chinese_sentence(case: Case) -> None:
    told = contradicted(case)
    assert told["code"].isupper()
    for each in contradictions.of(case.row):
        assert each.finding.left.value
        assert each.finding.right.value
        assert any("\u4e00" <= char <= "\u9fff" for char in each.finding.detail)


def test_the_clock_of_the_sentences_is_the_banks(case: Case) -> None:
    """Eleven in the evening in Shanghai is still the day before in Greenwich; the sentence says Shanghai's."""
    case.to("INVESTIGATING")
    taken = datetime.now(clock.SHANGHAI) - timedelta(days=5)
    photograph(case, taken_at=taken.isoformat(), **PLACE)
    assert found(case)["PHOTO_OLD"]["left"]["value"] == f"{taken:%Y-%m-%d %H:%M}"
