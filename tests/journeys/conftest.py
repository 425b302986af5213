"""A whole bank at work: server, worker process, sandbox providers, and a morning on which it all happens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as bank_settings
from django.db import connection
from django.test import override_settings

from aladdin.embedded.memory import wait_until
from tests.journeys.town import Town
from tests.loans.builders import shelf
from tests.notifications import builders
from tests.notifications.conftest import committed, server, server_address
from tests.sandbox_server import Sandbox
from tests.world import Bank

__all__ = ["committed", "server", "server_address"]

PROVIDER_SECONDS = 20.0
START_SECONDS = 60.0
_WORKER = ("procrastinate", "worker", "--queues", "default", "--concurrency", "2", "--shutdown-graceful-timeout", "5")


@pytest.fixture
def worker(committed: None, sandbox: Sandbox, tmp_path: Path) -> Iterator[None]:
    """The bank's worker, a process as in production. What the clock starts by itself (the queue `scheduler`) rests,
    since the story has a clock of its own."""
    log = (tmp_path / "worker.log").open("wb+")
    command = [sys.executable, str(bank_settings.ROOT / "manage.py"), *_WORKER]
    process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | _told(sandbox))
    try:
        assert wait_until(lambda: process.poll() is not None or _is_at_work(), seconds=START_SECONDS)
        yield
        assert process.poll() is None, (tmp_path / "worker.log").read_text()
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _told(sandbox: Sandbox) -> dict[str, str]:
    """The environment in which another process works in this test's bank."""
    database = connection.settings_dict
    who = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
    return {
        "DJANGO_SETTINGS_MODULE": "aladdin.settings.test",
        "DATABASE_URL": f"postgresql://{who}@{quote(database['HOST'], safe='')}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": bank_settings.REDIS_URL,
        "SANDBOX_URL": sandbox.url,
        "WECHAT_APP_ID": bank_settings.WECHAT["APP_ID"],
        "CORE_BANKING_TIMEOUT": f"{PROVIDER_SECONDS}",
        "CREDIT_BUREAU_TIMEOUT": f"{PROVIDER_SECONDS}",
        "WECHAT_TIMEOUT": f"{PROVIDER_SECONDS}",
    }


def _is_at_work() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM procrastinate_workers)")
        return bool(cursor.fetchone()[0])


@pytest.fixture
def town(
    bank: Bank, server: str, worker: None, sandbox: Sandbox, settings: Any, tmp_path: Path, monkeypatch: Any
) -> Iterator[Town]:
    """The bank with its products on the shelf, and its people at the real server. Nobody is in a hurry."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(builders, "ANSWER_SECONDS", PROVIDER_SECONDS)
    shelf(bank)
    patient = {**bank_settings.IDENTITY_VERIFICATION, "TIMEOUT": PROVIDER_SECONDS}
    with override_settings(IDENTITY_VERIFICATION=patient), Town(bank, server, sandbox) as found:
        yield found
