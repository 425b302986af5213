"""The papers of a contract: which there are, who signs each, and the sealed PDFs that come of them."""

import hashlib
import io
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from aladdin import papers
from aladdin.audit import AuditEntry
from aladdin.papers import storing
from loans import contract_papers
from loans.models import Contract, ContractSigner, ContractTemplate, LoanApplication, LoanPaper, LoanProduct
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import another_product
from tests.loans.lending import (
    SHOP,
    approved,
    beside,
    contracted,
    disclosed,
    draw_up,
    secured,
    sign_contract,
)


def drawn_up(case: Case, **said: Any) -> Any:
    return done(draw_up(case, **said))


def documents(drawn: Any) -> list[str]:
    return [each["document"] for each in drawn["papers"]]


def pdf_of(case: Case, paper: dict[str, Any], **by: Any) -> Any:
    return case.phone(by.get("by", case.bank.rm)).get(f"{case.url}/contract/papers/{paper['id']}")


# --- Which there are -----------------------------------------------------------------------------
def test_a_plain_loan_has_its_contract_and_the_agreement_on_its_payment(case: Case) -> None:
    disclosed(case)
    drawn = drawn_up(case)
    assert documents(drawn) == ["LOAN_CONTRACT", "SELF_PAYMENT_CLAUSE"]
    assert [each["number"] for each in drawn["papers"]] == [drawn["contract_no"], f"{drawn['contract_no']}-1"]
    assert [each["role"] for each in drawn["signers"]] == ["BORROWER"]
    assert "单笔提款不得超过人民币300,000.00元" in drawn["text"]


def test_an_entrusted_payment_has_the_customers_order_with_the_payees_account(case: Case) -> None:
    disclosed(case)
    drawn = drawn_up(case, **SHOP)
    assert documents(drawn) == ["LOAN_CONTRACT", "ENTRUSTED_PAYMENT_ORDER"]
    assert f"{SHOP['payee_name']}｜{SHOP['payee_account']}｜{SHOP['payee_bank']}｜100,000.00" in drawn["text"]


def test_each_guarantor_has_his_own_contract_and_a_co_borrower_stands_in_the_loans(case: Case) -> None:
    disclosed(case)
    beside(case, name="李建国")
    beside(case, name="孙二娘")
    beside(case, "CO_BORROWER", "赵小兰", "SIBLING")
    drawn = drawn_up(case)
    assert documents(drawn)[2:] == ["GUARANTEE_CONTRACT"] * 2
    assert "赵小兰为共同借款人" in drawn["text"]
    assert "保证方式为连带责任保证" in drawn["text"]
    assert sorted(each["role"] for each in drawn["signers"]) == ["BORROWER", "CO_BORROWER", "GUARANTOR", "GUARANTOR"]


def test_each_piece_of_collateral_has_its_contract(case: Case) -> None:
    disclosed(case)
    secured(case)
    drawn = drawn_up(case)
    assert documents(drawn)[2:] == ["MORTGAGE_CONTRACT"]
    assert "抵押登记办妥前，贷款人不发放借款" in drawn["text"]
    assert "不动产权第0012345号" in drawn["text"]
    assert [each["role"] for each in drawn["signers"]] == ["BORROWER"]


def test_what_is_pledged_has_a_pledge_contract(case: Case) -> None:
    disclosed(case)
    # What is published never changes, so the case is given another product.
    pledged = another_product(
        "PLEDGED",
        like="PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        guarantee="PLEDGED",
        steps=[*case.row.product_version.steps[:-1], "COLLATERAL", "CONFIRMATION"],
    )
    LoanApplication.objects.filter(pk=case.id).update(product=LoanProduct.objects.get(code=pledged))
    secured(case, kind="DEPOSIT", description="三年期存单")
    assert documents(drawn_up(case))[2:] == ["PLEDGE_CONTRACT"]


def test_an_owner_who_is_not_the_borrower_signs_the_mortgage_alone(case: Case) -> None:
    disclosed(case)
    spouse = beside(case, "SPOUSE", "赵小兰", "SPOUSE")
    secured(case, owner_relation="SPOUSE")
    drawn = drawn_up(case)
    (mortgage,) = [each for each in drawn["papers"] if each["document"] == "MORTGAGE_CONTRACT"]
    assert mortgage["party"] == str(spouse.pk)
    assert "抵押人：赵小兰" in drawn["text"]


def test_an_owner_whom_the_file_does_not_know_stops_the_contract(case: Case) -> None:
    disclosed(case)
    collateral = secured(case, owner_relation="OTHER")
    collateral.owner_name = "钱百万"
    collateral.save()
    assert "collaterals" in refused(draw_up(case), 422, "owner_not_in_file")["errors"]


def test_what_a_contract_needs_and_the_case_lacks_is_named(case: Case) -> None:
    disclosed(case)
    secured(case, certificate_no="")
    assert "权属证书编号" in refused(draw_up(case), 422, "contract_value_missing")["detail"]


def test_without_a_published_text_there_is_no_contract(case: Case) -> None:
    disclosed(case)
    ContractTemplate.objects.filter(document="SELF_PAYMENT_CLAUSE").update(state="DRAFT")
    refused(draw_up(case), 409, "template_missing")


# --- Signing in person ---------------------------------------------------------------------------
def test_the_last_of_all_signatures_moves_the_case(case: Case) -> None:
    disclosed(case)
    guarantor = beside(case)
    drawn = drawn_up(case)
    first = done(sign_contract(case, drawn["sha256"]))
    assert (first["signed_at"], case.row.state) == (None, "CONTRACTING")
    refused(sign_contract(case, drawn["sha256"]), 409, "already_signed")
    last = done(sign_contract(case, drawn["sha256"], party=str(guarantor.pk)))
    assert last["signed_at"] is not None
    assert case.row.state == "CONTRACTED"
    assert {each["state"] for each in last["signers"]} == {"SIGNED"}
    borrower = ContractSigner.objects.get(contract__application=case.row, party=None)
    assert Contract.objects.get(application=case.row).signature_sha256 == borrower.signature_sha256


def test_a_stranger_to_the_contract_does_not_sign_it(case: Case) -> None:
    disclosed(case)
    sha256 = drawn_up(case)["sha256"]
    late = beside(case)
    refused(sign_contract(case, sha256, party=str(late.pk)), 404, "not_found")


def test_drawn_up_anew_everybody_signs_anew_and_the_void_signature_stays_on_record(case: Case) -> None:
    disclosed(case)
    beside(case)
    first = drawn_up(case)
    done(sign_contract(case, first["sha256"]))
    second = drawn_up(case, **SHOP)
    assert {each["state"] for each in second["signers"]} == {"PENDING"}
    voided = AuditEntry.objects.get(action="loan.void_signature")
    assert voided.detail["sha256"] == first["sha256"]
    assert not LoanPaper.objects.filter(pk=first["papers"][0]["id"]).exists()


# --- As PDF --------------------------------------------------------------------------------------
def test_before_signing_the_pdf_is_only_to_be_read(case: Case) -> None:
    disclosed(case)
    drawn = drawn_up(case)
    answer = pdf_of(case, drawn["papers"][0])
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    assert papers.verify(answer.content).code == "unsealed"
    assert LoanPaper.objects.filter(sealed_at__isnull=False).count() == 0


def test_a_signed_paper_is_sealed_once_and_stays_as_it_is(case: Case) -> None:
    disclosed(case)
    beside(case)
    drawn = drawn_up(case)
    for signer in drawn["signers"]:
        done(sign_contract(case, drawn["sha256"], **({"party": signer["party"]} if signer["party"] else {})))
    for paper in drawn["papers"]:
        first, second = pdf_of(case, paper).content, pdf_of(case, paper).content
        assert first == second
        assert papers.verify(first).is_genuine
        assert LoanPaper.objects.get(pk=paper["id"]).file_sha256 == hashlib.sha256(first).hexdigest()
        assert len(PdfFileReader(io.BytesIO(first)).embedded_signatures) == 1


def test_whose_signature_belongs_under_which_paper(case: Case) -> None:
    disclosed(case)
    beside(case, "CO_BORROWER", "赵小兰", "SIBLING")
    beside(case)
    secured(case)
    drawn_up(case)
    signers = list(ContractSigner.objects.filter(contract__application=case.row))
    under = {
        paper.document: sorted(each.role for each in signers if contract_papers.signs(each, paper))
        for paper in LoanPaper.objects.filter(contract__application=case.row)
    }
    assert under == {
        "LOAN_CONTRACT": ["BORROWER", "CO_BORROWER"],
        "SELF_PAYMENT_CLAUSE": ["BORROWER"],
        "GUARANTEE_CONTRACT": ["GUARANTOR"],
        "MORTGAGE_CONTRACT": ["BORROWER"],
    }


def test_at_night_the_papers_that_nobody_opened_are_sealed(case: Case) -> None:
    contracted(case)
    assert contract_papers.issue_waiting() == 2
    assert contract_papers.issue_waiting() == 0
    assert LoanPaper.objects.filter(sealed_at__isnull=True).count() == 0


def test_the_pdf_with_its_personal_data_is_for_those_who_need_it_and_leaves_a_trace(case: Case) -> None:
    contracted(case)
    paper = {"id": str(LoanPaper.objects.get(position=0).pk)}
    for person in ("rm", "co_rm", "disbursement_officer", "auditor"):
        assert pdf_of(case, paper, by=getattr(case.bank, person)).status_code == 200
    assert AuditEntry.objects.filter(action="loan.read_contract").count() == 4
    refused(pdf_of(case, paper, by=case.bank.approver), 403, "not_permitted")
    refused(pdf_of(case, paper, by=case.bank.stranger), 404, "not_found")
    refused(pdf_of(case, {"id": case.id}), 404, "not_found")


def test_a_colleague_who_manages_the_customer_but_has_no_part_does_not_read_it(case: Case) -> None:
    contracted(case)
    case.customer.ownerships.create(staff=case.bank.other_rm, role="CO_MANAGING", share=0, effective_from="2020-01-01")
    paper = {"id": str(LoanPaper.objects.get(position=0).pk)}
    refused(pdf_of(case, paper, by=case.bank.other_rm), 403, "not_in_charge")


def test_the_words_are_sealed_in_the_store_and_the_digest_is_theirs(case: Case) -> None:
    disclosed(case)
    drawn_up(case)
    for paper in LoanPaper.objects.all():
        assert paper.blocks_sealed.startswith("v1|")
        words = storing.plain(paper.title, paper.number, storing.from_text(paper.blocks))
        assert hashlib.sha256(words.encode()).hexdigest() == paper.sha256


def test_others_see_neither_guarantor_nor_place_in_clear(case: Case) -> None:
    disclosed(case)
    guarantor = beside(case)
    collateral = secured(case)
    drawn_up(case)
    text = done(case.phone(case.bank.disbursement_officer).get(f"{case.url}/contract"))["text"]
    for clear in (guarantor.name, guarantor.identity_no, collateral.location):
        assert clear not in text
    assert "河北省廊坊市广阳区****" in text


def test_without_approval_no_paper(case: Case) -> None:
    approved(case)
    refused(case.rm.get(f"{case.url}/contract/papers/{case.id}"), 404, "not_found")
