"""The register of kinds: complete, and safe for a third party's eyes."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from notifications import notice_texts
from notifications.kinds import KINDS, Kind, Severity, checked_values
from notifications.models import Notice
from notifications.variables import VARIABLES
from notifications.wechat import messages, texts

SAMPLES = {name: variable.sample for name, variable in VARIABLES.items()}


def written(kind: Kind, **changed: str) -> Notice:
    values = checked_values(kind, {name: SAMPLES[name] for name in kind.variables} | changed)
    text = notice_texts.shipped(kind).filled(values)
    return Notice(kind=kind.code, title=text.title, body=text.body, values=values, created_at=clock.now())


def fields_of(notice: Notice) -> dict[str, str]:
    return texts.fields_with(notice, notice_texts.HINT)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_is_complete(kind: Kind) -> None:
    assert kind.severity in Severity
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", kind.code)
    assert re.fullmatch(r"[a-z-]*", kind.subject)
    assert messages.fit("thing1", written(kind).title) == written(kind).title, "WeChat shows the whole title"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_wechat_learns_neither_name_nor_amount_nor_number(kind: Kind) -> None:
    fields = fields_of(written(kind))
    messages.check(fields)
    said = " ".join(fields.values())
    for secret in ("娜", "1234567", "1,234,567", "JK20261124001", "收入证明"):
        assert secret not in said


@given(st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=1, max_size=80))
def test_whatever_a_customer_is_called_the_fields_fit_and_hide_most_of_it(name: str) -> None:
    if not name.strip():
        return
    notice = written(KINDS["customer.large_withdrawal"], customer=name)
    messages.check(fields_of(notice))
    clear = "".join(name.split())
    if len(clear) > 1:
        assert clear not in notice.body


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_amounts_are_shown_to_the_fen_in_the_app(amount: Decimal) -> None:
    assert f"{amount:,.2f}元" in written(KINDS["customer.large_withdrawal"], amount=str(amount)).body
