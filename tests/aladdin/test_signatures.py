"""Signed calls: who may, what breaks a signature, and that the providers compute the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import signatures
from sandbox.signing import digest

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
KEYS = st.text(min_size=1, max_size=40).filter(lambda key: key.encode(errors="ignore").decode() == key)
NONCE = "nonce-00001"


@given(key=KEYS, body=st.binary(max_size=300))
def test_what_was_signed_is_accepted_and_names_its_nonce(key: str, body: bytes) -> None:
    headers = signatures.sign(key, body, now=NOON)
    assert signatures.verify(key, headers, body, now=NOON) == headers["X-Nonce"]


@given(body=st.binary(max_size=100), other=st.binary(max_size=100))
def test_another_body_is_refused(body: bytes, other: bytes) -> None:
    headers = signatures.sign("key", body, now=NOON)
    if body == other:
        assert signatures.verify("key", headers, other, now=NOON)
    else:
        with pytest.raises(signatures.SignatureWrong):
            signatures.verify("key", headers, other, now=NOON)


@pytest.mark.parametrize("header", ["X-Timestamp", "X-Nonce", "X-Signature"])
def test_each_header_is_needed(header: str) -> None:
    headers = signatures.sign("key", b"{}", now=NOON)
    for without in ({**headers, header: ""}, {k: v for k, v in headers.items() if k != header}):
        with pytest.raises(signatures.SignatureMissing):
            signatures.verify("key", without, b"{}", now=NOON)


@pytest.mark.parametrize(
    "header,value",
    [
        ("X-Timestamp", "1772424001"),
        ("X-Timestamp", "12e8"),
        ("X-Timestamp", "٣"),
        ("X-Timestamp", "9" * 400),
        ("X-Nonce", "another-nonce"),
        ("X-Nonce", "with.a.dot"),
        ("X-Signature", "0" * 64),
        ("X-Signature", "签名"),
        ("X-Signature", "\ud800"),
    ],
)
def test_a_changed_header_is_refused(header: str, value: str) -> None:
    headers = {**signatures.sign("key", b"{}", now=NOON, nonce=NONCE), header: value}
    with pytest.raises(signatures.SignatureWrong):
        signatures.verify("key", headers, b"{}", now=NOON)


def test_another_key_is_refused() -> None:
    headers = signatures.sign("key", b"{}", now=NOON)
    with pytest.raises(signatures.SignatureWrong):
        signatures.verify("other key", headers, b"{}", now=NOON)


@pytest.mark.parametrize("drift", [timedelta(seconds=-300), timedelta(0), timedelta(seconds=300)])
def test_clocks_may_differ_by_five_minutes(drift: timedelta) -> None:
    headers = signatures.sign("key", b"{}", now=NOON)
    assert signatures.verify("key", headers, b"{}", now=NOON + drift)


@pytest.mark.parametrize("drift", [timedelta(seconds=-301), timedelta(seconds=301), timedelta(days=400)])
def test_beyond_that_it_is_expired(drift: timedelta) -> None:
    headers = signatures.sign("key", b"{}", now=NOON)
    with pytest.raises(signatures.SignatureExpired):
        signatures.verify("key", headers, b"{}", now=NOON + drift)


def test_only_the_key_s_holder_learns_that_it_is_expired() -> None:
    headers = signatures.sign("other key", b"{}", now=NOON)
    with pytest.raises(signatures.SignatureWrong):
        signatures.verify("key", headers, b"{}", now=NOON + timedelta(days=1))


def test_header_names_count_in_any_case() -> None:
    headers = {name.lower(): value for name, value in signatures.sign("key", b"", now=NOON).items()}
    assert signatures.verify("key", headers, b"", now=NOON)


@pytest.mark.parametrize("nonce", ["", "short", "with.a.dot", "x" * 65, "nönce-00001", "nonce-0001\n"])
def test_a_nonce_that_could_be_cut_elsewhere_is_not_signed(nonce: str) -> None:
    with pytest.raises(ValueError, match="nonce"):
        signatures.sign("key", b"", now=NOON, nonce=nonce)


def test_an_empty_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="key"):
        signatures.sign("", b"{}", now=NOON)


def test_two_signatures_of_one_body_differ_in_their_nonce() -> None:
    first, second = (signatures.sign("key", b"{}", now=NOON) for _ in range(2))
    assert first["X-Nonce"] != second["X-Nonce"]


@given(key=KEYS, body=st.binary(max_size=100))
def test_the_providers_compute_the_same(key: str, body: bytes) -> None:
    headers = signatures.sign(key, body, now=NOON, nonce=NONCE)
    assert headers["X-Signature"] == digest(key, headers["X-Timestamp"], NONCE, body)
