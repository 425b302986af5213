"""What happens to an envelope, as plain values: who is invited, which code is right, who signs and who refuses."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from sandbox.calls import Refused

TRIES = 5
CODES = 10
Envelope = dict[str, Any]
Signer = dict[str, Any]


def invited(envelope: str, asked: Mapping[str, Any]) -> Signer:
    """A signer with the code that he was sent with the invitation."""
    code = _code(envelope, str(asked["reference"]), 1)
    return {
        "reference": asked["reference"],
        "mobile": asked["mobile"],
        "state": "PENDING",
        "code": code,
        "codes": 1,
        "tries": 0,
    }


def sent_again(envelope: str, signer: Signer) -> Signer:
    """With another code; the one before opens nothing any more. Raises Refused (403) `too_many_codes`."""
    _check_pending(signer)
    if signer["codes"] >= CODES:
        raise Refused(403, "too_many_codes", "获取验证码次数过多")
    codes = signer["codes"] + 1
    return {**signer, "codes": codes, "tries": 0, "code": _code(envelope, signer["reference"], codes)}


def tried(signer: Signer, code: str) -> Signer:
    """With one more try against the code. Raises Refused (403) `code_locked` once there were too many."""
    _check_pending(signer)
    if signer["tries"] >= TRIES:
        raise Refused(403, "code_locked", "验证码错误次数过多，请重新获取")
    return {**signer, "tries": signer["tries"] + 1}


def is_right(signer: Signer, code: str) -> bool:
    return hmac.compare_digest(str(signer["code"]).encode(), code.encode())


def signed(signer: Signer, *, method: str, sha256: str, key: bytes, at: str) -> Signer:
    """His signature with certificate and value."""
    _check_pending(signer)
    return {
        **signer,
        "state": "SIGNED",
        "at": at,
        "method": method,
        "certificate_no": f"CA{hashlib.sha256(signer['reference'].encode()).hexdigest()[:16].upper()}",
        "signature": hmac.new(key, f"{signer['reference']}|{sha256}".encode(), hashlib.sha256).hexdigest(),
    }


def refused(signer: Signer, *, reason: str, at: str) -> Signer:
    """He will not sign."""
    _check_pending(signer)
    return {**signer, "state": "REFUSED", "at": at, "reason": reason or "本人不同意签署"}


def state_of(signers: list[Signer]) -> str:
    """What the envelope's signers make of it."""
    states = {each["state"] for each in signers}
    return "REFUSED" if "REFUSED" in states else "COMPLETED" if states == {"SIGNED"} else "OPEN"


def _check_pending(signer: Signer) -> None:
    if signer["state"] != "PENDING":
        raise Refused(409, "signer_done", "该签署人已完成签署或已拒签")


def _code(envelope: str, signer: str, number: int) -> str:
    seed = f"{envelope}|{signer}|{number}".encode()
    return f"{int.from_bytes(hashlib.sha256(seed).digest()[:4], 'big') % 10**6:06d}"
