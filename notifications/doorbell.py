"""The doorbell: tells the socket processes that a stream has grown. Holds nothing; may fail or be lost.

Whoever hears it reads the rows. Without Redis the hubs find out by themselves within a second (`hub.py`).
"""

import logging
import time
from collections.abc import Mapping
from functools import lru_cache

import orjson
import redis
from django.conf import settings
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

QUIET_SECONDS = 1.0
"""After a failure nobody waits for Redis again for so long."""


def channel() -> str:
    """The Redis channel of this database: pub/sub knows no database numbers, so two banks could hear each other."""
    return f"aladdin:doorbell:{connection.settings_dict['NAME']}"


News = int | Mapping[str, int]
"""Of a stream: its last number, or where the marks of its person's devices stand (`marks`, `acknowledged`)."""


def ring_on_commit(heads: Mapping[str, News]) -> None:
    """Once the transaction is committed: these streams (by key) have news."""
    if heads:
        transaction.on_commit(lambda: ring(heads), robust=True)


def ring(heads: Mapping[str, News]) -> None:
    """Ring now. Never raises and never takes longer than a moment."""
    url = settings.REDIS_URL
    if time.monotonic() < _quiet_until.get(url, 0):
        return
    try:
        _redis(url).publish(channel(), orjson.dumps(dict(heads)))
    except redis.RedisError as error:
        _quiet_until[url] = time.monotonic() + QUIET_SECONDS
        logger.warning("doorbell: Redis is out of reach (%s); sockets look for themselves", type(error).__name__)


#: Until when a Redis that has just failed is left alone, so that writers do not wait for it one after another.
_quiet_until: dict[str, float] = {}


@lru_cache(maxsize=4)
def _redis(url: str) -> redis.Redis:
    # One more try for a pooled connection that died; not more, since a writer is waiting.
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 1))
