"""A window of headless Chromium on a real server, and what the bank does meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from aladdin.launcher.browser import NAMES
from console.entry import BACKEND
from loans import products
from organization.models import Staff
from tests.conftest import forget_what_is_kept, run_due_jobs
from tests.notifications.conftest import committed, server, server_address
from tests.world import Bank

__all__ = ["committed", "server", "server_address"]

T = TypeVar("T")

SCREENSHOTS = settings.ROOT / "var" / "screenshots"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MILLISECONDS = 10_000
_VIOLATIONS = """
document.addEventListener("securitypolicyviolation",
    (event) => console.error(`CSP: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""


class Window:
    """One page of a signed-in or unknown person, and all that the browser complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self._home = page, f"http://{address}"
        self.complaints: list[str] = []
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.add_init_script(_VIOLATIONS)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def open(self, path: str) -> None:
        """Go there and wait until it has loaded."""
        self.page.goto(self._home + path)

    def opens_live(self, path: str = "/console/") -> None:
        """Open the page and wait until its board is being followed."""
        self.open(path)
        self.page.wait_for_selector('#live[data-state="on"]')

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def keep_picture(self, name: str) -> None:
        """A picture of the whole page for the eye of a person, in var/screenshots."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


class Meanwhile:
    """The bank's own thread."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread

    def __call__(self, work: Callable[[], T]) -> T:
        done = self._thread.submit(work).result()
        forget_what_is_kept()
        return done


def _program() -> str | None:
    named = os.environ.get("ALADDIN_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture
def chromium(server: str) -> Iterator[Browser]:
    """The browser, anew for each test: its event loop sits in this thread, where Django then refuses to work."""
    program = _program()
    if program is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium: Browser, server: str, meanwhile: Meanwhile) -> Iterator[Callable[..., Window]]:
    """`window(staff, width)`: a window with that person's session; `window()` is nobody's."""
    contexts = []

    def opened(staff: Staff | None = None, width: int = 1440, height: int = 900) -> Window:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        contexts.append(context)
        if staff is not None:
            key = meanwhile(lambda: _session_of(staff))
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": f"http://{server}"}])
        return Window(context.new_page(), server)

    yield opened
    for context in contexts:
        context.close()


def _session_of(staff: Staff) -> str:
    client = Client()
    client.force_login(staff, backend=BACKEND)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def meanwhile(committed: None) -> Iterator[Meanwhile]:
    """`meanwhile(work)`: the bank does something while the browser looks on, in a thread of its own."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        yield Meanwhile(thread)
        thread.submit(connections.close_all).result()


@pytest.fixture
def worked(meanwhile: Meanwhile) -> Callable[[Callable[[], object]], None]:
    """`worked(work)`: the bank does something, and the worker what follows from it."""

    def done(work: Callable[[], object]) -> None:
        meanwhile(lambda: (work(), run_due_jobs())[1])

    return done


@pytest.fixture
def lending_bank(bank: Bank, committed: None) -> Bank:
    """The bank with its loan products on the shelf."""
    products.seed()
    return bank
