"""The five products of the house, each from the application to the money through the API, with what only it asks."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from aladdin import clock
from aladdin.ids import uuid7
from crm.customers import enter
from loans.blockers import of_file
from loans.models import CreditAuthorization, CreditReport, LoanAccount
from postloan.models import PostLoanCheck
from tests.crm.builders import credit_code
from tests.loans.builders import Case, done, identity_no, picture, refused
from tests.loans.lending import OWN_ACCOUNT, SHOP, request
from tests.loans.test_forms import BUSINESS, save
from tests.loans.walking import asked, consented, entered, granted, looked_into, paid_out, proven, signed, with_papers
from tests.sandbox_server import Sandbox

SELF_EMPLOYED: dict[str, Any] = {"purpose": "INVENTORY", "purpose_note": "进货", "occupation": "SELF_EMPLOYED"}
PERSON: dict[str, Any] = {"mobile": "13911112222", "monthly_income": "15000.00", "identity_is_long_term": True}
GUARANTOR = PERSON | {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国"}
SPOUSE = PERSON | {"role": "SPOUSE", "relation": "SPOUSE", "name": "赵小兰"}
FIRM: dict[str, Any] = BUSINESS | {
    "name": "廊坊某餐饮管理有限公司",
    "sales_last_year": "12000000.00",
    "sales_margin": "10",
    "sales_growth": "20",
    "inventory_days": "60",
    "receivable_days": "45",
    "payable_days": "30",
    "prepaid_days": "10",
    "advance_days": "5",
    "own_funds": "800000.00",
    "working_capital_loans": "500000.00",
    "other_working_capital": "0",
}


def lacks(case: Case, move: str) -> set[str]:
    return {each.code for each in of_file(case.row, move)}


def lines(account: LoanAccount) -> list[Any]:
    """The schedule; its principal sums to the loan, whatever the method."""
    found = list(account.instalments.all())
    assert sum(each.principal for each in found) == account.principal
    assert all(each.principal >= 0 and each.interest >= 0 for each in found)
    return found


def first_check(account: LoanAccount) -> int:
    """Days until the first check is due."""
    check: PostLoanCheck = PostLoanCheck.objects.get(loan_account=account, kind="FIRST")
    return (check.due_on - account.disbursed_on).days


def test_personal_consumption(case: Case) -> None:
    """Equal instalments, to the borrower himself; looked at after thirty days."""
    case.draft().accept()
    proven(case)
    consented(case)
    asked(case)
    with_papers(case)
    looked_into(case, income="20000.00")
    granted(case)
    drawn = signed(case)
    assert [each["document"] for each in drawn["papers"]] == ["LOAN_CONTRACT", "SELF_PAYMENT_CLAUSE"]
    account = paid_out(case)
    paid = lines(account)
    assert len({each.principal + each.interest for each in paid[1:-1]}) == 1, "equal instalments after the odd days"
    assert first_check(account) == 30


def test_personal_business(case: Case, sandbox: Sandbox) -> None:
    """The business is entered; the supplier is paid; interest by the month, the principal at the end."""
    case.draft(product="PERSONAL_BUSINESS", repayment_method="INTEREST_ONLY", **SELF_EMPLOYED)
    case.accept()
    proven(case)
    consented(case)
    asked(case)
    with_papers(case)
    looked_into(case, income="60000.00")
    refused(case.post("submit"), 409, "transition_blocked")
    assert "field_missing" in lacks(case, "submit"), "nothing was said of the business"
    done(save(case, "BUSINESS_INFORMATION", {**BUSINESS, "credit_code": credit_code(3)}))
    case.answer_findings()
    assert lacks(case, "submit") == {"co_investigator_not_confirmed"}, "what B confirmed has changed"
    done(case.post("due-diligence/confirm", {"note": "属实"}, by=case.bank.co_rm))
    granted(case)
    drawn = signed(case, **SHOP)
    assert "ENTRUSTED_PAYMENT_ORDER" in [each["document"] for each in drawn["papers"]]
    account = paid_out(case)
    assert sandbox.payments()[-1]["order"]["payee_account"] == SHOP["payee_account"]
    paid = lines(account)
    assert {each.principal for each in paid[:-1]} == {Decimal(0)}
    assert paid[-1].principal == account.principal
    assert first_check(account) == 15


def test_mortgage_backed_business(case: Case, sandbox: Sandbox) -> None:
    """The spouse signs too; the flat is worth enough, and registered before any money."""
    terms = {
        "amount": "300000.00",
        "term_months": 36,
        "repayment_method": "EQUAL_PRINCIPAL",
        "monthly_income": "60000.00",
    }
    case.draft(product="MORTGAGE_BUSINESS", **SELF_EMPLOYED | terms | {"marital_status": "MARRIED"})
    case.accept()
    assert "spouse_missing" in lacks(case, "verify_identity")
    spouse = entered(case, sandbox, **SPOUSE, identity_no=identity_no())
    done(save(case, "BUSINESS_INFORMATION", {**BUSINESS, "credit_code": credit_code(4)}))
    flat = {
        "id": str(uuid7()),
        "kind": "RESIDENTIAL",
        "location": "河北省廊坊市广阳区新华路12号3单元",
        "owner_relation": "BORROWER",
        "certificate_no": "冀（2026）廊坊市不动产权第0000001号",
        "appraised_value": "1000000.00",
        "appraised_on": str(clock.today()),
        "appraiser": "廊坊某评估公司",
        "prior_claims": "0",
        "is_co_owned": False,
    }
    done(save(case, "COLLATERAL", {"collaterals": [flat]}))
    proven(case, parties=(spouse,))
    consented(case, (spouse,))
    asked(case, (spouse,))
    with_papers(case)
    looked_into(case, income="60000.00")
    granted(case)
    drawn = signed(case, **SHOP)
    assert "MORTGAGE_CONTRACT" in [each["document"] for each in drawn["papers"]]
    assert {each["role"] for each in drawn["signers"]} == {"BORROWER", "SPOUSE"}
    assert "抵押登记办妥前" in drawn["text"]

    found = refused(request(case), 409, "transition_blocked")["blockers"]
    assert {"collateral_not_registered", "material_missing"} <= {each["code"] for each in found}
    said = {"registration_no": "冀（2026）证明第1号", "office": "廊坊市不动产登记中心"}
    said["registered_at"] = (clock.now() - timedelta(minutes=1)).isoformat()
    done(case.post(f"collaterals/{flat['id']}/registration", said))
    with_papers(case, "DISBURSEMENT")
    account = paid_out(case)
    paid = lines(account)
    assert len({each.principal for each in paid[:-1]}) == 1
    assert all(one.interest >= other.interest for one, other in pairwise(paid[1:]))
    assert account.agreement.repricing == "JANUARY", "over years the rate follows the LPR"


def test_small_enterprise_working_capital(case: Case, sandbox: Sandbox) -> None:
    """A firm borrows: its representative shows his face and signs, firm and representative are asked about, each for
    its own reason; no more is lent than the formula says."""
    number = credit_code(5)
    case.customer, _ = enter(
        kind="BUSINESS", name=FIRM["name"], identity_no=number, mobile="13800005555", by=case.bank.rm
    )
    sandbox.set_scene("bureau/subjects", {"identity_no": number, "history": "CLEAN"})
    personal = ("occupation", "marital_status", "employer", "monthly_income", "monthly_debt", "identity_is_long_term")
    terms = {"amount": "300000.00", "purpose": "INVENTORY", "repayment_method": "INTEREST_ONLY"}
    case.draft(product="SMALL_ENTERPRISE", **terms, **dict.fromkeys(personal)).accept()
    refused(case.upload("identity-checks", face=picture("face.jpg")), 409, "firm_has_no_face")
    assert {"legal_representative_missing", "guarantor_missing"} <= lacks(case, "verify_identity")

    his_number = identity_no()
    boss = entered(
        case, sandbox, role="LEGAL_REPRESENTATIVE", relation="OTHER", name="张三丰", identity_no=his_number, **PERSON
    )
    guarantor = entered(case, sandbox, **GUARANTOR, identity_no=identity_no())
    said = FIRM | {"credit_code": number, "legal_representative": "张四", "legal_representative_no": his_number}
    done(save(case, "BUSINESS_INFORMATION", said))
    assert "legal_representative_differs" in lacks(case, "verify_identity")
    done(save(case, "BUSINESS_INFORMATION", {"legal_representative": "张三丰"}))
    proven(case, borrower=False, parties=(boss, guarantor))
    assert case.row.state == "ID_VERIFIED"

    text = done(case.rm.get(f"{case.url}/credit-consent-text"))
    assert text["body"].startswith("企业征信授权书")
    assert "法定代表人：张三丰" in text["body"]
    consented(case, (boss, guarantor))
    asked(case, (boss, guarantor))
    reasons = {each.reasons[0]: each for each in CreditAuthorization.objects.all()}
    assert set(reasons) == {"02", "22", "08"}
    assert reasons["02"].identity_check is not None, "the firm signs by the hand of who was checked"
    assert CreditReport.objects.filter(state="RECEIVED").count() == 3

    with_papers(case)
    looked_into(case, income="400000.00", outgo="100000.00")
    granted(case)
    drawn = signed(case, payee_name=FIRM["name"], payee_account=OWN_ACCOUNT["payee_account"], payee_bank="本行")
    assert drawn["template_code"] == "CORPORATE"
    for words in ("流动资金借款合同", f"统一社会信用代码：{number}", "法定代表人：张三丰", "不得用于股东分红"):
        assert words in drawn["text"]
    assert [each["role"] for each in drawn["signers"]] == ["BORROWER", "GUARANTOR"], "the firm's hand is its boss's"
    account = paid_out(case)
    assert account.payment.mode == "SELF"
    assert account.customer == case.customer
    assert lines(account)[-1].principal == account.principal
    assert first_check(account) == 15


def test_no_firm_borrows_more_than_its_trade_needs(case: Case) -> None:
    number = credit_code(6)
    case.customer, _ = enter(kind="BUSINESS", name="某公司", identity_no=number, mobile="13800006666", by=case.bank.rm)
    personal = ("occupation", "marital_status", "employer", "monthly_income", "monthly_debt", "identity_is_long_term")
    terms = {"amount": "1600000.00", "purpose": "INVENTORY", "repayment_method": "BULLET", **dict.fromkeys(personal)}
    case.draft(product="SMALL_ENTERPRISE", **terms)
    done(save(case, "BUSINESS_INFORMATION", FIRM | {"credit_code": number}))
    assert "beyond_working_capital_need" in lacks(case, "submit"), "1,580,000 yuan by the formula"


def test_a_person_has_no_representative_and_a_firm_one(case: Case) -> None:
    boss = PERSON | {"role": "LEGAL_REPRESENTATIVE", "relation": "OTHER", "name": "张三丰"}
    case.draft()
    refused(case.post("parties", boss | {"identity_no": identity_no()}), 422, "no_firm_to_represent")
    number = credit_code(7)
    case.customer, _ = enter(kind="BUSINESS", name="某公司", identity_no=number, mobile="13800007777", by=case.bank.rm)
    personal = ("occupation", "marital_status", "employer", "monthly_income", "monthly_debt", "identity_is_long_term")
    case.draft(product="SMALL_ENTERPRISE", purpose="INVENTORY", **dict.fromkeys(personal))
    shown = done(case.post("parties", boss | {"identity_no": identity_no()}))
    assert (shown["relation"], shown["is_obligor"]) == ("LEGAL_REPRESENTATIVE", False)
    refused(case.post("parties", boss | {"identity_no": identity_no()}), 409, "representative_entered_already")
    assert "guarantor_missing" in lacks(case, "verify_identity")
    done(case.rm.patch(f"{case.url}/parties/{shown['id']}", {"is_obligor": True}, etag='"1"'))
    assert "guarantor_missing" not in lacks(case, "verify_identity"), "he guarantees himself"


def test_farmer_loan(case: Case) -> None:
    """Paid back when the crop is sold: principal in the months of the season, interest by the quarter."""
    terms = {"amount": "100000.00", "term_months": 24, "purpose": "PLANTING", "purpose_note": "购买种子化肥"}
    case.draft(product="FARMER", **terms, repayment_method="SEASONAL", payment_months=[6, 10], occupation="FARMER")
    case.accept()
    said = {name: BUSINESS[name] for name in ("main_business", "years_in_trade", "annual_turnover")}
    done(save(case, "BUSINESS_INFORMATION", said | {"industry": "A", "farm_area_mu": "60"}))
    proven(case)
    consented(case)
    asked(case)
    with_papers(case)
    looked_into(case, income="30000.00")
    granted(case)
    signed(case)
    account = paid_out(case)
    paid = lines(account)
    in_season = {each.due_on.month for each in paid[:-1] if each.principal}
    assert in_season
    assert in_season <= {6, 10}
    assert any(each.principal == 0 and each.interest > 0 for each in paid)
