"""The statement of all-in financing cost: whole, dated, read, signed, and binding for the contract."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from aladdin import clock, papers
from loans import statement
from loans.models import CostDisclosure, OneTimeCode, ProductFee
from loans.terms import LoanTerms
from tests.loans.builders import Case, done, refused, signature
from tests.loans.configuring import in_force_from_today
from tests.loans.lending import approved, confirm_cost, disclosed, draw_up, in_approval, later, show_cost
from tests.sandbox_server import Sandbox


def test_the_statement_lists_interest_and_what_is_contingent_apart(case: Case) -> None:
    approved(case)
    shown = done(show_cost(case))
    (interest,) = shown["items"]
    assert interest["name"] == "利息"
    assert interest["rate"] == "年利率4.5%（单利）"
    assert interest["collected_by"] == "本行"
    names = [each["name"] for each in shown["contingent_items"]]
    assert names == ["逾期罚息", "挪用罚息", "复利", "提前还款违约金"]
    assert "6.75%" in shown["contingent_items"][0]["rate"]  # 4.5 raised by half
    assert "9%" in shown["contingent_items"][1]["rate"]  # doubled
    assert shown["shown_at"] is not None
    assert shown["confirmed_at"] is None


def with_fee(case: Case, **fee: Any) -> None:
    """Let the product have a further fee, from today on."""
    in_force_from_today(
        "PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        furnish=lambda version: ProductFee.objects.create(version=version, **fee),
    )


def test_fees_raise_the_annualised_cost(case: Case) -> None:
    """Domain 2.3, example 6: 100,000 at 6 % for 12 months with 1 % at once costs 7.89 % a year."""
    with_fee(case, name="账户管理费", basis="PERCENT", value=1, when="UPFRONT", collected_by="某担保公司")
    approved(case)
    terms = LoanTerms(
        amount=Decimal(100_000),
        term_months=12,
        rate=Decimal(6),
        repayment_method="EQUAL_INSTALLMENT",
        repayment_day=15,
    )
    found = statement.of(case.row, terms, date(2026, 11, 15))
    assert round(found.annualised_cost, 2) == Decimal("7.89")
    assert [(each.name, each.amount, each.collected_by) for each in found.items] == [
        ("利息", "3,279.73", "本行"),
        ("账户管理费", "1,000.00", "某担保公司"),
    ]


def test_a_yearly_fee_is_counted_for_each_year(case: Case) -> None:
    with_fee(case, name="保险费", basis="AMOUNT", value=300, when="YEARLY", collected_by="某保险公司")
    approved(case, term_months=30)
    shown = done(show_cost(case))
    assert shown["items"][1]["amount"] == "900.00"
    assert Decimal(shown["annualised_cost"]) > Decimal("4.6")  # 4.5 without the fee


def test_the_same_statement_is_recorded_once_and_other_terms_anew(case: Case) -> None:
    approved(case)
    first = done(show_cost(case))
    assert done(show_cost(case))["sha256"] == first["sha256"]
    assert CostDisclosure.objects.filter(application=case.row).count() == 1
    assert done(show_cost(case, amount="90000.00"))["sha256"] != first["sha256"]
    assert CostDisclosure.objects.filter(application=case.row).count() == 2


@pytest.mark.parametrize(
    "choice, field",
    [
        ({"amount": "100000.01"}, "amount"),
        ({"amount": "1.00"}, "amount"),
        ({"term_months": 13}, "term_months"),
        ({"repayment_method": "BULLET"}, "repayment_method"),
    ],
)
def test_no_terms_beyond_the_approval_are_shown(case: Case, choice: dict[str, Any], field: str) -> None:
    approved(case)
    problem = refused(show_cost(case, **choice), 422, "terms_exceed_approval")
    assert list(problem["errors"]) == [field]


def test_before_the_approval_there_is_nothing_to_show(case: Case) -> None:
    in_approval(case)
    refused(show_cost(case), 409, "not_approved")
    refused(case.rm.get(f"{case.url}/cost-disclosure"), 404, "not_found")


def test_on_site_the_customer_signs_what_he_was_shown(case: Case) -> None:
    approved(case)
    shown = done(show_cost(case))
    with clock.at(later(seconds=45)):
        confirmed = done(confirm_cost(case, shown["sha256"]))
    assert (confirmed["way"], confirmed["signing_method"]) == ("ON_SITE", "HANDWRITTEN")
    assert 44 <= confirmed["read_seconds"] <= 60
    assert len(confirmed["signature_sha256"]) == 64
    assert done(case.rm.get(f"{case.url}/cost-disclosure"))["confirmed_at"] == confirmed["confirmed_at"]


# --- Online --------------------------------------------------------------------------------------
def code_for(case: Case, sandbox: Sandbox, sha256: str) -> str:
    """Let a code be sent to the customer; what his phone shows."""
    assert case.post("cost-disclosure/code", {"sha256": sha256}).status_code == 202
    case.run_jobs()
    text: str = sandbox.texts(case.customer.mobile)[-1]["content"]
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    return str(code)


def confirm_by(case: Case, sha256: str, code: str, **said: Any) -> Any:
    return case.upload("cost-disclosure/confirm", sha256=sha256, code=code, place="线上", **said)


def test_online_the_server_says_how_long_was_read(case: Case, sandbox: Sandbox) -> None:
    """What a phone says of the seconds counts for nothing."""
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    code = code_for(case, sandbox, sha256)
    problem = refused(confirm_by(case, sha256, code, read_seconds=600), 422, "read_too_briefly")
    assert "10" in problem["errors"]["read_seconds"][0]
    with clock.at(later(seconds=11)):
        confirmed = done(confirm_by(case, sha256, code))
    assert (confirmed["way"], confirmed["signing_method"]) == ("ONLINE", "ONE_TIME_CODE")
    assert 10 <= confirmed["read_seconds"] < 60


def test_shown_again_the_reading_begins_anew(case: Case, sandbox: Sandbox) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    code = code_for(case, sandbox, sha256)
    with clock.at(later(seconds=60)):
        done(show_cost(case))
        refused(confirm_by(case, sha256, code), 422, "read_too_briefly")


def test_a_wrong_code_confirms_nothing_and_is_counted(case: Case, sandbox: Sandbox) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    code = code_for(case, sandbox, sha256)
    with clock.at(later(seconds=30)):
        refused(confirm_by(case, sha256, f"{(int(code) + 1) % 10**6:06d}"), 422, "code_wrong")
        assert OneTimeCode.objects.get(purpose="CONFIRM_COST").attempts == 1
        assert CostDisclosure.objects.get(sha256=sha256).confirmed_at is None
        done(confirm_by(case, sha256, code))
        assert done(confirm_cost(case, sha256))["way"] == "ONLINE"  # confirmed once


def test_a_code_confirms_the_statement_it_was_sent_for(case: Case, sandbox: Sandbox) -> None:
    approved(case)
    first, other = done(show_cost(case))["sha256"], done(show_cost(case, amount="90000.00"))["sha256"]
    code = code_for(case, sandbox, first)
    with clock.at(later(seconds=30)):
        refused(confirm_by(case, other, code), 422, "code_wrong")
    refused(case.post("cost-disclosure/code", {"sha256": "0" * 64}), 409, "disclosure_not_shown")


def test_neither_or_both_of_signature_and_code_is_refused(case: Case) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    form = {"sha256": sha256, "place": "广阳支行"}
    refused(case.upload("cost-disclosure/confirm", **form), 400, "invalid")
    refused(case.upload("cost-disclosure/confirm", **form, code="123456", signature=signature()), 400, "invalid")


def test_without_a_mobile_there_is_no_code(case: Case) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    case.customer.mobile = ""
    case.customer.save()
    refused(case.post("cost-disclosure/code", {"sha256": sha256}), 422, "mobile_missing")


# --- As a paper ----------------------------------------------------------------------------------
def pdf_of(case: Case, by: Any = None) -> Any:
    return case.phone(by or case.bank.rm).get(f"{case.url}/cost-disclosure/pdf")


def test_the_statement_is_a_paper_that_is_sealed_once_confirmed(case: Case) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    assert papers.verify(pdf_of(case).content).code == "unsealed"
    done(confirm_cost(case, sha256))
    first, second = pdf_of(case).content, pdf_of(case).content
    assert first == second
    assert papers.verify(first).is_genuine
    refused(pdf_of(case, case.bank.approver), 403, "not_permitted")
    refused(pdf_of(case, case.bank.stranger), 404, "not_found")


def test_what_was_not_shown_cannot_be_confirmed(case: Case) -> None:
    approved(case)
    refused(confirm_cost(case, "0" * 64), 409, "disclosure_not_shown")


def test_a_blank_signature_and_a_file_that_is_no_picture_are_refused(case: Case) -> None:
    approved(case)
    sha256 = done(show_cost(case))["sha256"]
    form = {"sha256": sha256}
    blank = case.upload("cost-disclosure/confirm", signature=_file(_white()), **form)
    assert "signature" in refused(blank, 422, "signature_blank")["errors"]
    text = case.upload("cost-disclosure/confirm", signature=_file(b"%PDF-1.7 no picture at all"), **form)
    refused(text, 422, "not_an_image")


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("signature.png", content, content_type="image/png")


def _white() -> bytes:
    sheet = BytesIO()
    Image.new("RGB", (300, 120), "white").save(sheet, "PNG")
    return sheet.getvalue()


def test_only_the_rm_in_charge_discloses(case: Case) -> None:
    approved(case)
    refused(case.post("cost-disclosure", by=case.bank.co_rm), 403, "not_in_charge")
    refused(case.post("cost-disclosure", by=case.bank.approver), 403, "not_permitted")
    refused(case.post("cost-disclosure", by=case.bank.stranger), 404, "not_found")


def test_without_confirmation_there_is_no_contract(case: Case) -> None:
    approved(case)
    done(show_cost(case))
    refused(draw_up(case), 409, "cost_disclosure_missing")
    assert case.row.state == "APPROVED"


def test_other_terms_than_confirmed_need_another_statement(case: Case) -> None:
    disclosed(case)
    refused(draw_up(case, amount="90000.00"), 409, "disclosure_outdated")
    done(confirm_cost(case, done(show_cost(case, amount="90000.00"))["sha256"]))
    assert done(draw_up(case, amount="90000.00"))["amount"] == "90000.00"


def test_an_auditor_reads_the_statement_without_showing_it(case: Case) -> None:
    disclosed(case)
    before = CostDisclosure.objects.count()
    auditor = case.phone(case.bank.auditor)
    assert done(auditor.get(f"{case.url}/cost-disclosure"))["confirmed_at"] is not None
    assert CostDisclosure.objects.count() == before
