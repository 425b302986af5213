"""Calls to the text-message gateway (Dysmsapi 2017-05-25): one call, one attempt, nothing secret in a log line.

Numbers and values go in the body: an address is written into access logs. `OutId` is our reference, by which the
gateway is asked what became of a message whose answer was lost."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings

from aladdin.clock import SHANGHAI
from notifications.sms import acs3
from notifications.sms.errors import refused, unanswered

VERSION = "2017-05-25"
CONNECT_SECONDS = 3.0
PAGE = 50
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Fate(StrEnum):
    """What the gateway knows of a message."""

    UNDER_WAY = "UNDER_WAY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNHEARD_OF = "UNHEARD_OF"


@dataclass(frozen=True)
class Known:
    """The answer to a question; `code` is the carrier's where it failed."""

    fate: Fate
    code: str = ""


_FATES = {1: Fate.UNDER_WAY, 2: Fate.FAILED, 3: Fate.DELIVERED}


def send(*, mobile: str, sign_name: str, template: str, values: Mapping[str, str], reference: str) -> str:
    """Hand over a message; returns the gateway's number of it (BizId). Raises SmsError."""
    asked = {
        "PhoneNumbers": mobile,
        "SignName": sign_name,
        "TemplateCode": template,
        "TemplateParam": json.dumps(dict(values), ensure_ascii=False),
        "OutId": reference,
    }
    number = _call("SendSms", asked).get("BizId")
    if not isinstance(number, str) or not number:
        raise unanswered("no BizId in the answer", may_have_arrived=True)
    return number


def ask(*, mobile: str, reference: str, on: datetime) -> Known:
    """What became of the message that went out under `reference` on the day of `on`. Raises SmsError."""
    page, seen = 1, 0
    while True:
        answer = _call("QuerySendDetails", _question(mobile, on, page))
        rows = answer.get("SmsSendDetailDTOs", {}).get("SmsSendDetailDTO", [])
        for row in rows:
            if row.get("OutId") == reference:
                return Known(_FATES.get(row.get("SendStatus"), Fate.UNDER_WAY), str(row.get("ErrCode") or ""))
        seen += len(rows)
        if not rows or seen >= int(answer.get("TotalCount", 0)):
            return Known(Fate.UNHEARD_OF)
        page += 1


def _question(mobile: str, on: datetime, page: int) -> dict[str, str]:
    day = on.astimezone(SHANGHAI).strftime("%Y%m%d")
    return {"PhoneNumber": mobile, "SendDate": day, "PageSize": str(PAGE), "CurrentPage": str(page)}


# --- One call -----------------------------------------------------------------------------------
def _call(action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    gateway = settings.SMS
    body = urlencode(parameters).encode()
    headers = acs3.signed_headers(
        key_id=gateway["KEY_ID"],
        secret=gateway["KEY_SECRET"],
        host=urlsplit(gateway["BASE_URL"]).netloc,
        action=action,
        version=VERSION,
        body=body,
    )
    try:
        answer = _client(gateway["BASE_URL"], float(gateway["TIMEOUT"])).post("/", content=body, headers=headers)
    except httpx.HTTPError as error:
        # Without its cause, which holds the request, and the request the number and what is said.
        raise unanswered(type(error).__name__, may_have_arrived=not isinstance(error, _NEVER_LEFT)) from None
    return _read(answer)


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    code = content.get("Code") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(code, str):
        raise unanswered(f"HTTP {answer.status_code}", may_have_arrived=True)
    if code != "OK":
        raise refused(code, str(content.get("Message", ""))[:200])
    return content


@lru_cache(maxsize=8)
def _client(base_url: str, timeout: float) -> httpx.Client:
    """Kept open between calls; no proxy but one that is named, no redirect."""
    limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    return httpx.Client(base_url=base_url, timeout=limits, trust_env=False)
