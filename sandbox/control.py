"""Below /_sandbox: plan faults, read the log, move the clock, begin anew."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from json import JSONDecodeError
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from sandbox.provider import Provider, Surroundings
from sandbox.settings import require_loopback

Handler = Callable[[Request], Coroutine[Any, Any, JSONResponse]]


def answering_errors(handler: Handler) -> Handler:
    """Answer 400 with the reason where what was asked for cannot be."""

    @wraps(handler)
    async def answer(request: Request) -> JSONResponse:
        try:
            return await handler(request)
        except JSONDecodeError:
            return JSONResponse({"error": "the body is not JSON"}, 400)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

    return answer


def routes(around: Surroundings, providers: Sequence[Provider]) -> list[BaseRoute]:
    """Routes of the control door, with each provider's own below its name."""
    door = ControlDoor(around, providers)
    return [
        Route("/faults", answering_errors(door.plan_fault), methods=["POST"]),
        Route("/faults", answering_errors(door.clear_faults), methods=["DELETE"]),
        Route("/log", answering_errors(door.read_log), methods=["GET"]),
        Route("/clock", answering_errors(door.advance_clock), methods=["POST"]),
        Route("/callbacks", answering_errors(door.set_callbacks), methods=["PUT"]),
        Route("/drain", answering_errors(door.drain), methods=["POST"]),
        Route("/", answering_errors(door.reset), methods=["DELETE"]),
        *(Mount(f"/{provider.name}", routes=provider.control()) for provider in providers),
    ]


class ControlDoor:
    """What is common to all providers."""

    def __init__(self, around: Surroundings, providers: Sequence[Provider]) -> None:
        self._around, self._providers = around, providers

    async def plan_fault(self, request: Request) -> JSONResponse:
        """POST /faults {provider, operation, fault, times, rate, seed, seconds, status, code, …}"""
        self._around.faults.plan(await request.json())
        return JSONResponse({"planned": len(self._around.faults)}, 201)

    async def clear_faults(self, _request: Request) -> JSONResponse:
        """DELETE /faults"""
        self._around.faults.clear()
        self._around.let_go()
        return JSONResponse({"planned": 0})

    async def read_log(self, request: Request) -> JSONResponse:
        """GET /log?provider=&operation="""
        asked = request.query_params
        lines = self._around.log.lines(provider=asked.get("provider", ""), operation=asked.get("operation", ""))
        return JSONResponse({"calls": lines})

    async def advance_clock(self, request: Request) -> JSONResponse:
        """POST /clock {advance: seconds}"""
        self._around.clock.advance(float((await request.json())["advance"]))
        return JSONResponse({"now": self._around.clock.now().isoformat()})

    async def set_callbacks(self, request: Request) -> JSONResponse:
        """PUT /callbacks {wechat, wechat_mode, core_banking, sms, mail}: where events go from now on"""
        asked, settings = await request.json(), self._around.settings
        wechat = asked.get("wechat", settings.wechat_callback)
        core_banking = asked.get("core_banking", settings.core_banking_callback)
        sms = asked.get("sms", settings.sms_callback)
        mail = asked.get("mail", settings.mail_callback)
        mode = asked.get("wechat_mode", settings.wechat_mode)
        for url in (wechat, core_banking, sms, mail):
            require_loopback(url)
        if mode not in ("aes", "plain"):
            raise ValueError("wechat_mode is aes or plain")
        settings.wechat_callback, settings.wechat_mode = wechat, mode
        settings.core_banking_callback, settings.sms_callback = core_banking, sms
        settings.mail_callback = mail
        told = {"wechat": wechat, "wechat_mode": mode, "core_banking": core_banking, "sms": sms, "mail": mail}
        return JSONResponse(told)

    async def drain(self, _request: Request) -> JSONResponse:
        """POST /drain: answers once every callback under way is delivered or given up"""
        await self._around.outgoing.drain()
        return JSONResponse({})

    async def reset(self, _request: Request) -> JSONResponse:
        """DELETE /: as on the first day"""
        self._around.faults.clear()
        self._around.let_go()
        await self._around.outgoing.cancel()
        for provider in self._providers:
            provider.reset()
        self._around.log.clear()
        self._around.clock.reset()
        return JSONResponse({})
