"""`bin/run`: the whole bank on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from aladdin.embedded import EmbeddedError, services
from aladdin.launcher.addresses import AddressError, Addresses, addresses_from
from aladdin.launcher.children import ChildDied, Children, NotReady, StopAsked, StopSignals
from aladdin.launcher.fresh import Declined, confirm_erasing, erase_database
from aladdin.launcher.keys import desk_secrets

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("ALADDIN_VAR") or ROOT / "var").absolute()
READY_SECONDS = 120.0
MANAGE = (sys.executable, ROOT / "manage.py")
UVICORN = (sys.executable, "-m", "uvicorn", "--no-access-log", "--timeout-graceful-shutdown", "5")
REFUSALS = (AddressError, ChildDied, Declined, EmbeddedError, NotReady)


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM (0), or until something is wrong (1)."""
    options = _options(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    os.umask(0o077)  # what people upload is theirs alone
    with StopSignals().listening() as stop:
        try:
            _run(options, addresses_from(os.environ), stop)
        except StopAsked:
            print("已停止，数据已保留。Stopped; the data is kept.")
        except REFUSALS as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/run",
        description="Run the bank on this machine: PostgreSQL and Redis where DATABASE_URL and REDIS_URL "
        "name none, the web server, the worker, the scheduler and the sandbox of providers.",
        epilog="HOST (127.0.0.1), PORT (8000), SANDBOX_PORT and SANDBOX_MAIL_PORT (the next ones) come from "
        "the environment.",
    )
    parser.add_argument("--fresh", action="store_true", help="delete all data and begin anew")
    parser.add_argument("--yes", action="store_true", help="do not ask before deleting a given database's data")
    parser.add_argument("--bank", choices=("demo", "replay"), default="demo", help="whose data (default: demo)")
    parser.add_argument("--verbose", action="store_true", help="show all that the processes log")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace, addresses: Addresses, stop: StopSignals) -> None:
    begun = time.monotonic()
    addresses.require_free()
    home = VAR / options.bank
    if options.fresh:
        _erase_given(home, agreed=options.yes)
    with services(home, durable=True, fresh=options.fresh) as servers:
        stop.check()
        _say("PostgreSQL 与 Redis 已启动 · are up", begun)
        environment = environment_of(home, addresses) | servers
        with tended(Children(home / "log", environment, stop, verbose=options.verbose)) as children:
            prepare(children, home, demo=options.bank == "demo")
            _say("数据已就绪 · data is ready", begun)
            start(children, addresses)
            children.watch(lambda: is_ready(addresses), seconds=READY_SECONDS)
            _say("阿拉丁已就绪 · Aladdin is ready", begun)
            _welcome(addresses, home)
            if options.bank == "demo":
                open_demo_loans(children, addresses)
            children.watch(lambda: False)


def _erase_given(home: Path, *, agreed: bool) -> None:
    """Our own servers erase their data themselves; this is for what lies outside them."""
    if url := os.environ.get("DATABASE_URL"):
        confirm_erasing(url, agreed=agreed)
        erase_database(url)
    for folder in ("media", "sandbox", "log"):
        shutil.rmtree(home / folder, ignore_errors=True)


def environment_of(home: Path, addresses: Addresses) -> dict[str, str]:
    """What every process is told; what the person's environment already says stands."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "aladdin.settings.development",
        "MEDIA_ROOT": str(home / "media"),
        "SANDBOX_URL": addresses.sandbox,
        "SANDBOX_DATA": str(home / "sandbox"),
        "SANDBOX_WECHAT_CALLBACK": f"{addresses.loopback}/wechat/callback" if addresses.loopback else "",
        "SANDBOX_SMS_CALLBACK": f"{addresses.loopback}/sms" if addresses.loopback else "",
        "SANDBOX_MAIL_PORT": str(addresses.mail_port),
        "SANDBOX_MAIL_CALLBACK": f"{addresses.loopback}/mail/bounces" if addresses.loopback else "",
        "EMAIL_PORT": str(addresses.mail_port),
        "SANDBOX_E_SIGNING_CALLBACK": f"{addresses.loopback}/api/v1/e-signing/notices" if addresses.loopback else "",
        "ALADDIN_URL": addresses.web,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
    return ours | desk_secrets(VAR / "secrets.env") | os.environ


@contextlib.contextmanager
def tended(children: Children) -> Iterator[Children]:
    """Whatever happens in the block, nothing goes on running after it."""
    try:
        yield children
    finally:
        children.stop()


def prepare(children: Children, home: Path, *, demo: bool) -> None:
    """Migrate, load the demo bank where it is wanted and missing, note the demo sign-ins."""
    command = [sys.executable, "-m", "aladdin.launcher.prepare", "--sign-ins", str(home / "sign-ins.txt")]
    children.run("prepare", *command, *(["--demo"] if demo else []))


def start(children: Children, addresses: Addresses) -> None:
    """Start the bank's four processes."""
    for name, command in commands(addresses).items():
        children.start(name, *command)


def commands(addresses: Addresses) -> dict[str, tuple[str | Path, ...]]:
    """How each process is started; the web server last, since it is stopped first."""
    worker = (*MANAGE, "procrastinate", "worker", "--shutdown-graceful-timeout", "10")
    # The sandbox remembers in its one process; of the web server there may be several (WEB_CONCURRENCY).
    sandbox = ("--host", "127.0.0.1", "--port", str(addresses.sandbox_port), "--workers", "1")
    web = ("--host", addresses.host, "--port", str(addresses.port), "--ws-ping-interval", "10")
    frames = ("--ws-max-size", str(64 * 1024))
    return {
        "sandbox": (*UVICORN, "sandbox.app:app", *sandbox),
        "worker": (*worker, "--name", "worker", "--concurrency", "4"),
        "scheduler": (*worker, "--name", "scheduler", "--queues", "scheduler", "--concurrency", "1"),
        "web": (*UVICORN, "aladdin.asgi:application", *web, *frames),
    }


def open_demo_loans(children: Children, addresses: Addresses) -> None:
    """Let the demo bank's people take their first loans while one watches; nothing where they did."""
    where = ("--url", addresses.web, "--sandbox", addresses.sandbox)
    children.run("demo", *MANAGE, "open_demo_loans", *where)


def is_ready(addresses: Addresses) -> bool:
    """Whether the web server answers, on a database that fits its code."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{addresses.web}/readyz", timeout=5, trust_env=False).status_code == 200
    return False


def _say(what: str, begun: float) -> None:
    print(f"{what} ({time.monotonic() - begun:.1f} s)")


def _welcome(addresses: Addresses, home: Path) -> None:
    doors = {
        f"{addresses.web}/console/": "管理控制台 Console",
        f"{addresses.web}/api/docs/": "接口文档 API documentation",
        f"{addresses.web}/admin/": "后台 Back office",
        f"{addresses.sandbox}/phone": "客户经理的手机（微信沙箱） The RM's phone, in the sandbox",
        f"{addresses.sandbox}/robots/groups": "支行的群（群机器人沙箱） Group chats, in the sandbox",
        f"{addresses.sandbox}/mail/boxes": "收到的邮件（邮件沙箱） Mail, in the sandbox",
        f"{addresses.sandbox}/sms/phone": "收到的短信（短信沙箱） Text messages, in the sandbox",
        f"{addresses.sandbox}/e-signing/phone": "电子签约验证码（签约沙箱） Codes for signing, in the sandbox",
    }
    width = max(map(len, doors))
    print()
    for url, name in doors.items():
        print(f"  {url:{width}}  {name}")
    print(f"\n{(home / 'sign-ins.txt').read_text().strip()}\n")
    print(f"日志 Logs: {os.path.relpath(home / 'log', ROOT)}    Ctrl-C 停止 stops\n")


if __name__ == "__main__":
    sys.exit(main())
