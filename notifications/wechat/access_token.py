"""The account's access token: one for all processes, kept in Redis and renewed by one of them under a lock.

Only `stable_token` is used, which gives everybody the same one: the older door kills the token that the other
processes hold. Without Redis each process keeps its own copy in memory. Times are the wall clock's, as WeChat's
are: a replayed business date does not make a token younger.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import redis
from django.conf import settings

from notifications.wechat import calls
from notifications.wechat.errors import WeChatError, unanswered
from notifications.wechat.shared import connected

logger = logging.getLogger(__name__)

RENEWED_BEFORE_END = 300
"""Seconds: WeChat gives a new token in the old one's last five minutes, in which both hold."""
LOCK_SECONDS = 15
WAIT_SECONDS = 10


@dataclass(frozen=True)
class AccessToken:
    """A token; times in seconds since 1970."""

    value: str
    renew_at: float
    expires_at: float


def current() -> str:
    """A token that holds now; renewed where it is in its last five minutes. Raises WeChatError."""
    token = _read()
    if token is None or time.time() >= token.expires_at:
        return _renewed(wait=True).value
    if time.time() >= token.renew_at:
        return _renewed(wait=False, otherwise=token).value
    return token.value


def replace(refused: str) -> str:
    """Another token for the one that WeChat refused. Raises WeChatError.

    Others may have found out at the same moment: what one of them fetched is taken; and a new one is forced
    (20 times a day are allowed) only where WeChat itself still hands out the refused one."""
    with _alone(wait=True):
        token = _read()
        if token is not None and token.value != refused and time.time() < token.renew_at:
            return token.value
        fetched = _fetch()
        if fetched.value == refused:
            fetched = _fetch(force=True)
        _write(fetched)
        return fetched.value


def _renewed(*, wait: bool, otherwise: AccessToken | None = None) -> AccessToken:
    with _alone(wait=wait) as alone:
        if not alone and otherwise is not None:
            return otherwise  # somebody is at it, and ours still holds
        token = _read()
        if token is None or time.time() >= token.renew_at:
            token = _fetch()
            _write(token)
        return token


def _fetch(*, force: bool = False) -> AccessToken:
    account = settings.WECHAT
    asked = {
        "grant_type": "client_credential",
        "appid": account["APP_ID"],
        "secret": account["APP_SECRET"],
        "force_refresh": force,
    }
    answer, now = _asked(asked), time.time()
    value, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(life, int) or life <= 0:
        raise unanswered("no token in the answer", may_have_arrived=False)
    # Where clocks differ WeChat may still hand out the old one in its last minutes: do not ask at each message.
    renew_in = max(life - RENEWED_BEFORE_END, min(60, life / 2))
    return AccessToken(value, now + renew_in, now + life)


def _asked(content: dict[str, Any]) -> dict[str, Any]:
    try:
        return calls.post("/cgi-bin/stable_token", content)
    except WeChatError as error:
        error.may_have_arrived = False  # the message itself has not left yet
        raise


# --- Where it is kept ---------------------------------------------------------------------------
_memory: dict[str, AccessToken] = {}
_memory_lock = threading.Lock()


def _read() -> AccessToken | None:
    try:
        kept = connected().get(_key())
    except redis.RedisError:
        return _memory.get(_key())
    return _unpacked(kept) if isinstance(kept, str) else None


def _unpacked(kept: str) -> AccessToken | None:
    """A token as another process left it; None where that was another version of this program."""
    try:
        return AccessToken(**json.loads(kept))
    except (ValueError, TypeError):
        return None


def _write(token: AccessToken) -> None:
    life = max(1, int(token.expires_at - time.time()))
    _memory[_key()] = token
    try:
        connected().set(_key(), json.dumps(asdict(token)), ex=life)
    except redis.RedisError as error:
        logger.warning("WeChat token kept in this process only: %s", type(error).__name__)


@contextmanager
def _alone(*, wait: bool) -> Iterator[bool]:
    """Whether nobody else renews the token meanwhile: among all processes, or without Redis among our threads.

    Whoever waits goes on in the end even so: asking WeChat twice brings the same token twice."""
    lock = connected().lock(f"{_key()}:lock", timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.05)
    try:
        alone = bool(lock.acquire(blocking=wait))
    except redis.RedisError:
        with _alone_in_process(wait=wait) as alone:
            yield alone
        return
    try:
        yield alone
    finally:
        if alone:
            with suppress(redis.RedisError):  # it has run out, or Redis has gone: either way it is free
                lock.release()


@contextmanager
def _alone_in_process(*, wait: bool) -> Iterator[bool]:
    alone = _memory_lock.acquire(blocking=wait, timeout=WAIT_SECONDS if wait else -1)
    try:
        yield alone
    finally:
        if alone:
            _memory_lock.release()


def _key() -> str:
    return f"wechat:{settings.WECHAT['APP_ID']}:access-token"
