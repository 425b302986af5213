"""A person who starts a second bank is told which port is taken, and what to type instead."""

import socket

import pytest

from aladdin.launcher.addresses import AddressError, Addresses, addresses_from


def test_the_bank_listens_on_loopback_8000_and_its_sandbox_next_to_it() -> None:
    assert addresses_from({}) == Addresses("127.0.0.1", 8000, 8001, 8002)
    assert addresses_from({"PORT": "9100"}).sandbox == "http://127.0.0.1:9101"


def test_a_port_in_use_is_named_in_both_languages_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError) as refusal:
            Addresses("127.0.0.1", port, port - 1, port - 2).require_free()
    message = str(refusal.value)
    assert f"端口 {port} 已被占用" in message
    assert f"Port {port} is in use" in message
    assert "PORT=" in message


def test_a_sandbox_port_in_use_names_its_own_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        with pytest.raises(AddressError, match="SANDBOX_PORT="):
            Addresses("127.0.0.1", port, taken.getsockname()[1], 1).require_free()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０００", "80 80"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(AddressError, match="PORT must be a number"):
        addresses_from({"PORT": port})


def test_a_host_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressError, match="not an address of this machine"):
        Addresses("192.0.2.1", 8000, 8001, 8002).require_free()


@pytest.mark.parametrize("mail_port", [8000, 8001])
def test_mail_has_a_port_of_its_own(mail_port: int) -> None:
    with pytest.raises(AddressError, match="SANDBOX_MAIL_PORT is the same"):
        Addresses("127.0.0.1", 8000, 8001, mail_port).require_free()


def test_one_port_for_two_servers_is_refused() -> None:
    with pytest.raises(AddressError, match="both 8000"):
        Addresses("127.0.0.1", 8000, 8000, 8002).require_free()


@pytest.mark.parametrize(
    "host,web,callback",
    [
        ("127.0.0.1", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000", "http://[::1]:8000"),
        ("192.0.2.1", "http://192.0.2.1:8000", ""),
    ],
)
def test_the_sandbox_calls_back_on_this_machine_only(host: str, web: str, callback: str) -> None:
    addresses = Addresses(host, 8000, 8001, 8002)
    assert addresses.web == web
    assert addresses.loopback == callback
