"""The signature of calls to the gateway: ACS3-HMAC-SHA256 over method, address, named headers and body."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

ALGORITHM = "ACS3-HMAC-SHA256"


def signed_headers(
    *, key_id: str, secret: str, host: str, action: str, version: str, body: bytes, now: datetime | None = None
) -> dict[str, str]:
    """Headers of a POST to `/` that carries `body`. The wall clock signs, as the gateway compares it with its own."""
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-acs-date": (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    signature = hmac.new(secret.encode(), _to_sign(headers, names).encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = f"{ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    return headers


def _to_sign(headers: Mapping[str, str], names: str) -> str:
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
    canonical = "\n".join(("POST", "/", "", lines, names, headers["x-acs-content-sha256"]))
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
