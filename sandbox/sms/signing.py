"""The gateway's side of ACS3-HMAC-SHA256; written apart from the bank's, which it has to agree with."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime

from sandbox import clock
from sandbox.calls import Refused

_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,]+),SignedHeaders=(?P<names>[a-z0-9;-]+),"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_MUST_BE_SIGNED = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce"}
WINDOW_SECONDS = 900


class Door:
    """Lets in who signs with the account's key, within a quarter of an hour and once for each nonce."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key_id, self._secret = key_id, secret
        self._seen: dict[str, float] = {}

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused with the gateway's code."""
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None or not set(found["names"].split(";")) >= _MUST_BE_SIGNED:
            raise Refused(400, "IncompleteSignature", "The request signature does not conform to standards.")
        if found["key"] != self._key_id:
            raise Refused(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        expected = self._signature(headers, found["names"], body)
        if not hmac.compare_digest(expected, found["signature"]):
            raise Refused(400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation.")
        self._check_age(headers["x-acs-date"], headers["x-acs-signature-nonce"])

    def _signature(self, headers: Mapping[str, str], names: str, body: bytes) -> str:
        digest = hashlib.sha256(body).hexdigest()
        listed = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names.split(";"))
        request = f"POST\n/\n\n{listed}\n{names}\n{digest}"
        said = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
        return hmac.new(self._secret.encode(), said.encode(), hashlib.sha256).hexdigest()

    def _check_age(self, date: str, nonce: str) -> None:
        now = clock.wall().timestamp()
        try:
            sent = datetime.strptime(date, "%Y-%m-%dT%H:%M:%S%z").timestamp()
        except ValueError:
            raise Refused(400, "InvalidTimeStamp.Format", "Specified time stamp is not well formatted.") from None
        if abs(now - sent) > WINDOW_SECONDS:
            raise Refused(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
        self._seen = {seen: at for seen, at in self._seen.items() if at > now - 2 * WINDOW_SECONDS}
        if nonce in self._seen:
            raise Refused(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._seen[nonce] = now
