"""Sandboxes without a network: each test speaks to the application itself, and may start it anew."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from sandbox.signing import signed_headers

CREDENTIALS = SandboxSettings()
TOKEN_REQUEST = {
    "grant_type": "client_credential",
    "appid": CREDENTIALS.wechat_app_id,
    "secret": CREDENTIALS.wechat_app_secret,
}


@dataclass
class Visitor:
    """Speaks to one running sandbox, as the bank or as whoever sets the scene."""

    http: httpx.AsyncClient

    async def scene(self, what: str, content: Any) -> dict[str, Any]:
        """POST to the control door."""
        answer = await self.http.post(f"/_sandbox/{what}", json=content)
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def fault(self, provider: str, operation: str, fault: str, **more: Any) -> None:
        """Plan a fault."""
        order = {"provider": provider, "operation": operation, "fault": fault, **more}
        await self.scene("faults", order)

    async def signed_post(
        self, path: str, content: Any, *, key: str, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A signed call."""
        body = json.dumps(content, ensure_ascii=False).encode()
        signed = {**signed_headers(key, body), **(headers or {})}
        return await self.http.post(path, content=body, headers=signed)

    async def signed_get(self, path: str, *, key: str) -> httpx.Response:
        """A signed call without a body."""
        return await self.http.get(path, headers=signed_headers(key, b""))

    async def stable_token(self, **more: Any) -> dict[str, Any]:
        """Ask WeChat for the shared token."""
        return dict((await self.http.post("/wechat/cgi-bin/stable_token", json=TOKEN_REQUEST | more)).json())

    async def send(self, openid: str, data: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Send a template message with the shared token, or with `token`."""
        token = more.pop("token", None) or (await self.stable_token())["access_token"]
        content = {
            "touser": openid,
            "template_id": "template-01",
            "data": {name: {"value": value} for name, value in data.items()},
            **more,
        }
        path = "/wechat/cgi-bin/message/template/send"
        return dict((await self.http.post(path, params={"access_token": token}, json=content)).json())


@asynccontextmanager
async def running(
    settings: SandboxSettings | None = None, *, caller: str = "127.0.0.1", host: str = "127.0.0.1"
) -> AsyncIterator[Visitor]:
    """A sandbox from its start to its end."""
    app = create_app(settings or replace(CREDENTIALS))
    transport = httpx.ASGITransport(app, client=(caller, 50000))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as http,
    ):
        yield Visitor(http)


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """A fresh sandbox that keeps everything in memory."""
    async with running() as one:
        yield one


@pytest.fixture
def kept(tmp_path: Path) -> SandboxSettings:
    """Settings of a sandbox that survives a restart."""
    return replace(CREDENTIALS, data=tmp_path / "sandbox")
