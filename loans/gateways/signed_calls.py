"""One signed HTTP call, as all three providers want it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypedDict

import httpx

from aladdin import signatures

CONNECT_SECONDS = 3.0
_TELL_NOTHING = (408, 425, 429)
"""Refusals that do not prove that nothing was done."""


class Provider(TypedDict):
    """What of a provider's settings a call needs; TIMEOUT in seconds."""

    BASE_URL: str
    SIGNING_KEY: str
    TIMEOUT: float


class NoAnswer(Exception):
    """No answer that can be read: the provider may or may not have done what was asked. Says why, briefly."""


class TimedOut(NoAnswer):
    """No answer in time."""


class LimitReached(NoAnswer):
    """The provider takes no more calls for now (429)."""


def post(
    provider: Provider, path: str, content: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """POST `content` as JSON, signed. Raises NoAnswer."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return _call(provider, "POST", path, body, {"Content-Type": "application/json", **(headers or {})})


def get(provider: Provider, path: str) -> httpx.Response:
    """GET, signed over an empty body. Raises NoAnswer."""
    return _call(provider, "GET", path, b"", {})


def object_in(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises NoAnswer where it is none, and where the provider failed (5xx), was too slow or too busy."""
    if answer.status_code == 429:
        raise LimitReached("HTTP 429")
    if answer.is_server_error or answer.status_code in _TELL_NOTHING:
        raise NoAnswer(f"HTTP {answer.status_code}")
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise NoAnswer(f"unreadable answer, HTTP {answer.status_code}")
    return content


def _call(provider: Provider, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
    client = _client(provider["BASE_URL"], float(provider["TIMEOUT"]))
    signed = signatures.sign(provider["SIGNING_KEY"], body)
    try:
        return client.request(method, path, content=body, headers={**headers, **signed})
    except httpx.TimeoutException as error:
        raise TimedOut(type(error).__name__) from None
    except httpx.HTTPError as error:
        # Without its cause, which holds the request and in it a person's data.
        raise NoAnswer(type(error).__name__) from None


@lru_cache(maxsize=16)
def _client(base_url: str, timeout: float) -> httpx.Client:
    """Kept open between calls. These systems stand inside the bank: no proxy, no redirect."""
    limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    return httpx.Client(base_url=base_url, timeout=limits, trust_env=False)
