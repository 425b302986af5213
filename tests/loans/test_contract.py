"""The contract: within the approval, from a versioned template, signed in the way the law asks for."""

import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin.money import fen
from loans.models import Contract, LoanApplication
from tests.loans.builders import Case, done, refused, signature
from tests.loans.lending import (
    OWN_ACCOUNT,
    SHOP,
    approved,
    contracted,
    disbursed,
    disclosed,
    draw_up,
    sign_contract,
)


def test_the_contract_has_numbered_clauses_with_the_terms_of_the_approval(case: Case) -> None:
    disclosed(case)
    drawn = done(draw_up(case))
    assert case.row.state == "CONTRACTING"
    text = drawn["text"]
    for said in (
        "第一条",
        "第十三条",
        drawn["contract_no"],
        "人民币100,000.00元（大写：壹拾万元整）",
        "借款期限为12个月",
        "借款年利率为4.5%",
        f"年化综合融资成本为{fen(case.row.cost_disclosures.get().annualised_cost)}%",
        case.customer.identity_no,
        "自主支付",
        "不在本金中预先扣除利息",
        "上浮50%",
        "上浮100%",
    ):
        assert said in text, said
    assert drawn["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert (drawn["template_code"], drawn["template_version"]) == ("PERSONAL", "1")
    assert drawn["payee_account"] == "6222 **** **** 0016"


def test_others_read_the_contract_with_personal_data_masked(case: Case) -> None:
    disclosed(case)
    done(draw_up(case))
    text = done(case.phone(case.bank.disbursement_officer).get(f"{case.url}/contract"))["text"]
    for clear in (case.customer.identity_no, OWN_ACCOUNT["payee_account"], case.customer.name):
        assert clear not in text
    assert "张*丰" in text


def test_the_stored_text_is_sealed(case: Case) -> None:
    disclosed(case)
    done(draw_up(case))
    row = Contract.objects.get(application=case.row)
    assert case.customer.identity_no not in row.text_sealed
    assert row.text_sealed.startswith("v1|")


def test_until_it_is_signed_the_contract_may_be_drawn_up_anew(case: Case) -> None:
    disclosed(case)
    first = done(draw_up(case))
    second = done(draw_up(case, **SHOP))
    assert (first["contract_no"], first["version"]) == (second["contract_no"], second["version"] - 1)
    assert "受托支付" in second["text"]
    refused(sign_contract(case, first["sha256"]), 422, "contract_text_changed")
    assert done(sign_contract(case, second["sha256"]))["signed_at"] is not None
    refused(draw_up(case), 409, "illegal_transition")


@pytest.mark.parametrize("terms", [{"amount": "100000.01"}, {"term_months": 13}])
def test_the_contract_never_exceeds_the_approval(case: Case, terms: dict[str, Any]) -> None:
    disclosed(case)
    refused(draw_up(case, **terms), 422, "terms_exceed_approval")


def test_a_contract_beyond_the_approval_pays_nothing_even_if_it_was_written(case: Case) -> None:
    """Invariant (e) holds in the database, and at the move: whoever wrote the row."""
    contracted(case)
    with pytest.raises(IntegrityError, match="beyond its approval"), transaction.atomic():
        Contract.objects.filter(application=case.row).update(amount=100_001)
    LoanApplication.objects.filter(pk=case.id).update(approved_amount=99_999)
    problem = refused(case.post("disbursement/request", {}), 409, "transition_blocked")
    assert "contract_exceeds_approval" in [each["code"] for each in problem["blockers"]]


def test_nobody_is_paid_without_a_payee(case: Case) -> None:
    disclosed(case)
    problem = refused(case.post("contract", {}), 422, "payee_missing")
    assert "payee_account" in problem["errors"]


def test_an_account_number_is_digits(case: Case) -> None:
    disclosed(case)
    assert "payee_account" in refused(draw_up(case, payee_account="12-34"), 400, "invalid")["errors"]


# --- To whom the money goes ----------------------------------------------------------------------
BIG = {"amount": "400000.00", "term_months": 36}


def test_a_large_loan_goes_to_a_named_payee(case: Case) -> None:
    """Consumption: above 300,000 yuan the borrower may not be paid himself."""
    disclosed(case, **BIG)
    problem = refused(draw_up(case), 422, "entrusted_payment_required")
    assert "300,000.00" in problem["detail"]
    assert done(draw_up(case, **SHOP))["payee_name"] != SHOP["payee_name"]  # masked


def test_a_business_loan_may_be_paid_to_the_borrower_up_to_half_a_million(case: Case) -> None:
    business = {"product": "PERSONAL_BUSINESS", "purpose": "INVENTORY", "occupation": "SELF_EMPLOYED"}
    disclosed(case, **BIG, **business)
    assert "自主支付" in done(draw_up(case))["text"]


def test_a_large_draw_cut_in_pieces_is_one_draw(case: Case) -> None:
    disbursed(case, amount="250000.00", term_months=36)
    disclosed(case)
    refused(draw_up(case), 422, "payment_split_suspected")
    done(draw_up(case, **SHOP))


# --- Signing -------------------------------------------------------------------------------------
def test_signing_in_person_needs_the_recording(case: Case) -> None:
    disclosed(case)
    sha256 = done(draw_up(case))["sha256"]
    refused(sign_contract(case, sha256, recording_reference=""), 422, "recording_missing")
    signed = done(sign_contract(case, sha256))
    assert (signed["signing"], signed["recording_reference"]) == ("IN_PERSON", "SL-20261124-0001")
    assert case.row.state == "CONTRACTED"
    kinds = [each["kind"] for each in done(case.rm.get("/api/v1/notices"))["results"]]
    assert "loan.contracted" in kinds


def test_only_the_rm_in_charge_has_it_signed(case: Case) -> None:
    disclosed(case)
    sha256 = done(draw_up(case))["sha256"]
    answer = case.upload(
        "contract/sign", by=case.bank.co_rm, signature=signature(), sha256=sha256, recording_reference="SL-1"
    )
    refused(answer, 403, "not_in_charge")


def test_a_text_that_was_altered_in_the_store_is_not_signed(case: Case) -> None:
    disclosed(case)
    sha256 = done(draw_up(case))["sha256"]
    row = Contract.objects.get(application=case.row)
    row.text = row.text.replace("4.5%", "0.5%")
    row.save()
    refused(sign_contract(case, sha256), 409, "contract_altered")


def test_a_contract_is_signed_once(case: Case) -> None:
    disclosed(case)
    sha256 = done(draw_up(case))["sha256"]
    done(sign_contract(case, sha256))
    refused(sign_contract(case, sha256), 409, "illegal_transition")


def test_the_database_wants_evidence_of_every_signature(case: Case) -> None:
    disclosed(case)
    done(draw_up(case))
    row = Contract.objects.filter(application=case.row)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(signed_at="2026-11-24T00:00:00Z", signing="IN_PERSON")


def test_an_approved_case_without_a_contract_has_none_to_read(case: Case) -> None:
    approved(case)
    refused(case.rm.get(f"{case.url}/contract"), 404, "not_found")


def test_before_the_money_moves_the_customer_may_still_withdraw(case: Case) -> None:
    contracted(case)
    done(case.post("withdraw", {"reason": "客户改变计划", "evidence": "书面申请"}))
    assert LoanApplication.objects.get(pk=case.id).state == "WITHDRAWN"
