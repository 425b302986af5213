"""Where the bank listens: HOST, PORT and the sandbox's ports of the environment, checked before anything starts."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from aladdin.embedded import port_is_free

LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "[::1]"}  # noqa: S104 - the person names it in HOST; we only translate


class AddressError(RuntimeError):
    """HOST or a port cannot be used; the message tells the person what to do, in Chinese and English."""


@dataclass(frozen=True)
class Addresses:
    """The bank's own address and its sandbox's, which never leaves this machine."""

    host: str
    port: int
    sandbox_port: int
    mail_port: int

    @property
    def web(self) -> str:
        """What a browser on this machine opens."""
        host = EVERYWHERE.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"

    @property
    def loopback(self) -> str:
        """The web address as the sandbox may call it; empty where HOST is another interface's alone."""
        reachable = self.host in EVERYWHERE or self.host in ("localhost", "::1") or self.host.startswith("127.")
        return self.web if reachable else ""

    @property
    def sandbox(self) -> str:
        """Where the stand-ins for WeChat, core banking and the bureaus answer."""
        return f"http://{LOOPBACK}:{self.sandbox_port}"

    def require_free(self) -> None:
        """Raise AddressError when somebody listens there already, or HOST is not this machine's."""
        if self.mail_port in (self.port, self.sandbox_port):
            raise AddressError(
                f"SANDBOX_MAIL_PORT 与另一端口相同（{self.mail_port}）。"
                f"SANDBOX_MAIL_PORT is the same as another port ({self.mail_port})."
            )
        if self.port == self.sandbox_port:
            raise AddressError(f"PORT 与 SANDBOX_PORT 相同（{self.port}）。PORT and SANDBOX_PORT are both {self.port}.")
        _require_local(self.host)
        _require_free(self.host, self.port, "PORT")
        _require_free(LOOPBACK, self.sandbox_port, "SANDBOX_PORT")
        _require_free(LOOPBACK, self.mail_port, "SANDBOX_MAIL_PORT")


def addresses_from(environment: dict[str, str] | os._Environ[str]) -> Addresses:
    """HOST (127.0.0.1), PORT (8000), SANDBOX_PORT and SANDBOX_MAIL_PORT (the next ones) as the environment has
    them."""
    port = _port(environment, "PORT", 8000)
    sandbox_port = _port(environment, "SANDBOX_PORT", port + 1)
    return Addresses(
        host=environment.get("HOST") or LOOPBACK,
        port=port,
        sandbox_port=sandbox_port,
        mail_port=_port(environment, "SANDBOX_MAIL_PORT", max(port, sandbox_port) + 1),
    )


def _port(environment: dict[str, str] | os._Environ[str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise AddressError(
        f"{name} 应为 1 至 65535 的整数，而不是 {text!r}。{name} must be a number from 1 to 65535, not {text!r}."
    )


def _require_local(host: str) -> None:
    try:
        family, *_, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind(address)
    except OSError as error:
        raise AddressError(f"HOST {host!r} 不是本机地址。HOST {host!r} is not an address of this machine.") from error


def _require_free(host: str, port: int, name: str) -> None:
    if port_is_free(host, port):
        return
    other = port + 10 if port < 65000 else port - 10
    reason = "需要管理员权限" if port < 1024 and os.geteuid() != 0 else "已被占用"
    raise AddressError(
        f"端口 {port} {reason}，可换一个：{name}={other} bin/run\n"
        f"Port {port} is in use or not allowed; choose another: {name}={other} bin/run"
    )
