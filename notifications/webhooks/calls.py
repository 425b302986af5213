"""One call to a subscriber: signed, bounded in time and size, no redirect followed."""

import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpcore
import orjson
from standardwebhooks import Webhook

from notifications.models import WebhookEndpoint, WebhookEvent
from notifications.webhooks.addresses import ForbiddenAddress, GuardedNetwork
from notifications.webhooks.catalogue import EVENTS

SECONDS = 15.0
_MOST_ANSWER = 4096
_GONE = 410
_LONGEST_PAUSE = timedelta(hours=24)


@dataclass(frozen=True)
class Outcome:
    """What became of a call. `status` None: nobody answered, for the reason `error`."""

    status: int | None
    error: str = ""
    answer: str = ""
    milliseconds: int = 0
    pause: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """The subscriber wants no more (410 in the specification)."""
        return self.status == _GONE

    @property
    def code(self) -> str:
        return self.error or f"http_{self.status}"


def message(event: WebhookEvent, payload_version: int) -> bytes:
    """The body: type, time and data in the version that the subscriber speaks."""
    version, data = EVENTS[event.type].spoken(event.data, written=event.version, wanted=payload_version)
    moment = event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    told = {"type": event.type, "timestamp": moment, "version": version, "subject": event.subject, "data": data}
    return orjson.dumps(told)


def signed_headers(
    endpoint: WebhookEndpoint, message_id: str, body: bytes, at: datetime
) -> list[tuple[bytes | str, bytes | str]]:
    """The specification's three headers; for a while after a rotation signed with both secrets."""
    secrets = [endpoint.secret]
    if endpoint.former_secret_until is not None and endpoint.former_secret_until > at:
        secrets.append(endpoint.former_secret)
    return [
        ("webhook-id", message_id),
        ("webhook-timestamp", str(int(at.timestamp()))),
        ("webhook-signature", " ".join(Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets)),
        ("content-type", "application/json"),
        ("user-agent", "Aladdin-Webhooks/1"),
    ]


def call(endpoint: WebhookEndpoint, event: WebhookEvent) -> Outcome:
    """Send one event. Never raises for what the other side does."""
    body = message(event, endpoint.payload_version)
    headers = signed_headers(endpoint, f"evt_{event.event_id.hex}", body, datetime.now(UTC))
    begun = time.monotonic()
    limits = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    try:
        with _pool().stream(
            "POST", endpoint.url, headers=headers, content=body, extensions={"timeout": limits}
        ) as response:
            answer = _excerpt(response, begun + SECONDS)
            outcome = Outcome(response.status, answer=answer, pause=_pause(response))
    except ForbiddenAddress:
        outcome = Outcome(None, "forbidden_address")
    except httpcore.TimeoutException:
        outcome = Outcome(None, "timeout")
    except (httpcore.NetworkError, ssl.SSLError):
        outcome = Outcome(None, "unreachable")
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol):
        outcome = Outcome(None, "no_http")
    taken = int((time.monotonic() - begun) * 1000)
    return Outcome(outcome.status, outcome.error, outcome.answer, taken, outcome.pause)


@lru_cache(maxsize=1)
def _pool() -> httpcore.ConnectionPool:
    # No connection outlives its call: the address is checked anew each time.
    return httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), max_keepalive_connections=0, network_backend=GuardedNetwork()
    )


def _excerpt(response: httpcore.Response, until: float) -> str:
    """The beginning of the answer; an answer without end is not listened to."""
    read = b""
    for part in response.iter_stream():
        read += part
        if len(read) >= _MOST_ANSWER or time.monotonic() > until:
            break
    return read[:_MOST_ANSWER].decode("utf-8", "replace").replace("\0", "")[:200]


def _pause(response: httpcore.Response) -> timedelta | None:
    """How long the subscriber asks us to wait (Retry-After: seconds, or a date)."""
    said = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"").decode("latin-1")
    if said.isdigit():
        return min(timedelta(seconds=int(said[:6])), _LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - datetime.now(UTC)
    return max(timedelta(), min(wait, _LONGEST_PAUSE))
