"""What all processes know of the account together: kept in Redis, each call quick or given up."""

from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry


def connected() -> redis.Redis:
    """The connection; its calls raise redis.RedisError where Redis is gone."""
    return _connected(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _connected(url: str) -> redis.Redis:
    # One retry for a connection that died in the pool; more would make every message wait for a Redis that is gone.
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=1.0,
        socket_connect_timeout=0.5,
        retry=Retry(NoBackoff(), 1),
    )
