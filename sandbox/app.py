"""The ASGI application: the providers on their paths, the control door, and the pages of phones."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import control
from sandbox.bureau.provider import Bureau
from sandbox.core_banking.provider import CoreBanking
from sandbox.esigning.provider import ESigning
from sandbox.faults import FaultPlan
from sandbox.geocoder.provider import Geocoder
from sandbox.identity.provider import Identity
from sandbox.mail.provider import Mail
from sandbox.outgoing import Outgoing
from sandbox.provider import Provider, Surroundings
from sandbox.received import ReceivedLog
from sandbox.robots.provider import Robots
from sandbox.settings import SandboxSettings
from sandbox.sms.provider import Sms
from sandbox.wechat.provider import WeChat

PROVIDERS: tuple[type[Provider], ...] = (WeChat, CoreBanking, Identity, Bureau, Sms, Robots, Mail, ESigning, Geocoder)
LARGEST_BODY = 16 * 1024 * 1024


class LoopbackOnly:
    """Answers callers on this machine only, whatever address the server was bound to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_loopback((scope.get("client") or ("", 0))[0]):
            await Response("the sandbox answers this machine only\n", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def create_app(settings: SandboxSettings) -> Starlette:
    """A sandbox of its own: no state is shared between two of them."""
    log = ReceivedLog()
    around = Surroundings(
        settings=settings,
        faults=FaultPlan({each.name: each.operation_faults for each in PROVIDERS}),
        log=log,
        outgoing=Outgoing(log),
    )
    providers = [kind(around) for kind in PROVIDERS]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        for provider in providers:
            await provider.begin()
            provider.resume()
        yield
        for provider in providers:
            await provider.end()
        around.let_go()
        await around.outgoing.cancel()

    return Starlette(
        routes=[
            Route("/healthz", _healthy),
            Route("/phone", _to_phone),
            Mount("/_sandbox", routes=control.routes(around, providers)),
            *(Mount(f"/{each.name}", routes=each.routes()) for each in providers),
        ],
        # A foreign name that points here would let any web page speak to us.
        middleware=[
            Middleware(LoopbackOnly),
            Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
        ],
        lifespan=lifespan,
        max_body_size=LARGEST_BODY,
    )


async def _healthy(_request: Request) -> Response:
    return Response("ok\n", media_type="text/plain")


async def _to_phone(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/wechat/phone{query}")


app = create_app(SandboxSettings.from_environment())
