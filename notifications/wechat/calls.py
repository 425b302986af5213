"""Calls to WeChat's API: explicit time-outs, no hidden retries, and nothing secret in a log line."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import httpx
from django.conf import settings

from notifications.wechat.errors import refused, unanswered

CONNECT_SECONDS = 3.0
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class WithoutQuery(logging.Filter):
    """Cuts the query off every URL that httpx writes: WeChat wants its access token there."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(_shortened(each) for each in record.args)
        return True


def _shortened(value: object) -> object:
    return value.copy_with(query=None) if isinstance(value, httpx.URL) else value


logging.getLogger("httpx").addFilter(WithoutQuery())


def post(path: str, content: Mapping[str, Any], *, access_token: str = "") -> dict[str, Any]:
    """POST `content` as JSON and return the answer. Raises WeChatError for any errcode but 0."""
    query = {"access_token": access_token} if access_token else {}
    return _call("POST", path, query, json.dumps(content, ensure_ascii=False).encode())


def get(path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """GET and return the answer. Raises WeChatError for any errcode but 0."""
    return _call("GET", path, query, b"")


def _call(method: str, path: str, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
    account = settings.WECHAT
    client = _client(account["BASE_URL"], float(account["TIMEOUT"]), account.get("PROXY") or None)
    headers = {"Content-Type": "application/json"} if body else {}
    try:
        answer = client.request(method, path, params=dict(query), content=body or None, headers=headers)
    except httpx.HTTPError as error:
        # Without its cause, which holds the request, and the request the token.
        raise unanswered(type(error).__name__, may_have_arrived=not isinstance(error, _NEVER_LEFT)) from None
    return _read(answer)


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if answer.status_code != httpx.codes.OK or not isinstance(content, dict):
        raise unanswered(f"HTTP {answer.status_code}", may_have_arrived=True)
    errcode = content.get("errcode", 0)
    if not isinstance(errcode, int):
        raise unanswered("no errcode", may_have_arrived=True)
    if errcode != 0:
        raise refused(errcode, str(content.get("errmsg", ""))[:200])
    return content


@lru_cache(maxsize=8)
def _client(base_url: str, timeout: float, proxy: str | None) -> httpx.Client:
    """Kept open, since a burst of messages would otherwise shake hands for each. Only a proxy that the settings
    name is used."""
    limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    return httpx.Client(base_url=base_url, timeout=limits, proxy=proxy, trust_env=False)
