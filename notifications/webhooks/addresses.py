"""Where a webhook may go: never into the bank's own network, whatever a name resolves to at the moment of the call.

The address that is connected to is the one that was checked: a name is resolved once a connection, and no redirect
is followed. `ipaddress.is_global` alone is not enough: it lets through addresses that carry another one inside.
"""

import socket
import typing
from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from aladdin.problems import RuleBroken

Address = IPv4Address | IPv6Address

#: IPv6 ranges whose addresses lead to an IPv4 address (RFC 6052, 8215, 3056, 4380) or are deprecated site-local ones.
_CARRIERS = tuple(
    IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "::/96")
)


class ForbiddenAddress(Exception):
    """The name leads where no webhook may go."""


def is_public(address: Address) -> bool:
    """Whether the address lies in the open internet, seen through what may be wrapped in it."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _CARRIERS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: Address) -> bool:
    """Public, or in a network that the bank's setting names."""
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    named = (ip_network(text) for text in settings.WEBHOOK_ALLOWED_NETWORKS)
    return is_public(address) or any(plain.version == network.version and plain in network for network in named)


def resolve(host: str, port: int) -> Address:
    """The address to connect to. Raises ForbiddenAddress where any that the name leads to is not allowed, OSError
    where it leads nowhere."""
    found = [
        ip_address(str(entry[4][0]).partition("%")[0])
        for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    if not found or not all(is_allowed(address) for address in found):
        raise ForbiddenAddress(host)
    return found[0]


def check_url(url: str) -> str:
    """The address of a subscriber as it is kept. Raises `webhook_url_refused` (422) with the reason."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
    except ValueError:
        raise _refused("地址格式无效") from None
    if parts.scheme not in {"https", "http"} or not host or parts.username or parts.password or parts.fragment:
        raise _refused("须为 https 地址，不含用户名、密码和 # 片段")
    try:
        address = resolve(host, port)
    except ForbiddenAddress:
        raise _refused("该地址指向内部网络，不允许投递") from None
    except (OSError, UnicodeError):
        raise _refused("域名无法解析") from None
    if parts.scheme == "http" and is_public(address):
        raise _refused("公网地址须使用 https")
    return url


def _refused(detail: str) -> RuleBroken:
    return RuleBroken("webhook_url_refused", detail, errors={"url": [detail]})


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to the address that it has checked, not to the name; TLS still proves the name."""

    @cached_property
    def _inner(self) -> httpcore.SyncBackend:
        return httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[typing.Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises ForbiddenAddress, httpcore.ConnectError."""
        try:
            address = resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        return self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
