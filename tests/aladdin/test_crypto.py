"""Personal data at rest: sealed, bound to its place, found again by keyed indexes."""

import os
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import crypto


@pytest.fixture(params=["AES-256-GCM", "SM4-GCM"])
def cipher(request: pytest.FixtureRequest, settings: SimpleNamespace) -> str:
    settings.FIELD_CIPHER = request.param
    return str(request.param)


def test_what_is_sealed_opens_in_its_place_alone(cipher: str) -> None:
    sealed = crypto.seal("王小明".encode(), bound_to="crm_customer.name.1")
    assert "王小明" not in sealed
    assert sealed.split("|")[0] == "v1"
    assert crypto.unseal(sealed, bound_to="crm_customer.name.1").decode() == "王小明"
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(sealed, bound_to="crm_customer.name.2")


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_a_changed_value_does_not_open(plain: bytes, place: int) -> None:
    version, key_id, nonce, body = crypto.seal(plain, bound_to="t.c.1").split("|")
    changed = bytearray(crypto._bytes(body))
    changed[place % len(changed)] ^= 1
    with pytest.raises(crypto.Unreadable):
        crypto.unseal("|".join((version, key_id, nonce, crypto._text(bytes(changed)))), bound_to="t.c.1")


def test_two_sealings_of_one_value_differ() -> None:
    assert crypto.seal(b"same", bound_to="t.c.1") != crypto.seal(b"same", bound_to="t.c.1")


def test_older_master_keys_still_open_what_they_closed(settings: SimpleNamespace) -> None:
    sealed = crypto.seal(b"old", bound_to="t.c.1")
    newer = crypto._text(os.urandom(32)).replace("-", "+").replace("_", "/")
    settings.FIELD_KEYS = [f"newer:{newer}", *settings.FIELD_KEYS]
    assert crypto.unseal(sealed, bound_to="t.c.1") == b"old"
    assert crypto.seal(b"new", bound_to="t.c.1").split("|")[1] == "newer"
    settings.FIELD_KEYS = [f"newer:{newer}"]
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(sealed, bound_to="t.c.1")


def test_a_destroyed_data_key_erases() -> None:
    with pytest.raises(crypto.CustomerErased):
        crypto.open_data_key("", "crm_customer.data_key.1")


def test_an_index_is_keyed_and_keeps_kinds_apart(settings: SimpleNamespace) -> None:
    index = crypto.blind_index("mobile", "13900000000")
    assert index == crypto.blind_index("mobile", "13900000000")
    assert index != crypto.blind_index("account", "13900000000")
    settings.BLIND_INDEX_KEY = "another key"
    assert index != crypto.blind_index("mobile", "13900000000")


@pytest.mark.parametrize("typed", ["王", "小明", "王小", "王小明", "w", "wx", "WXM", " 王 小 "])
def test_a_name_is_found_by_part_or_by_initials(typed: str) -> None:
    assert set(crypto.query_tokens(typed)) <= set(crypto.search_tokens("王小明"))


@pytest.mark.parametrize("typed", ["李", "王明", "xm", "wxmm"])
def test_another_name_is_not_found(typed: str) -> None:
    assert not set(crypto.query_tokens(typed)) <= set(crypto.search_tokens("王小明"))


def test_nothing_typed_asks_for_nothing() -> None:
    assert crypto.query_tokens("  ") == []
