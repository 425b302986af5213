"""The sandbox as a real server on a free loopback port, one for each test process.

Loaded by `pytest_plugins`. A test that names `sandbox` finds it empty, and the settings of every provider
pointing to it:

    def test_a_time_out_after_paying_is_unknown(sandbox):
        sandbox.fault("core-banking", "pay", "timeout_after")
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import uvicorn
from django.conf import settings
from django.test import override_settings

from sandbox.app import create_app
from sandbox.settings import SandboxSettings

TIMEOUT = 1.0
"""Seconds that the bank waits for a provider in tests."""
_START_SECONDS = 10.0


class Sandbox:
    """The control door, for tests."""

    def __init__(self, url: str, told: SandboxSettings) -> None:
        self.url, self._told = url, told
        self._http = httpx.Client(base_url=f"{url}/_sandbox", timeout=30, trust_env=False)

    def fault(self, provider: str, operation: str, fault: str, **more: Any) -> None:
        """Plan a fault: `times` (None: until reset), `rate`, `seconds`, `status`, `code`, …"""
        self._done(self._http.post("/faults", json=_order(provider, operation, fault, more)))

    def heal(self) -> None:
        """Drop all planned faults and let go of the calls that one holds back."""
        self._done(self._http.delete("/faults"))

    def log(self, provider: str = "", operation: str = "") -> list[dict[str, Any]]:
        """What was received (and, as operation `callback`, sent), oldest first."""
        query = {"provider": provider, "operation": operation}
        calls: list[dict[str, Any]] = self._done(self._http.get("/log", params=query))["calls"]
        return calls

    def followers(self, *openids: str, follows: bool = True, name: str = "", scene: str = "") -> None:
        """Let people follow the account, or leave it."""
        asked = [{"openid": each, "name": name, "follows": follows, "scene": scene} for each in openids]
        self.set_scene("wechat/followers", asked)

    def messages(self, openid: str | None = None) -> list[dict[str, Any]]:
        """Template messages that were accepted."""
        query = {"openid": openid} if openid else {}
        found: list[dict[str, Any]] = self._done(self._http.get("/wechat/messages", params=query))["messages"]
        return found

    def texts(self, mobile: str | None = None) -> list[dict[str, Any]]:
        """Text messages that the gateway accepted, and answers to them."""
        query = {"mobile": mobile} if mobile else {}
        found: list[dict[str, Any]] = self._done(self._http.get("/sms/messages", params=query))["messages"]
        return found

    def group_lines(self, platform: str | None = None) -> list[dict[str, Any]]:
        """What robots said in their chats."""
        query = {"platform": platform} if platform else {}
        found: list[dict[str, Any]] = self._done(self._http.get("/robots/lines", params=query))["lines"]
        return found

    def mails(self, address: str | None = None) -> list[dict[str, Any]]:
        """Mails that arrived in a box."""
        query = {"address": address} if address else {}
        found: list[dict[str, Any]] = self._done(self._http.get("/mail/mails", params=query))["mails"]
        return found

    def mail_port(self) -> int:
        """Where mail is taken."""
        return int(self._done(self._http.get("/mail/port"))["port"])

    def says(self, openid: str, content: str) -> None:
        """A follower writes to the account; the bank's answer is in his chat afterwards."""
        self.set_scene("wechat/says", {"openid": openid, "content": content})
        self.drain()

    def chat(self, openid: str) -> list[str]:
        """What the account said to a follower."""
        lines = self._done(self._http.get("/wechat/chat", params={"openid": openid}))["chat"]
        return [line["text"] for line in lines if line["is_told"]]

    def payments(self) -> list[dict[str, Any]]:
        """Payment orders that the core carried out, or refused."""
        found: list[dict[str, Any]] = self._done(self._http.get("/core-banking/payments"))["payments"]
        return found

    def set_scene(self, what: str, content: Any) -> dict[str, Any]:
        """POST to a provider's own control route, e.g. `identity/citizens`."""
        return self._done(self._http.post(f"/{what}", json=content))

    def callbacks(self, **urls: str) -> None:
        """Where events go: `wechat`, `wechat_mode` (aes or plain), `core_banking`, `sms`."""
        self._done(self._http.put("/callbacks", json=urls))

    def advance(self, seconds: float) -> None:
        """Let the providers' clock run ahead."""
        self._done(self._http.post("/clock", json={"advance": seconds}))

    def drain(self) -> None:
        """Wait until every callback is delivered or given up."""
        self._done(self._http.post("/drain"))

    def reset(self) -> str:
        """Begin anew, without callbacks and as another WeChat account, whose app id is returned: the bank keeps
        an account's token in Redis, which outlives a test."""
        self._done(self._http.delete("/"))
        self.callbacks(wechat="", wechat_mode="aes", core_banking="", sms="", mail="")
        self._told.wechat_app_id = f"wx{secrets.token_hex(8)}"
        return self._told.wechat_app_id

    @staticmethod
    def _done(answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        content: dict[str, Any] = answer.json()
        return content


def _order(provider: str, operation: str, fault: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"provider": provider, "operation": operation, "fault": fault, **more}


class Ear:
    """A server of the bank's that hears callbacks; `refusals` of them it answers with 500."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.refusals = 0
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self._answer(Heard(dict(self.headers.items()), _query_of(self.path), body))

            def do_GET(self) -> None:
                query = _query_of(self.path)
                self._answer(Heard(dict(self.headers.items()), query, b""), query.get("echostr", ""))

            def _answer(self, heard: Heard, said: str = "success") -> None:
                ear.heard.append(heard)
                ear.refusals -= 1
                self.send_response(500 if ear.refusals >= 0 else 200)
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear nothing more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_START_SECONDS)


@dataclass(frozen=True)
class Heard:
    """One callback as it came."""

    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


def _query_of(path: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(path).query))


class _Server(uvicorn.Server):
    """Tells when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _settings_of_the_bank() -> SandboxSettings:
    """The sandbox knows the credentials that the bank's test settings have."""
    return SandboxSettings(
        wechat_app_secret=settings.WECHAT["APP_SECRET"],
        wechat_token=settings.WECHAT["TOKEN"],
        wechat_aes_key=settings.WECHAT["ENCODING_AES_KEY"],
        core_banking_key=settings.CORE_BANKING["SIGNING_KEY"],
        sms_key_id=settings.SMS["KEY_ID"],
        sms_key_secret=settings.SMS["KEY_SECRET"],
        sms_callback_key=settings.SMS["CALLBACK_KEY"],
        mail_bounce_key=settings.MAIL["BOUNCE_KEY"],
        identity_app_key=settings.IDENTITY_VERIFICATION["APP_KEY"],
        identity_key=settings.IDENTITY_VERIFICATION["SIGNING_KEY"],
        bureau_org_code=settings.CREDIT_BUREAU["ORG_CODE"],
        bureau_key=settings.CREDIT_BUREAU["SIGNING_KEY"],
        e_signing_key=settings.E_SIGNING["SIGNING_KEY"],
        geocoder_key=settings.GEOCODER["SIGNING_KEY"],
    )


def _pointing_to(url: str) -> dict[str, Any]:
    paths = {
        "WECHAT": "wechat",
        "CORE_BANKING": "core-banking",
        "IDENTITY_VERIFICATION": "identity",
        "CREDIT_BUREAU": "bureau",
        "GEOCODER": "geocoder",
        "SMS": "sms",
        "E_SIGNING": "e-signing",
    }
    robots = {name: f"{url}/robots/{name.lower()}" for name in ("WECOM", "FEISHU", "DINGTALK")}
    pointing = {
        name: {**getattr(settings, name), "BASE_URL": f"{url}/{path}", "TIMEOUT": TIMEOUT}
        for name, path in paths.items()
    }
    pointing["WECHAT"] |= {"OAUTH_URL": f"{url}/wechat", "QR_URL": f"{url}/wechat/cgi-bin/showqrcode"}
    return pointing | {"ROBOTS": robots | {"TIMEOUT": TIMEOUT}}


@pytest.fixture
def ear() -> Iterator[Ear]:
    """Somebody at the bank who hears callbacks."""
    one = Ear()
    yield one
    one.close()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """All providers, reachable; empty at the beginning of every test that names it."""
    listener = socket.create_server(("127.0.0.1", 0))
    told = _settings_of_the_bank()
    config = uvicorn.Config(
        create_app(told),
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
    with closing(listener):
        thread.start()
        assert server.listening.wait(_START_SECONDS), "the sandbox did not start"
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        door = Sandbox(url, told)
        mail = {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": door.mail_port(),
            "EMAIL_TIMEOUT": TIMEOUT,
        }
        with override_settings(**_pointing_to(url), **mail):
            yield door
        server.should_exit = True
        thread.join(_START_SECONDS)


@pytest.fixture(autouse=True)
def _sandbox_begins_empty(request: pytest.FixtureRequest) -> Iterator[None]:
    if "sandbox" not in request.fixturenames:
        yield
        return
    app_id = request.getfixturevalue("sandbox").reset()
    with override_settings(WECHAT={**settings.WECHAT, "APP_ID": app_id}):
        yield
