"""One call to a platform of group robots: explicit time-outs, no hidden retries, and no key in a log line."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

import httpx
from django.conf import settings

from notifications.models.robot import Platform, Robot
from notifications.robots.dingtalk import DingTalk
from notifications.robots.feishu import Feishu
from notifications.robots.platform import Dialect, Meaning, Speaker
from notifications.robots.wecom import WeCom

DIALECTS: Mapping[str, Dialect] = {
    Platform.WECOM: WeCom(),
    Platform.FEISHU: Feishu(),
    Platform.DINGTALK: DingTalk(),
}
CONNECT_SECONDS = 3.0
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class RobotRefused(Exception):
    """The platform said no, or nothing. `may_have_arrived`: it had the message and did not say what it did."""

    def __init__(self, meaning: Meaning, code: str, *, may_have_arrived: bool = False) -> None:
        super().__init__(f"{meaning}: {code}")
        self.meaning, self.code, self.may_have_arrived = meaning, code, may_have_arrived


def post(robot: Robot, title: str, text: str) -> None:
    """Let the robot say it. Raises RobotRefused."""
    dialect = DIALECTS[robot.platform]
    letter = dialect.write(Speaker(robot.key, robot.secret, datetime.now(UTC)), title, text)
    client = _client(settings.ROBOTS[robot.platform], float(settings.ROBOTS["TIMEOUT"]))
    try:
        answer = client.post(letter.path, params=dict(letter.query), json=letter.content)
    except httpx.HTTPError as error:
        # Without its cause, which holds the address, and the address the key.
        left = not isinstance(error, _NEVER_LEFT)
        raise RobotRefused(Meaning.RETRY, type(error).__name__, may_have_arrived=left) from None
    code = _code_of(dialect, answer)
    if code is None:
        raise RobotRefused(Meaning.RETRY, f"HTTP {answer.status_code}", may_have_arrived=True)
    if code != 0:
        raise RobotRefused(dialect.meaning_of(code), str(code))


def _code_of(dialect: Dialect, answer: httpx.Response) -> int | None:
    try:
        content = answer.json()
    except ValueError:
        return None
    return dialect.code_of(content) if isinstance(content, dict) else None


@lru_cache(maxsize=8)
def _client(base_url: str, timeout: float) -> httpx.Client:
    """Kept open between calls; no proxy but one that is named, no redirect."""
    limits = httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    return httpx.Client(base_url=base_url, timeout=limits, trust_env=False)
