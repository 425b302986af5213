"""The notice stream over WebSocket at /ws/v1/stream: sign-in, resume, delivery in order, acknowledgement.

What waits for a slow client is bounded: the socket holds a position in each stream and reads a page from there when
the client has taken the one before. Who falls far behind is told to read for himself (`resync`) and goes on from
now; who takes nothing for ten seconds is cut off (4408) and resumes later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, NoReturn
from urllib.parse import urlsplit

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path, re_path

from aladdin import clock
from aladdin.problems import NotFound
from notifications import marks, notices, sign_ins, subscriptions
from notifications.hub import Head, Hub, Listener, hub, in_database
from notifications.protocol import ME, Ack, Close, Hello, Ping, Read, Refused, Said, message, said
from notifications.sign_ins import SignIn
from notifications.subscriptions import NotPermitted, Subscription
from organization.models import Staff

logger = logging.getLogger(__name__)

HELLO_WITHIN = 10.0
HEARTBEAT_EVERY = 25.0
SLOW_AFTER = 10.0
"""Seconds."""
MOST_BEHIND = 1000
"""Events that a client may lag behind before it is told to read them by HTTP."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Closing(Exception):
    """We end the connection with this code."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Gone(Exception):
    """The client ended the connection."""


class Connection:
    """One socket from its acceptance to its end."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._raw_send = scope, receive, send
        self._hub: Hub = hub()
        self._has_told_restart = False

    async def serve(self) -> None:
        """Talk until one side ends it."""
        await self._receive()  # websocket.connect
        await self._raw_send({"type": "websocket.accept"})
        try:
            await self._talk()
        except Closing as closing:
            await self._close(closing)
        except Gone:
            pass

    async def _close(self, closing: Closing) -> None:
        logger.info("notice stream ended with %s: %s", closing.code.value, closing.reason)
        with suppress(TimeoutError):  # to a client that takes nothing, not even this can be said
            async with asyncio.timeout(1):
                event = {"type": "websocket.close", "code": closing.code, "reason": closing.reason}
                await self._raw_send(event)

    async def _talk(self) -> None:
        hello = await self._hello()
        self._sign_in = await self._signed_in(hello)
        try:
            subscribe = in_database(subscriptions.subscribe)
            self._following = await subscribe(self._sign_in.staff_id, hello.streams)
        except NotPermitted as error:
            raise Closing(Close.NOT_PERMITTED, "stream not permitted") from error
        self._listener = Listener(self._sign_in, [each.stream.key for each in self._following])
        async with self._hub.listening(self._listener):
            await self._welcome()
            await _first_of(self._deliver_news(), self._hear_client())

    # --- Sign-in -------------------------------------------------------------------------------
    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                hello = said(await self._next_frame())
        except TimeoutError as error:
            raise Closing(Close.NOT_SIGNED_IN, "no hello in time") from error
        except Refused as refused:
            await self._refuse(refused)
            raise Closing(Close.NOT_SIGNED_IN, "no hello") from refused
        if not isinstance(hello, Hello):
            raise Closing(Close.NOT_SIGNED_IN, "hello comes first")
        return hello

    async def _signed_in(self, hello: Hello) -> SignIn:
        if hello.token:
            found = await in_database(sign_ins.by_token)(hello.token, hello.device_id)
        else:
            session = self._scope["session"].session_key
            found = await in_database(_by_session)(self._scope["user"], session)
        if found is None:
            raise Closing(Close.NOT_SIGNED_IN, "sign-in not valid")
        return found

    async def _welcome(self) -> None:
        await self._say("welcome", streams=[each.opening() for each in self._following])
        for each in self._following:
            if each.is_reset:
                await self._say("reset", **each.place())

    # --- News ----------------------------------------------------------------------------------
    async def _deliver_news(self) -> NoReturn:
        """Send what is due, then wait for the bell; say something at least every so often."""
        while True:
            self._listener.bell.clear()
            await self._check_sign_in()
            for each in self._following:
                await self._deliver(each)
            await self._check_restart()
            try:
                async with asyncio.timeout(self._quiet_for()):
                    await self._listener.bell.wait()
            except TimeoutError:
                if self._listener.leaves_at is None:
                    await self._say("heartbeat", at=clock.now())

    def _quiet_for(self) -> float:
        """Seconds without news after which something is to be said or done."""
        if self._listener.leaves_at is None:
            return HEARTBEAT_EVERY
        return max(self._listener.leaves_at - asyncio.get_running_loop().time(), 0)

    async def _check_restart(self) -> None:
        """Where the server restarts: say when this connection ends, deliver until then, and end it."""
        if self._listener.leaves_at is None:
            return
        if not self._has_told_restart:
            self._has_told_restart = True
            await self._say("restart", after=round(self._quiet_for(), 3))
        if self._quiet_for() <= 0:
            raise Closing(Close.RESTART, "server restarts")

    async def _check_sign_in(self) -> None:
        if self._listener.is_over:
            raise Closing(Close.NOT_SIGNED_IN, "sign-in ended")
        if not self._listener.has_other_rights:
            return
        watched = [each.name for each in self._following if each.is_board]
        if not await in_database(subscriptions.may_still_watch)(self._sign_in.staff_id, watched):
            raise Closing(Close.NOT_PERMITTED, "stream no longer permitted")
        self._sign_in = self._listener.sign_in = await in_database(sign_ins.renewed)(self._sign_in)
        self._listener.has_other_rights = False

    async def _deliver(self, subscription: Subscription) -> None:
        head = self._listener.head(subscription.stream.key)
        if head.epoch not in (None, subscription.stream.epoch):
            await self._say("reset", stream=subscription.name, epoch=head.epoch, sequence=head.sequence)
            raise Closing(Close.RESET, "stream begins anew")
        subscription.due = max(subscription.due, head.sequence)
        while subscription.position < subscription.due:
            await self._skip_what_is_too_much(subscription)
            page = await self._read_on(subscription)
            for number, text in page:
                await self._send(text)
                subscription.position = number
            if not page:
                break
        await self._deliver_marks(subscription, head)

    async def _skip_what_is_too_much(self, subscription: Subscription) -> None:
        since = subscription.position
        subscription.due = max(subscription.due, self._listener.head(subscription.stream.key).sequence)
        if subscription.due - since > MOST_BEHIND:
            subscription.position = subscription.due
            await self._say("resync", **subscription.place(), since=since)

    async def _deliver_marks(self, mine: Subscription, head: Head) -> None:
        """Of one's own stream: what was read and done on other devices, and how far another has received."""
        mine.head_of_marks = max(mine.head_of_marks, head.marks)
        while mine.marks < mine.head_of_marks:
            mine.marks, told = await in_database(subscriptions.read_marks)(mine.stream, mine.marks)
            for text in told:
                await self._send(text)
            if not told:
                break
        if head.acknowledged > mine.acknowledged:
            mine.acknowledged = head.acknowledged
            await self._say("acknowledged", stream=mine.name, sequence=mine.acknowledged)

    async def _read_on(self, subscription: Subscription) -> list[subscriptions.Event]:
        stream, position = subscription.stream, subscription.position
        if subscription.is_board:
            return await self._hub.feed(stream, position).after(position, upto=subscription.due)
        return await in_database(subscriptions.read_notices)(stream, position)

    # --- What the client says ------------------------------------------------------------------
    async def _hear_client(self) -> NoReturn:
        while True:
            frame = await self._next_frame()
            try:
                await self._answer(said(frame))
            except Refused as refused:
                await self._refuse(refused)

    async def _answer(self, told: Said) -> None:
        match told:
            case Ping():
                await self._say("pong", at=clock.now())
            case Ack(sequence=sequence):
                await in_database(self._acknowledge)(sequence)
            case Read(notice=notice):
                await self._say("read", **await in_database(self._mark_read)(notice))
            case Hello():
                raise Refused("already_signed_in", "已登录，请重新连接以更换订阅")

    def _acknowledge(self, sequence: int) -> None:
        mine = next((each for each in self._following if each.name == ME), None)
        if mine is None:
            raise Refused("not_subscribed", "未订阅本人的流")
        # Nobody has received what was not sent.
        reached = min(sequence, mine.position)
        mine.acknowledged = max(mine.acknowledged, reached)
        marks.acknowledge(mine.stream, device=self._sign_in.device, sequence=reached)

    def _mark_read(self, notice_id: Any) -> dict[str, Any]:
        try:
            notice = notices.read(notice_id, by=Staff.objects.get(pk=self._sign_in.staff_id))
        except NotFound as error:
            raise Refused("not_found", "没有找到该通知") from error
        return {"notice": notice.pk, "read_at": notice.read_at}

    async def _next_frame(self) -> str | None:
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            raise Gone
        text: str | None = event.get("text")
        return text

    # --- What we say ---------------------------------------------------------------------------
    async def _say(self, kind: str, **content: Any) -> None:
        await self._send(message(kind, **content))

    async def _refuse(self, refused: Refused) -> None:
        await self._say("error", code=refused.code, detail=refused.detail)

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SLOW_AFTER):
                await self._raw_send({"type": "websocket.send", "text": text})
        except TimeoutError as error:
            raise Closing(Close.TOO_SLOW, "client too slow") from error
        except OSError as error:
            raise Gone from error


def _by_session(user: Any, session_key: str | None) -> SignIn | None:
    # channels wraps the person in a lazy object; asking for the row unwraps it.
    staff = Staff.objects.filter(pk=user.pk).first() if user.is_authenticated else None
    return sign_ins.by_session(staff, session_key)


async def _first_of(*talks: Coroutine[Any, Any, NoReturn]) -> None:
    """Run until one of them ends, end the others, and raise what it raised."""
    tasks = [asyncio.create_task(talk) for talk in talks]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stream(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application behind the route."""
    await Connection(scope, receive, send).serve()


# --- What is not logged -------------------------------------------------------------------------
class WithoutFrames(logging.Filter):
    """Keeps the server's debug log from writing frames: the first one of every phone carries its token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through that is no frame."""
        return record.levelno > logging.DEBUG or not str(record.msg).startswith(("< ", "> "))


for _name in ("uvicorn.error", "websockets", "websockets.server"):
    logging.getLogger(_name).addFilter(WithoutFrames())


# --- The way in ---------------------------------------------------------------------------------
class SameOrigin:
    """A page of another site must not speak here with a visitor's session.

    Browsers always say where a page comes from; phones say nothing, and have no session: theirs is a token."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope["headers"])
        if not _is_our_host(headers.get("host", "")) or not _is_same_origin(headers):
            await WebsocketDenier()(scope, receive, send)
            return
        if "origin" not in headers:
            scope = {**scope, "headers": [each for each in scope["headers"] if each[0] != b"cookie"]}
        await self._inner(scope, receive, send)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _is_our_host(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"])


def _is_same_origin(headers: dict[str, str]) -> bool:
    origin = headers.get("origin")
    if origin is None or origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


socket = SameOrigin(
    AuthMiddlewareStack(
        URLRouter(
            [
                path("ws/v1/stream", stream),  # type: ignore[arg-type]  # an ASGI application, as channels routes them
                re_path(r"", WebsocketDenier.as_asgi()),
            ]
        )
    )
)
