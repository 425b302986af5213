"""The bank's clock: moments are UTC, business dates are those of Asia/Shanghai.

Everything that asks for the time asks here, so that a test or a replay of past years can set it.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

SHANGHAI = ZoneInfo("Asia/Shanghai")
REPLAY_HEADER = "X-Replay-Clock"

_set_to: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set_to.get() or datetime.now(UTC)


def today() -> date:
    """The business date: the calendar day in Asia/Shanghai at the present moment."""
    return business_date(now())


def business_date(moment: datetime) -> date:
    """The business date on which `moment` (aware) falls."""
    return moment.astimezone(SHANGHAI).date()


def midnight(day: date) -> datetime:
    """The moment at which a business date begins."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def set_moment() -> datetime | None:
    """The moment that the clock was set to, or None where it runs by itself."""
    return _set_to.get()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Set the clock to `moment` (aware) for what runs inside; work deferred there keeps it."""
    if moment.tzinfo is None:
        raise ValueError("a moment has a time zone")
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


def _moment_said_by(request: HttpRequest) -> datetime | None:
    said = request.headers.get(REPLAY_HEADER) if settings.REPLAY_CLOCK else None
    if not said:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise BadRequest(f"{REPLAY_HEADER} is no moment") from error
    if moment.tzinfo is None:
        raise BadRequest(f"{REPLAY_HEADER} has no time zone")
    return moment


class ReplayClockMiddleware:
    """Let a replay's request stand at the moment it names; does nothing unless settings allow it."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], object]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> object:
        if iscoroutinefunction(self.get_response):
            return self._later(request)
        moment = _moment_said_by(request)
        if moment is None:
            return self.get_response(request)
        with at(moment):
            return self.get_response(request)

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        moment = _moment_said_by(request)
        answer: Awaitable[HttpResponseBase]
        if moment is None:
            answer = self.get_response(request)  # type: ignore[assignment]  # async branch of one signature
            return await answer
        with at(moment):
            answer = self.get_response(request)  # type: ignore[assignment]  # async branch of one signature
            return await answer
