"""docs/asyncapi.yaml and the code say the same; every message in the other tests is held against it too."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import protocol, socket
from notifications.protocol import Close, Hello, Refused, said
from tests.notifications import asyncapi


@pytest.mark.parametrize("example", asyncapi.client_examples(), ids=lambda example: example["type"])
def test_what_the_document_shows_is_understood(example: dict[str, Any]) -> None:
    assert asyncapi.broken_by(example) == set()
    assert _outcome(json.dumps(example)) == "understood"


def test_the_document_names_every_message_and_no_other() -> None:
    assert asyncapi.types("receive") == set(protocol._SAID)
    told = re.findall(r'_say\("(\w+)"', Path(socket.__file__).read_text(encoding="utf-8"))
    assert asyncapi.types("send") == {*told, "notice", "board", "marks"}


def test_the_document_names_every_close_code() -> None:
    text = asyncapi.document()["info"]["description"]
    assert {int(code) for code in re.findall(r"\| (\d{4}) \|", text)} == {int(code) for code in Close}


@pytest.mark.parametrize(
    "text, code",
    [
        (None, "malformed"),
        ("{", "malformed"),
        ("[]", "malformed"),
        ('{"type":"ping","type":"ping"}', "malformed"),
        ('{"type":"ack","stream":"me","sequence":NaN}', "malformed"),
        (r'{"type":"\ud800"}', "malformed"),
        (r'{"type":"hello","token":"\u0000"}', "malformed"),
        ('{"type":"ack","stream":"me","sequence":' + "9" * 30 + "}", "malformed"),
        ('{"a":' * 40 + "1" + "}" * 40, "malformed"),
        ("{}", "unknown_type"),
        ('{"type":["hello"]}', "unknown_type"),
        ('{"type":"ack","stream":"me","sequence":-1}', "invalid"),
        ('{"type":"ack","stream":"me","sequence":true}', "invalid"),
        ('{"type":"ack","stream":"me","sequence":1.5}', "invalid"),
        ('{"type":"ack","stream":"branch:x","sequence":1}', "invalid"),
        ('{"type":"read","notice":"x"}', "invalid"),
        ('{"type":"read"}', "invalid"),
        ('{"type":"hello","token":5}', "invalid"),
        ('{"type":"hello","streams":[]}', "invalid"),
        ('{"type":"hello","streams":"me"}', "invalid"),
        ('{"type":"hello","streams":[{"stream":"me"},{"stream":"me"}]}', "invalid"),
        ('{"type":"hello","streams":[{"stream":"me","epoch":"x"}]}', "invalid"),
        ('{"type":"ping","x":"' + "x" * 20_000 + '"}', "too_long"),
    ],
)
def test_what_is_not_strict_is_refused(text: str | None, code: str) -> None:
    assert _outcome(text) == code


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "ack", "read", "ping", "x"]) | json_values},
    optional=dict.fromkeys(("token", "device_id", "streams", "stream", "sequence", "notice"), json_values),
)


@given(messages | json_values)
def test_whatever_comes_is_understood_as_documented_or_refused(value: Any) -> None:
    outcome = _outcome(json.dumps(value))
    assert outcome in {"understood", "malformed", "unknown_type", "invalid"}
    if outcome == "understood":
        # The name of a stream is judged with the rights, not with the form.
        assert asyncapi.broken_by(value) <= {"pattern"}


def _outcome(text: str | None) -> str:
    try:
        said(text)
    except Refused as refused:
        return refused.code
    return "understood"


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_no_text_is_a_fault(text: str) -> None:
    with pytest.raises(Refused):
        said(text + "]")


def test_a_hello_does_not_show_its_token() -> None:
    hello = said('{"type":"hello","token":"s3cret","device_id":"d"}')
    assert isinstance(hello, Hello)
    assert "s3cret" not in f"{hello!r} {hello}"
