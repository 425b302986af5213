"""How long the server took, said with every answer in `Server-Timing` (milliseconds)."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase


class ServerTimingMiddleware:
    """The outermost of the middleware, so that all of the server's own work counts."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        started = time.perf_counter()
        if iscoroutinefunction(self.get_response):
            return self._later(self.get_response(request), started)
        return _timed(self.get_response(request), started)

    async def _later(self, answer: Awaitable[HttpResponseBase], started: float) -> HttpResponseBase:
        return _timed(await answer, started)


def _timed(response: HttpResponseBase, started: float) -> HttpResponseBase:
    response["Server-Timing"] = f"app;dur={(time.perf_counter() - started) * 1000:.2f}"
    return response
