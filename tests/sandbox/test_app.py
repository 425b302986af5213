"""Who may speak to the sandbox, and what it knows of the bank."""

import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import CREDENTIALS, Visitor, running

ROOMS = ["console", "postloan", "loans", "crm", "products", "performance", "notifications", "organization", "aladdin"]


@pytest.mark.parametrize("caller", ["10.0.0.7", "192.168.1.2", "::ffff:10.0.0.7", "not an address"])
async def test_other_machines_are_refused(caller: str) -> None:
    async with running(caller=caller) as stranger:
        assert (await stranger.http.get("/healthz")).status_code == 403


@pytest.mark.parametrize("caller", ["127.0.0.1", "127.9.9.9", "::1"])
async def test_this_machine_is_answered(caller: str) -> None:
    async with running(caller=caller) as neighbour:
        assert (await neighbour.http.get("/healthz")).text == "ok\n"


async def test_a_foreign_name_that_points_here_is_refused() -> None:
    async with running(host="evil.example") as page:
        assert (await page.http.get("/_sandbox/log")).status_code == 400


def test_it_imports_no_room_of_the_bank() -> None:
    program = f"""
        import sys, sandbox.app, sandbox.__main__
        print(sorted(set(sys.modules) & set({[*ROOMS, "django"]!r})))
    """
    ran = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_its_credentials_are_those_the_bank_was_given() -> None:
    told = SandboxSettings.from_environment(
        {"WECHAT_APP_SECRET": "from bin/run", "CORE_BANKING_SIGNING_KEY": "k2", "SANDBOX_DATA": "var/sandbox"}
    )
    assert (told.wechat_app_secret, told.core_banking_key) == ("from bin/run", "k2")
    assert str(told.data) == "var/sandbox"
    assert told.bureau_key == CREDENTIALS.bureau_key


@pytest.mark.parametrize("url", ["http://example.com/cb", "file:///etc/passwd", "http://127.0.0.1.example.com/"])
def test_it_calls_nobody_but_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="this machine"):
        replace(CREDENTIALS, core_banking_callback=url)


async def test_nor_after_it_was_asked_to(visitor: Visitor) -> None:
    answer = await visitor.http.put("/_sandbox/callbacks", json={"wechat": "http://169.254.169.254/"})
    assert answer.status_code == 400


def test_an_unknown_mode_stops_the_start() -> None:
    with pytest.raises(ValueError, match="MODE"):
        replace(CREDENTIALS, wechat_mode="rot13")
