"""Electronic signing through the provider: with code or face, refused, expired, silent, told twice."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from aladdin import clock, papers, signatures
from loans import contract_papers, esigning
from loans.gateways import esigning as provider
from loans.models import Contract, ContractSigner, LoanPaper, SigningEnvelope
from tests.loans.builders import Case, done, refused
from tests.loans.lending import SHOP, beside, disclosed, draw_up, later, sign_contract
from tests.sandbox_server import Sandbox


def drawn_up(case: Case, **terms: Any) -> str:
    disclosed(case, **terms)
    sha256: str = done(draw_up(case, **(SHOP if terms else {})))["sha256"]
    return sha256


def start(case: Case, sha256: str) -> Any:
    return case.post("contract/electronic-signing", {"sha256": sha256})


def sent(case: Case) -> SigningEnvelope:
    """A contract on its way."""
    sha256 = drawn_up(case)
    assert start(case, sha256).status_code == 202
    case.run_jobs()
    return SigningEnvelope.objects.get()


def acts(
    sandbox: Sandbox, envelope: SigningEnvelope, signer: ContractSigner, action: str = "sign", **said: Any
) -> None:
    """A signer does something on the provider's page, with the code that he was sent."""
    answer = sandbox._http.get("/e-signing/envelopes").json()["envelopes"]
    (ours,) = [each for each in answer if each["reference"] == envelope.reference]
    (one,) = [each for each in ours["signers"] if each["reference"] == str(signer.pk)]
    what = {"reference": envelope.reference, "signer": str(signer.pk), "action": action, "code": one["code"], **said}
    sandbox._http.post("/e-signing/act", json=what).raise_for_status()


def borrower(case: Case) -> ContractSigner:
    return ContractSigner.objects.get(contract__application=case.row, party=None)


def state_of(envelope: SigningEnvelope) -> str:
    return SigningEnvelope.objects.get(pk=envelope.pk).state


def asked_again(case: Case) -> None:
    esigning.ask_about_open()
    case.run_jobs()


def test_signed_with_a_code_the_contract_is_signed_and_its_papers_sealed(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    assert (state_of(envelope), case.row.state) == ("OPEN", "CONTRACTING")
    acts(sandbox, envelope, borrower(case))
    asked_again(case)
    assert (state_of(envelope), case.row.state) == ("COMPLETED", "CONTRACTED")
    contract = Contract.objects.get(application=case.row)
    assert (contract.signing, contract.signing_method) == ("ELECTRONIC", "ONE_TIME_CODE")
    signer = borrower(case)
    assert signer.certificate_no.startswith("CA")
    for paper in LoanPaper.objects.all():
        assert papers.verify(contract_papers.issued(paper)).is_genuine
    kinds = [each["kind"] for each in done(case.rm.get("/api/v1/notices"))["results"]]
    assert "loan.contracted" in kinds


def test_everybody_signs_one_with_his_face(case: Case, sandbox: Sandbox) -> None:
    disclosed(case)
    guarantor = beside(case)
    done(start(case, done(draw_up(case))["sha256"]))
    case.run_jobs()
    envelope = SigningEnvelope.objects.get()
    acts(sandbox, envelope, borrower(case))
    asked_again(case)
    assert (state_of(envelope), case.row.state) == ("OPEN", "CONTRACTING")
    acts(sandbox, envelope, ContractSigner.objects.get(party=guarantor), "face")
    asked_again(case)
    assert case.row.state == "CONTRACTED"
    assert ContractSigner.objects.get(party=guarantor).signing_method == "FACE"


def test_a_refusal_ends_it_and_the_contract_may_be_signed_in_person(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    acts(sandbox, envelope, borrower(case), "refuse", reason="利率与约定不符")
    asked_again(case)
    shown = done(case.rm.get(f"{case.url}/contract/electronic-signing"))
    assert (shown["state"], shown["reason"]) == ("REFUSED", "利率与约定不符")
    assert borrower(case).state == "REFUSED"
    done(sign_contract(case, shown["sha256"]))
    assert case.row.state == "CONTRACTED"


def test_past_its_day_it_expires_and_may_be_sent_again(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    sandbox.advance(8 * 86_400)
    asked_again(case)
    assert state_of(envelope) == "EXPIRED"
    done(start(case, envelope.sha256))
    assert SigningEnvelope.objects.count() == 2


# --- Silence -------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before", "http", "malformed"])
def test_what_was_not_answered_is_asked_for_and_sent_once(case: Case, sandbox: Sandbox, fault: str) -> None:
    sha256 = drawn_up(case)
    sandbox.fault("e-signing", "create", fault)
    done(start(case, sha256))
    case.run_jobs()
    envelope = SigningEnvelope.objects.get()
    assert state_of(envelope) == "UNKNOWN"
    sandbox.heal()
    with clock.at(later(seconds=30)):
        esigning.ask(envelope.pk)
    assert state_of(envelope) == "OPEN"
    assert len(sandbox._http.get("/e-signing/envelopes").json()["envelopes"]) == 1


def test_an_envelope_that_is_not_accepted_has_failed(case: Case, sandbox: Sandbox) -> None:
    sha256 = drawn_up(case)
    case.customer.mobile = "1381"
    case.customer.save()
    done(start(case, sha256))
    case.run_jobs()
    envelope = SigningEnvelope.objects.get()
    assert (envelope.state, envelope.reason) == ("FAILED", "签署人手机号格式不正确")
    done(sign_contract(case, sha256))


def test_taken_back_it_may_be_drawn_up_anew(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    refused(draw_up(case), 409, "electronic_signing_under_way")
    refused(sign_contract(case, envelope.sha256), 409, "electronic_signing_under_way")
    refused(start(case, envelope.sha256), 409, "electronic_signing_under_way")
    assert done(case.post("contract/electronic-signing/cancel"))["state"] == "CANCELLED"
    refused(case.post("contract/electronic-signing/cancel"), 409, "envelope_ended")
    done(draw_up(case, **SHOP))


def test_while_the_provider_is_silent_nothing_is_taken_back(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    sandbox.fault("e-signing", "cancel", "http")
    refused(case.post("contract/electronic-signing/cancel"), 409, "signing_provider_silent")
    assert state_of(envelope) == "OPEN"


# --- Who may -------------------------------------------------------------------------------------
def test_above_the_limit_signing_is_in_person(case: Case) -> None:
    sha256 = drawn_up(case, amount="200000.01", term_months=36)
    refused(start(case, sha256), 422, "in_person_signing_required")
    done(sign_contract(case, sha256))


def test_other_words_without_mobile_or_once_begun_are_refused(case: Case) -> None:
    disclosed(case)
    beside(case)
    sha256 = done(draw_up(case))["sha256"]
    refused(start(case, "0" * 64), 422, "contract_text_changed")
    refused(case.rm.get(f"{case.url}/contract/electronic-signing"), 404, "not_found")
    done(sign_contract(case, sha256))
    refused(start(case, sha256), 409, "signing_begun")
    refused(case.post("contract/electronic-signing", {"sha256": sha256}, by=case.bank.co_rm), 403, "not_in_charge")


def test_without_a_mobile_nothing_is_sent(case: Case) -> None:
    sha256 = drawn_up(case)
    case.customer.mobile = ""
    case.customer.save()
    refused(start(case, sha256), 422, "mobile_missing")


# --- Told by the provider ------------------------------------------------------------------------
def told(body: bytes, headers: dict[str, str] | None = None) -> Any:
    signed = signatures.sign(settings.E_SIGNING["SIGNING_KEY"], body) if headers is None else headers
    return APIClient().post("/api/v1/e-signing/notices", body, content_type="application/json", headers=signed)


def notice(case: Case, envelope: SigningEnvelope, **said: Any) -> bytes:
    signer = {
        "reference": str(borrower(case).pk),
        "state": "SIGNED",
        "at": clock.now().isoformat(),
        "method": "CODE",
        "certificate_no": "CA0001",
        "signature": "ab" * 32,
    }
    content = {"reference": envelope.reference, "sha256": envelope.sha256, "state": "COMPLETED", "signers": [signer]}
    return json.dumps(content | said).encode()


def test_the_providers_call_signs_once_however_often_it_comes(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    for _ in range(2):
        assert done(told(notice(case, envelope)))["state"] == "COMPLETED"
    assert case.row.transitions.filter(to_state="CONTRACTED").count() == 1


def test_a_call_about_other_words_is_a_matter_for_people(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    refused(told(notice(case, envelope, sha256="0" * 64)), 409, "envelope_altered")
    assert case.row.state == "CONTRACTING"


def test_completed_without_every_signature_is_not_believed(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    done(told(notice(case, envelope, signers=[])))
    assert case.row.state == "CONTRACTING"


@pytest.mark.parametrize(
    "change, status, code",
    [
        (lambda body: body.replace(b"SIGNED", b"DRAWN"), 400, "malformed"),
        (lambda body: b"[]", 400, "malformed"),
        (lambda body: body.replace(b"QY", b"QX"), 404, "not_found"),
    ],
)
def test_a_call_that_cannot_be_read(
    case: Case, sandbox: Sandbox, change: Callable[[bytes], bytes], status: int, code: str
) -> None:
    envelope = sent(case)
    refused(told(change(notice(case, envelope))), status, code)


def test_a_call_that_is_not_the_providers_is_refused(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    body = notice(case, envelope)
    refused(told(body, {}), 401, "signature_missing")
    refused(told(body, signatures.sign("another key", body)), 401, "signature_wrong")
    headers = signatures.sign(settings.E_SIGNING["SIGNING_KEY"], body)
    done(told(body, headers))
    refused(told(body, headers), 401, "nonce_replayed")


def test_the_papers_go_out_with_those_who_sign_each(case: Case, sandbox: Sandbox) -> None:
    envelope = sent(case)
    (call,) = sandbox.log("e-signing", "create")
    assert envelope.reference in json.dumps(call)
    assert provider.query(envelope.reference) is not None
