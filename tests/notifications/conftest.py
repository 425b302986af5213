"""The bank's own server, as phones and browsers reach it, and what tests of notices share."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import uvicorn
from django.db import connection
from django.db.backends.utils import CursorWrapper

from aladdin.asgi import application
from aladdin.embedded.memory import wait_until
from organization.models import Staff
from tests.notifications.builders import Client

START_SECONDS = 20.0


class _Server(uvicorn.Server):
    """Tells when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture(scope="session")
def server_address() -> Iterator[str]:
    """`host:port` of a real server of the whole application."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="bank", daemon=True)
    with closing(listener):
        thread.start()
        assert server.listening.wait(START_SECONDS), "the server did not start"
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(START_SECONDS)


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Rows are really committed, so that other connections see them. Jobs are no model's rows, so emptying the
    database afterwards leaves them: take them away. The emptying must find nobody still reading."""
    yield
    with connection.cursor() as cursor:
        assert wait_until(lambda: _others(cursor) == 0, seconds=10), "somebody kept a connection"
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


def _others(cursor: CursorWrapper) -> int:
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    return int(cursor.fetchone()[0])


@pytest.fixture
def server(server_address: str, committed: None) -> str:
    """The address, for a test whose rows the server's threads see."""
    return server_address


@pytest.fixture
def connect(server: str) -> Iterator[Callable[..., Client]]:
    """`connect(staff)`: that person's phone on the notice stream, before its hello; `connect()` is nobody's."""
    open_now: list[Client] = []

    def client(staff: Staff | None = None, **headers: str) -> Client:
        open_now.append(Client(server, staff, headers))
        return open_now[-1]

    yield client
    for each in open_now:
        each.hang_up()
