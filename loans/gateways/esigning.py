"""The electronic signing provider: papers go out in an envelope, each signer confirms with a code or his face.

An envelope carries the bank's own `reference`, under which it exists at most once; a call without a readable answer is
resolved by `query`, and sent again under the same reference only where the provider says that it never arrived.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote

import httpx
from django.conf import settings

from aladdin import signatures
from loans.gateways import signed_calls
from loans.gateways.signed_calls import NoAnswer, Provider

STATES = ("OPEN", "COMPLETED", "REFUSED", "EXPIRED", "CANCELLED")
_SIGNER_STATES = ("PENDING", "SIGNED", "REFUSED")
_METHODS = ("CODE", "FACE")


@dataclass(frozen=True, kw_only=True)
class Document:
    """One paper, as PDF, to be signed by those whose `signer` references are named."""

    number: str
    title: str
    content: bytes
    signers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who has to sign; `reference` is ours."""

    reference: str
    name: str
    identity_no: str
    mobile: str


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What became of one signer: method CODE or FACE, certificate and signature value once he has signed."""

    reference: str
    state: str
    at: datetime | None = None
    method: str = ""
    certificate_no: str = ""
    signature: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """Where an envelope stands."""

    reference: str
    state: str
    sha256: str
    signers: tuple[Signed, ...]


class NotAccepted(Exception):
    """The provider would not take the envelope: code, and a message in Chinese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def create(
    *, reference: str, sha256: str, documents: list[Document], people: list[Person], expires_at: datetime
) -> Result | None:
    """Send an envelope; None where it is not known whether it arrived. Raises NotAccepted."""
    asked = {
        "reference": reference,
        "sha256": sha256,
        "expires_at": expires_at.isoformat(),
        "documents": [
            {
                "number": each.number,
                "title": each.title,
                "content": base64.b64encode(each.content).decode(),
                "signers": list(each.signers),
            }
            for each in documents
        ],
        "signers": [vars_of(each) for each in people],
    }
    return _asked(lambda: signed_calls.post(_provider(), "/envelopes", asked), reference)


def vars_of(person: Person) -> dict[str, str]:
    """As the provider wants a signer."""
    return {
        "reference": person.reference,
        "name": person.name,
        "identity_no": person.identity_no,
        "mobile": person.mobile,
    }


def query(reference: str) -> Result | None:
    """Where the envelope stands; None where the provider does not answer. Raises NotAccepted `not_found` where it says
    that the envelope never arrived."""
    return _asked(lambda: signed_calls.get(_provider(), f"/envelopes/{quote(reference, safe='')}"), reference)


def cancel(reference: str) -> Result | None:
    """Take the envelope back; where it has ended before, its end comes back. None where that is not known."""
    path = f"/envelopes/{quote(reference, safe='')}/cancel"
    return _asked(lambda: signed_calls.post(_provider(), path, {}), reference)


def send_code(reference: str, signer: str) -> int:
    """Let the provider send a signer another code; seconds until the next.

    Raises NotAccepted (`too_many_codes`, `envelope_ended`, …), NoAnswer where it is not known whether it went out."""
    answer = signed_calls.post(_provider(), f"{_path_of(reference, signer)}/code", {})
    content = signed_calls.object_in(answer)
    _check_accepted(answer, content)
    try:
        return int(content["retry_after"])
    except (KeyError, TypeError, ValueError):
        raise NoAnswer("no word of the next code") from None


def sign(reference: str, signer: str, *, code: str) -> Result | None:
    """A signer confirms with the code that the provider sent him; None where it is not known what became of it.

    Raises NotAccepted: `code_wrong`, `code_locked`, `signer_done`, `envelope_ended`."""
    return _asked(
        lambda: signed_calls.post(_provider(), f"{_path_of(reference, signer)}/sign", {"code": code}), reference
    )


def refuse(reference: str, signer: str, *, reason: str) -> Result | None:
    """A signer will not sign; None where it is not known whether it arrived. Raises as `sign`."""
    return _asked(
        lambda: signed_calls.post(_provider(), f"{_path_of(reference, signer)}/refuse", {"reason": reason}), reference
    )


def _path_of(reference: str, signer: str) -> str:
    return f"/envelopes/{quote(reference, safe='')}/signers/{quote(signer, safe='')}"


def read_notice(body: bytes) -> Result:
    """What the provider tells by itself, its signature checked before. Raises ValueError where it cannot be read."""
    try:
        content = json.loads(body)
        return _result(content, str(content["reference"]))
    except (NoAnswer, TypeError, KeyError, AttributeError) as error:
        raise ValueError("unreadable notice") from error


def check_signature(headers: Mapping[str, str], body: bytes) -> str:
    """The nonce of a rightly signed call. Raises aladdin.signatures.SignatureRefused."""
    return signatures.verify(_provider()["SIGNING_KEY"], headers, body)


def _provider() -> Provider:
    return cast(Provider, settings.E_SIGNING)


def _asked(call: Any, reference: str) -> Result | None:
    try:
        answer = call()
        content = signed_calls.object_in(answer)
        _check_accepted(answer, content)
        return _result(content, reference)
    except NoAnswer:
        return None


def _check_accepted(answer: httpx.Response, content: Mapping[str, Any]) -> None:
    if answer.is_client_error:
        raise NotAccepted(str(content.get("code", answer.status_code)), str(content.get("message", "")))


def _result(content: Mapping[str, Any], reference: str) -> Result:
    if content.get("reference") != reference or content.get("state") not in STATES:
        raise NoAnswer("no result of this envelope")
    try:
        signers = tuple(_signer(each) for each in content["signers"])
        return Result(reference=reference, state=content["state"], sha256=str(content["sha256"]), signers=signers)
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer("unreadable envelope") from error


def _signer(content: Mapping[str, Any]) -> Signed:
    state, method = str(content["state"]), str(content.get("method") or "")
    is_signed = state == "SIGNED"
    evidence = [str(content.get(name) or "") for name in ("certificate_no", "signature")]
    if state not in _SIGNER_STATES or (is_signed and not (all(evidence) and method in _METHODS)):
        raise ValueError("a signer without state or evidence")
    return Signed(
        reference=str(content["reference"]),
        state=state,
        at=datetime.fromisoformat(content["at"]) if content.get("at") else None,
        method=method,
        certificate_no=evidence[0][:64],
        signature=evidence[1],
        reason=str(content.get("reason") or "")[:200],
    )
