"""Calls that claim to be WeChat's: proved, decrypted, or refused."""

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.wechat import crypto
from notifications.wechat.crypto import CallbackRefused, Credentials
from sandbox.wechat import callback

MINE = Credentials("spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2")
PLAIN = replace(MINE, encoding_aes_key="")
THEN, NONCE = "1409735669", "1320562132"
XML = "<xml><Content><![CDATA[hi]]></Content></xml>"
ENCRYPTED = (
    "jn1L23DB+6ELqJ+6bruv2/TOBDxeuYC08L+jHetba3bUhd4zkj1htYczIMZs2XpXW668ChznsglIzTq9kyQc/gh8MZwykulbgC6XrG0B"
    "LRwReXHGuXw0KJNBelLsy2qG"
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=200)


def query(*parts: str, name: str = "signature", at: float | None = None) -> dict[str, str]:
    timestamp = str(int(at if at is not None else time.time()))
    signed = crypto.signature(MINE.token, timestamp, NONCE, *parts)
    return {"timestamp": timestamp, "nonce": NONCE, name: signed}


def sealed(xml: str, mine: Credentials = MINE) -> tuple[dict[str, str], bytes]:
    encrypted = crypto.encrypt(xml, credentials=mine)
    return query(encrypted, name="msg_signature"), f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()


def refused(given: Mapping[str, str], body: bytes, mine: Credentials = MINE) -> str:
    with pytest.raises(CallbackRefused) as caught:
        crypto.read_message(given, body, credentials=mine)
    return str(caught.value)


# --- Vectors (domain 6.1) -----------------------------------------------------------------------
def test_the_vector_of_the_server_verification() -> None:
    assert crypto.signature("spamtest", THEN, NONCE) == "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"


def test_the_vector_of_the_encryption() -> None:
    assert crypto.encrypt(XML, credentials=MINE, random=b"aaaabbbbccccdddd") == ENCRYPTED


def test_the_vector_of_the_decryption() -> None:
    assert crypto.decrypt(ENCRYPTED, credentials=MINE) == XML


def test_the_vector_of_the_message_s_signature() -> None:
    signed = crypto.signature("spamtest", THEN, NONCE, ENCRYPTED)
    assert signed == "9c6c27fed0826ec06499c370dd40629ef568f17d"


# --- The server's address -----------------------------------------------------------------------
def test_the_console_gets_its_echo_back() -> None:
    assert crypto.verify_server({**query(), "echostr": "42"}, credentials=MINE) == "42"


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"signature": "签名"},
        {"nonce": "1"},
        {"timestamp": "yesterday"},
        {"timestamp": "\ud800"},
    ],
)
def test_a_stranger_gets_nothing(change: dict[str, str]) -> None:
    with pytest.raises(CallbackRefused):
        crypto.verify_server({**query(), "echostr": "42"} | change, credentials=MINE)


def test_without_a_token_of_our_own_nobody_is_believed() -> None:
    nobody = replace(MINE, token="")
    timestamp = str(int(time.time()))
    forged = {
        "timestamp": timestamp,
        "nonce": NONCE,
        "signature": crypto.signature("", timestamp, NONCE),
    }
    with pytest.raises(CallbackRefused):
        crypto.verify_server(forged, credentials=nobody)


@pytest.mark.parametrize("drift", [-400, 400])
def test_an_old_call_is_refused(drift: int) -> None:
    with pytest.raises(CallbackRefused, match="timestamp"):
        crypto.verify_server(query(at=time.time() + drift), credentials=MINE)


# --- Messages -----------------------------------------------------------------------------------
@given(text=TEXT)
def test_what_was_encrypted_is_read(text: str) -> None:
    xml = f"<xml><Content><![CDATA[{text.replace(']]>', '')}]]></Content></xml>"
    assert crypto.decrypt(crypto.encrypt(xml, credentials=MINE), credentials=MINE) == xml


@given(text=TEXT)
def test_both_sides_encrypt_alike(text: str) -> None:
    encrypted = callback.encrypt(text, MINE.encoding_aes_key, MINE.app_id)
    assert crypto.decrypt(encrypted, credentials=MINE) == text


def test_a_sealed_message_is_opened() -> None:
    assert crypto.read_message(*sealed(XML), credentials=MINE) == {"Content": "hi"}


def test_a_plain_message_is_read_where_the_account_has_no_key() -> None:
    assert crypto.read_message(query(), XML.encode(), credentials=PLAIN) == {"Content": "hi"}


def test_an_account_with_a_key_takes_no_plain_message() -> None:
    """The plain signature leaves the body out, so anybody who saw one could write a body of his own."""
    assert refused({**query(), "encrypt_type": "raw"}, XML.encode()) == "signature"


def test_a_message_for_another_account_is_refused() -> None:
    assert refused(*sealed(XML, replace(MINE, app_id="wx0000000000000000"))) == "app id"


def test_a_signature_over_other_contents_is_refused() -> None:
    given_query, _ = sealed(XML)
    _, body = sealed("<xml><Content>other</Content></xml>")
    assert refused(given_query, body) == "signature"


@pytest.mark.parametrize("encrypted", ["", "AAAA", "not base64!", "A" * 43 + "=", ENCRYPTED[:-24] + "A" * 24])
def test_a_broken_envelope_is_refused_without_saying_where(encrypted: str) -> None:
    body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
    assert refused(query(encrypted, name="msg_signature"), body) in ("envelope", "app id")


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>',
        "<!DOCTYPE xml><xml><Content>hi</Content></xml>",
        "<xml><Content>hi</xml>",
        "",
    ],
)
def test_entities_and_broken_xml_are_refused(xml: str) -> None:
    assert refused(query(), xml.encode(), PLAIN) == "xml"


def test_a_huge_body_is_not_looked_at() -> None:
    assert refused(query(), b"<xml>" + b" " * 70_000 + b"</xml>", PLAIN) == "too large"


@pytest.mark.parametrize("key", ["short", "!" * 43])
def test_a_wrong_key_in_the_settings_is_told(key: str) -> None:
    broken = replace(MINE, encoding_aes_key=key)
    body = f"<xml><Encrypt>{ENCRYPTED}</Encrypt></xml>".encode()
    assert refused(query(ENCRYPTED, name="msg_signature"), body, broken)


def test_a_reply_is_sealed_and_signed() -> None:
    reply = crypto.parse(crypto.write_reply(XML, nonce=NONCE, credentials=MINE).encode())
    signed = crypto.signature(MINE.token, reply["TimeStamp"], NONCE, reply["Encrypt"])
    assert reply["MsgSignature"] == signed
    assert crypto.decrypt(reply["Encrypt"], credentials=MINE) == XML
