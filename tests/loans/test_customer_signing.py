"""A signer reads the contract behind his link and signs it there with the provider's code, or says no."""

from datetime import timedelta
from typing import Any

import pytest

from aladdin import clock, papers
from aladdin.audit import AuditEntry
from loans.models import Contract, ContractSigner, SigningEnvelope
from notifications.models import Notice
from tests.loans.builders import Case, done, refused
from tests.loans.lending import beside, disclosed, draw_up
from tests.loans.test_esigning import acts, asked_again, borrower, sent, start
from tests.loans.visiting import Visitor, visitor
from tests.sandbox_server import Sandbox


def signer_behind(case: Case, sandbox: Sandbox, **said: Any) -> Visitor:
    """Whoever has to sign, on his own phone."""
    return visitor(case, sandbox, customer=None, application=case.id, contract=True, **said).open()


def provider_code(sandbox: Sandbox, signer: ContractSigner) -> str:
    """What the provider sent to his phone last."""
    envelopes = sandbox._http.get("/e-signing/envelopes").json()["envelopes"]
    found = [each for envelope in envelopes for each in envelope["signers"] if each["reference"] == str(signer.pk)]
    return str(found[-1]["code"])


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def reads(signer: Visitor) -> dict[str, Any]:
    shown: dict[str, Any] = done(signer.get("contract"))
    return shown


def signs(signer: Visitor, sha256: str, code: str, *, after: int = 25) -> Any:
    with clock.at(clock.now() + timedelta(seconds=after)):
        return signer.post("contract", {"sha256": sha256, "code": code})


def test_read_and_signed_on_his_own_phone(case: Case, sandbox: Sandbox) -> None:
    sent(case)
    phone = signer_behind(case, sandbox)
    shown = reads(phone)
    assert (shown["is_open"], shown["is_signed"], shown["read_seconds"], shown["role_label"]) == (
        True,
        False,
        20,
        "借款人",
    )
    text = shown["papers"][0]["text"]
    assert case.customer.name in text
    assert "第一条" in text
    done(signs(phone, shown["sha256"], provider_code(sandbox, borrower(case))))
    assert case.row.state == "CONTRACTED"
    signer = borrower(case)
    assert (signer.signing_method, signer.signed_device, signer.signed_place) == (
        "ONE_TIME_CODE",
        phone.device,
        "线上自助",
    )
    assert signer.certificate_no.startswith("CA")
    assert phone.steps()["CONTRACT"]
    entry = AuditEntry.objects.get(action="loan.sign_online")
    assert entry.by is None
    assert entry.detail["read_seconds"] >= 20
    kinds = set(Notice.objects.filter(stream__staff=case.bank.rm).values_list("kind", flat=True))
    assert {"loan_link.contract_signed", "loan.contracted"} <= kinds


def test_his_copies_before_and_after(case: Case, sandbox: Sandbox) -> None:
    sent(case)
    phone = signer_behind(case, sandbox)
    shown = reads(phone)
    door = f"contract/papers/{shown['papers'][0]['id']}"
    before = phone.get(door)
    assert before.content.startswith(b"%PDF")
    assert before["Cache-Control"] == "no-store"
    assert not papers.verify(before.content).is_genuine
    done(signs(phone, shown["sha256"], provider_code(sandbox, borrower(case))))
    assert papers.verify(phone.get(door).content).is_genuine
    assert AuditEntry.objects.filter(action="loan.read_contract", by=None).count() == 2


def test_everybody_signs_his_own_papers(case: Case, sandbox: Sandbox) -> None:
    disclosed(case)
    party = beside(case)
    done(start(case, done(draw_up(case))["sha256"]))
    case.run_jobs()
    mine = signer_behind(case, sandbox)
    guarantor = signer_behind(case, sandbox, party=str(party.pk), mobile="13911112222")
    own, theirs = reads(mine), reads(guarantor)
    assert [each["title"] for each in theirs["papers"]] == ["保证合同"]
    assert not {each["id"] for each in own["papers"]} & {each["id"] for each in theirs["papers"]}
    refused(mine.get(f"contract/papers/{theirs['papers'][0]['id']}"), 404, "not_found")
    refused(signs(mine, own["sha256"], provider_code(sandbox, signer_of(party.pk))), 422, "code_wrong")
    done(signs(mine, own["sha256"], provider_code(sandbox, borrower(case))))
    assert case.row.state == "CONTRACTING"
    done(signs(guarantor, theirs["sha256"], provider_code(sandbox, signer_of(party.pk))))
    assert case.row.state == "CONTRACTED"


def signer_of(party_id: Any) -> ContractSigner:
    return ContractSigner.objects.get(party=party_id)


def test_it_is_read_before_it_is_signed(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    code = provider_code(sandbox, borrower(case))
    refused(signs(phone, envelope.sha256, code), 422, "read_too_briefly")
    reads(phone)
    assert refused(signs(phone, envelope.sha256, code, after=12), 422, "read_too_briefly")["least"] == 20
    refused(signs(phone, "0" * 64, code), 422, "contract_text_changed")
    assert phone.post("contract", {"sha256": envelope.sha256, "code": "12"}).status_code == 400
    assert borrower(case).state == "PENDING"


def test_guessing_the_code_ends(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    reads(phone)
    code = provider_code(sandbox, borrower(case))
    for _ in range(5):
        refused(signs(phone, envelope.sha256, wrong(code)), 422, "code_wrong")
    refused(signs(phone, envelope.sha256, code), 429, "too_many_tries")
    assert done(phone.post("contract/code")) == {"retry_after": 60}
    fresh = provider_code(sandbox, borrower(case))
    assert fresh != code
    refused(signs(phone, envelope.sha256, code), 422, "code_wrong")
    done(signs(phone, envelope.sha256, fresh))


def test_no_more_than_so_many_codes(case: Case, sandbox: Sandbox) -> None:
    sent(case)
    phone = signer_behind(case, sandbox)
    for _ in range(9):
        done(phone.post("contract/code"))
    refused(phone.post("contract/code"), 429, "too_many_tries")


def test_who_will_not_sign_says_why(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    assert phone.post("contract/refuse", {"reason": ""}).status_code == 400
    done(phone.post("contract/refuse", {"reason": "利率与约定不符"}))
    envelope.refresh_from_db()
    assert (envelope.state, envelope.reason) == ("REFUSED", "利率与约定不符")
    shown = reads(phone)
    assert (shown["is_open"], shown["refused_because"]) == (False, "利率与约定不符")
    refused(signs(phone, envelope.sha256, "123456"), 409, "contract_not_ready")
    told = Notice.objects.get(stream__staff=case.bank.rm, kind="loan_link.contract_refused")
    assert "利率与约定不符" in told.body


def test_nothing_to_sign_yet(case: Case, sandbox: Sandbox) -> None:
    disclosed(case)
    phone = signer_behind(case, sandbox)
    refused(phone.get("contract"), 409, "contract_not_ready")
    done(draw_up(case))
    shown = reads(phone)
    assert shown["is_open"] is False
    refused(signs(phone, shown["sha256"], "123456"), 409, "contract_not_ready")
    refused(phone.post("contract/code"), 409, "contract_not_ready")
    refused(phone.post("contract/refuse", {"reason": "不"}), 409, "contract_not_ready")


def test_once_is_enough(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    reads(phone)
    code = provider_code(sandbox, borrower(case))
    done(signs(phone, envelope.sha256, code))
    refused(signs(phone, envelope.sha256, code), 409, "already_signed")
    assert SigningEnvelope.objects.get().state == "COMPLETED"


def test_signed_on_the_providers_page_meanwhile(case: Case, sandbox: Sandbox) -> None:
    """The provider knows before the bank does: its no is taken as news."""
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    reads(phone)
    code = provider_code(sandbox, borrower(case))
    acts(sandbox, envelope, borrower(case), "face")
    refused(signs(phone, envelope.sha256, code), 409, "contract_not_ready")
    assert (case.row.state, borrower(case).signing_method) == ("CONTRACTED", "FACE")


@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "http", "malformed"])
def test_what_the_provider_did_not_answer_is_asked_for(case: Case, sandbox: Sandbox, fault: str) -> None:
    envelope = sent(case)
    phone = signer_behind(case, sandbox)
    reads(phone)
    code = provider_code(sandbox, borrower(case))
    sandbox.fault("e-signing", "sign", fault)
    refused(signs(phone, envelope.sha256, code), 409, "signing_provider_silent")
    sandbox.heal()
    asked_again(case)
    arrived = fault in {"timeout_after", "malformed"}
    assert case.row.state == ("CONTRACTED" if arrived else "CONTRACTING")
    if not arrived:
        done(signs(phone, envelope.sha256, code))
    assert Contract.objects.get().signed_at is not None
    assert borrower(case).signed_device == phone.device


def test_a_code_that_may_not_have_gone_out(case: Case, sandbox: Sandbox) -> None:
    sent(case)
    phone = signer_behind(case, sandbox)
    sandbox.fault("e-signing", "code", "http")
    refused(phone.post("contract/code"), 409, "signing_provider_silent")


def test_a_link_for_consent_signs_no_contract(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    phone = visitor(case, sandbox, customer=None, application=case.id).open()
    refused(phone.get("contract"), 403, "link_not_for_contract")
    refused(signs(phone, envelope.sha256, "123456"), 403, "link_not_for_contract")


def test_who_was_taken_out_of_the_file(case: Case, sandbox: Sandbox) -> None:
    disclosed(case)
    party = beside(case)
    done(start(case, done(draw_up(case))["sha256"]))
    case.run_jobs()
    guarantor = signer_behind(case, sandbox, party=str(party.pk), mobile="13911112222")
    type(party).objects.filter(pk=party.pk).update(removed_at=clock.now(), removed_by=case.bank.rm)
    refused(guarantor.get("contract"), 409, "see_your_manager")
