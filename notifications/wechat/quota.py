"""The account's messages of the day, counted by ourselves: the channel rests before WeChat has to say so.

Counted in Redis for all processes; without Redis nobody counts, and WeChat's own 45009 still stops us. Days are
WeChat's, by the wall clock in Asia/Shanghai."""

import logging
from datetime import UTC, datetime

import redis
from django.conf import settings

from aladdin import parameters
from aladdin.clock import SHANGHAI
from notifications.refusals import Meaning
from notifications.wechat.errors import DAILY_QUOTA, WeChatError
from notifications.wechat.shared import connected

logger = logging.getLogger(__name__)
_TWO_DAYS = 2 * 24 * 3600


def take_one() -> None:
    """Count a message that is about to go. Raises WeChatError (45009) where the day's share is used up."""
    try:
        count = _count()
    except redis.RedisError as error:
        logger.warning("WeChat messages of the day are not counted: %s", type(error).__name__)
        return
    if count > parameters.integer("wechat.messages_a_day"):
        raise WeChatError(Meaning.PAUSE_UNTIL_MIDNIGHT, DAILY_QUOTA, "our own count of the day")


def _count() -> int:
    day = datetime.now(UTC).astimezone(SHANGHAI).date()
    key = f"wechat:{settings.WECHAT['APP_ID']}:sent:{day}"
    with connected().pipeline() as line:
        line.incr(key)
        line.expire(key, _TWO_DAYS)
        count, _ = line.execute()
    return int(count)
