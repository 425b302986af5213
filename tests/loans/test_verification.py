"""The public page: what a stranger with a paper in his hand learns of it, and what he does not."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loans import contract_papers
from loans.models import Contract, LoanAccount, LoanApplication, LoanPaper
from loans.verification import lookup
from tests.loans.builders import Case
from tests.loans.lending import beside, contracted, disbursed, disclosed, draw_up

NOBODY = "0123456789ABCDEF"


@pytest.fixture
def visitor() -> Client:
    """Anybody, with checks of forged requests on."""
    return Client(enforce_csrf_checks=True)


def papers_of(case: Case) -> list[LoanPaper]:
    return list(LoanPaper.objects.filter(contract__application=case.row))


def page_of(visitor: Client, code: str) -> str:
    answer = visitor.get(f"/verify/{code}")
    assert answer.status_code == 200
    return answer.content.decode()


def shown_with(visitor: Client, code: str, content: bytes) -> str:
    file = SimpleUploadedFile("contract.pdf", content, content_type="application/pdf")
    return visitor.post(f"/verify/{code}", {"file": file}).content.decode()


def test_a_signed_paper_is_shown_with_number_day_digests_state_and_a_masked_name(case: Case, visitor: Client) -> None:
    contracted(case)
    paper = papers_of(case)[0]
    contract_papers.issued(paper)
    paper.refresh_from_db()
    html = page_of(visitor, paper.code)
    for said in (paper.number, paper.sha256, paper.file_sha256, "已签署，有效", "张*丰", "个人借款合同"):
        assert said in html
    contract = Contract.objects.get(application=case.row)
    for secret in (case.customer.name, case.customer.identity_no, contract.payee_account, "100,000.00", case.id):
        assert secret not in html


def test_the_code_is_found_however_it_is_typed(case: Case, visitor: Client) -> None:
    contracted(case)
    code = papers_of(case)[0].code
    typed = "-".join((code[:4], code[4:8], code[8:12], code[12:])).lower().replace("0", "o").replace("1", "l")
    answer = visitor.get("/verify/", {"code": f" {typed} "})
    assert answer.headers["Location"] == f"/verify/{code}"
    assert papers_of(case)[0].number in page_of(visitor, code)


@pytest.mark.parametrize("code", [NOBODY, "1", "x" * 60])
def test_an_unknown_code_is_told_as_such(db: None, visitor: Client, code: str) -> None:
    answer = visitor.get(f"/verify/{code}")
    assert answer.status_code == 404
    assert "没有与此核验码对应的文件" in answer.content.decode()


def test_a_code_that_is_none_stays_on_the_page(db: None, visitor: Client) -> None:
    assert "核验文件真伪" in visitor.get("/verify/").content.decode()
    assert "没有与此核验码对应的文件" in visitor.get("/verify/", {"code": "核验"}).content.decode()
    assert "没有与此核验码对应的文件" in visitor.get("/verify/", {"code": "<script>"}).content.decode()


# --- What it is worth today ----------------------------------------------------------------------
def settled(case: Case) -> None:
    account = disbursed(case)
    LoanAccount.objects.filter(pk=account.pk).update(status="SETTLED", balance=0, settled_on=account.disbursed_on)


def withdrawn(case: Case) -> None:
    contracted(case)
    LoanApplication.objects.filter(pk=case.id).update(state="WITHDRAWN", closed_at="2026-11-24T00:00:00Z")


def unsigned(case: Case) -> None:
    disclosed(case)
    draw_up(case)


@pytest.mark.parametrize(
    "until, said",
    [
        (unsigned, "尚未签署"),
        (contracted, "已签署，有效"),
        (disbursed, "已签署，有效"),
        (settled, "已签署，债务已结清"),
        (withdrawn, "已签署，未放款终止"),
    ],
)
def test_the_state_of_the_paper(case: Case, visitor: Client, until: Callable[[Case], object], said: str) -> None:
    until(case)
    assert said in page_of(visitor, papers_of(case)[0].code)


def test_a_guarantors_contract_names_the_guarantor(case: Case, visitor: Client) -> None:
    disclosed(case)
    guarantor = beside(case)
    draw_up(case)
    (paper,) = [each for each in papers_of(case) if each.document == "GUARANTEE_CONTRACT"]
    html = page_of(visitor, paper.code)
    assert guarantor.masked_name() in html
    assert guarantor.name not in html


# --- Comparing a file ----------------------------------------------------------------------------
def test_the_banks_own_file_is_the_same_and_any_other_is_not(case: Case, visitor: Client) -> None:
    contracted(case)
    paper = papers_of(case)[0]
    file = contract_papers.issued(paper)
    assert "逐字节相同" in shown_with(visitor, paper.code, file)
    for other in (file + b"\n", file[:-1], file.replace(b"/Lang", b"/Lang ", 1), b"", b"another file"):
        assert "逐字节相同" not in shown_with(visitor, paper.code, other)
    assert "请勿采信" in shown_with(visitor, paper.code, file + b"\n")


def test_the_file_of_another_paper_is_not_this_one(case: Case, visitor: Client) -> None:
    contracted(case)
    one, other = papers_of(case)
    contract_papers.issued(one)
    assert "请勿采信" in shown_with(visitor, one.code, contract_papers.issued(other))


def test_while_no_file_was_given_out_none_is_compared(case: Case, visitor: Client) -> None:
    contracted(case)
    code = papers_of(case)[0].code
    assert "暂不能比对" in page_of(visitor, code)
    assert "逐字节相同" not in shown_with(visitor, code, b"")


def test_no_file_and_too_large_a_file(case: Case, visitor: Client) -> None:
    contracted(case)
    paper = papers_of(case)[0]
    contract_papers.issued(paper)
    answer = visitor.post(f"/verify/{paper.code}", {})
    assert (answer.status_code, "请先选择文件" in answer.content.decode()) == (400, True)
    answer = visitor.post(f"/verify/{paper.code}", {"file": SimpleUploadedFile("big.pdf", bytes(11 * 1024 * 1024))})
    assert (answer.status_code, "超过 10 MB" in answer.content.decode()) == (413, True)


# --- How it is served ----------------------------------------------------------------------------
def test_the_page_keeps_to_itself(case: Case, visitor: Client) -> None:
    contracted(case)
    answer = visitor.get(f"/verify/{papers_of(case)[0].code}")
    policy = answer.headers["Content-Security-Policy"]
    for said in ("default-src 'none'", "script-src 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert said in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert not answer.cookies


def test_codes_are_long_and_never_look_alike() -> None:
    codes = {contract_papers._new_code() for _ in range(200)}
    assert len(codes) == 200
    assert {len(code) for code in codes} == {16}
    assert all(lookup.normal(code) == code for code in codes)
