"""No webhook reaches into the bank's own network, whatever its address is written like or its name resolves to."""

import socket
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest
from pytest_django import Settings

from aladdin.problems import RuleBroken
from notifications.webhooks.addresses import ForbiddenAddress, GuardedNetwork, check_url, is_allowed
from tests.notifications.receiver import listening

INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_the_open_internet_is_refused(settings: Settings, address: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8"])
def test_the_open_internet_is_allowed(settings: Settings, address: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    assert is_allowed(ip_address(address))


def test_the_banks_setting_opens_one_network_and_no_other(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.20.0.0/16"]
    assert is_allowed(ip_address("10.20.3.4"))
    assert is_allowed(ip_address("::ffff:10.20.3.4"))
    assert not is_allowed(ip_address("10.21.3.4"))


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://localhost/",
        "https://localhost./",
        "https://127.0.0.1:8443/x",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1#@example.com/",
        "//127.0.0.1/",
        "gopher://127.0.0.1/",
        "file:///etc/passwd",
        "https:///x",
    ],
)
def test_no_way_of_writing_it_helps(settings: Settings, url: str) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(RuleBroken) as refusal:
        check_url(url)
    assert refusal.value.code == "webhook_url_refused"


def resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """The name leads to one list of addresses after the other; the last one stays."""
    left = list(answers)
    really = socket.getaddrinfo

    def answer(host: str, port: int, *said: Any, **options: Any) -> list[Any]:
        if host[0].isdigit():
            return list(really(host, port, *said, **options))
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def test_a_name_that_also_leads_inside_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    resolves_to(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(RuleBroken):
        check_url("https://rebinding.example/")


def test_a_name_that_leads_inside_by_the_time_of_the_call_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    resolves_to(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    assert check_url("https://rebinding.example/") == "https://rebinding.example/"
    with pytest.raises(ForbiddenAddress):
        GuardedNetwork().connect_tcp("rebinding.example", 443)


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with listening() as receiver:
        port = int(receiver.url.rpartition(":")[2].partition("/")[0])
        resolves_to(monkeypatch, ["127.0.0.1"], ["8.8.8.8"])
        stream = GuardedNetwork().connect_tcp("rebinding.example", port, timeout=5)
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        stream.close()


def test_a_name_that_leads_nowhere_is_a_failed_call() -> None:
    with pytest.raises(httpcore.ConnectError):
        GuardedNetwork().connect_tcp("no-such-name.invalid", 443)


def test_the_open_internet_is_spoken_to_under_cover_only(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    resolves_to(monkeypatch, ["8.8.8.8"])
    with pytest.raises(RuleBroken, match="https"):
        check_url("http://partner.example/")
