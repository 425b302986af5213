"""The checker of forms: every word of JSON Schema has a Chinese sentence, and every fault its path."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from loans.forms import checking
from loans.forms.messages import SENTENCES

#: Words that only lead to other words, and never refuse themselves.
LEADS_ON = {
    "$dynamicRef",
    "$ref",
    "allOf",
    "dependentSchemas",
    "if",
    "items",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
}


def said(schema: dict[str, Any], document: Any, *, partial: bool = False) -> dict[str, list[str]]:
    return checking.by_path(checking.faults(schema, document, partial=partial))


def test_every_word_that_can_refuse_has_a_sentence() -> None:
    words = set(Draft202012Validator.VALIDATORS) | set(checking.OWN_WORDS) | {"minContains", "maxContains", "false"}
    assert words - LEADS_ON == set(SENTENCES)


FIELD = "f"
REFUSALS: list[tuple[dict[str, Any], Any, str]] = [
    ({"type": "string"}, 1, "金额须为文本"),
    ({"type": ["string", "integer"]}, [], "金额须为文本或整数"),
    ({"enum": ["A"], "x-enum-labels": {"A": "甲", "B": "乙"}}, "B", "本产品不支持金额“乙”"),
    ({"enum": ["A"]}, "C", "金额不在可选范围内"),
    ({"const": "A"}, "B", "金额只能是“A”"),
    ({"minimum": 3, "maximum": 60, "x-unit": "月"}, 2, "金额须在3至60个月之间"),
    ({"minimum": 3}, 2, "金额不能小于3"),
    ({"maximum": 3}, 4, "金额不能大于3"),
    ({"exclusiveMinimum": 3}, 3, "金额须大于3"),
    ({"exclusiveMaximum": 3}, 3, "金额须小于3"),
    ({"multipleOf": 100}, 150, "金额须为100的整数倍"),
    ({"minLength": 1}, "", "请填写金额"),
    ({"minLength": 2}, "一", "金额至少2个字"),
    ({"maxLength": 1}, "一二", "金额不能超过1个字"),
    ({"pattern": "^a$"}, "b", "金额格式不正确"),
    ({"pattern": "^a$", "x-messages": {"pattern": "只能是a"}}, "b", "只能是a"),
    ({"format": "date"}, "2026-02-30", "金额须为有效日期（如2026-01-31）"),
    ({"format": "money", "pattern": r"^\d+$"}, "x", "金额须为金额，最多两位小数"),
    ({"format": "area"}, "000000", "金额不是有效的行政区划代码（6位）"),
    ({"format": "mobile"}, "123", "手机号码应为11位,以13至19开头"),
    ({"format": "credit-code"}, "123", "统一社会信用代码应为18位数字或大写字母(不含I、O、S、V、Z)"),
    ({"format": "identity-number"}, "11010119900307001X", "身份证号码校验码不正确,请核对"),
    ({"format": "uuid"}, "x", "金额不是有效的标识"),
    (
        {"format": "money", "x-minimum": "1000", "x-maximum": "2000.5", "x-unit": "元"},
        "999.99",
        "金额须在1,000.00元至2,000.50元之间",
    ),
    ({"format": "decimal", "x-maximum": "100", "x-unit": "%"}, "100.01", "金额不能大于100%"),
    ({"x-not-after": "2026-01-31"}, "2026-02-01", "金额不能晚于2026-01-31"),
    ({"x-not-before": "2026-01-31"}, "2026-01-30", "金额不能早于2026-01-31"),
    ({"x-not-after": "today"}, "2999-01-01", "金额不能晚于今天"),
    ({"minItems": 1}, [], "金额至少填写1项"),
    ({"maxItems": 1}, [1, 2], "金额最多填写1项"),
    ({"uniqueItems": True}, [1, 1], "金额有重复"),
    ({"contains": {"const": 1}}, [2], "金额缺少必需的一项"),
    ({"contains": {"const": 1}, "minContains": 2}, [1, 2], "金额至少须有2项符合要求"),
    ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "金额最多可有1项符合要求"),
    ({"minProperties": 1}, {}, "金额至少填写1处"),
    ({"maxProperties": 1}, {"a": 1, "b": 2}, "金额最多填写1处"),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "金额不能超过1个字"),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "金额不符合任何一种允许的填法"),
    ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1, "金额须且只须符合一种允许的填法"),
    ({"not": {"const": 1}}, 1, "金额不允许这样填写"),
    ({"prefixItems": [{}], "unevaluatedItems": False}, [1, 2], "金额中有多余的内容"),
]


@pytest.mark.parametrize("schema,value,sentence", REFUSALS, ids=lambda each: str(each)[:40])
def test_each_refusal_is_told_in_chinese_on_its_path(schema: dict[str, Any], value: Any, sentence: str) -> None:
    form = {"type": "object", "properties": {FIELD: {"title": "金额", **schema}}}
    assert said(form, {FIELD: value}) == {FIELD: [sentence]}


def test_a_place_where_nothing_may_stand() -> None:
    form = {"properties": {"a": False}}
    assert list(said(form, {"a": 1}).values()) == [["表单不允许填写"]]


OBJECT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "kind": {"title": "种类", "type": "string"},
        "value": {"title": "价值", "type": "string"},
        "rows": {
            "title": "押品",
            "type": "array",
            "items": {
                "type": "object",
                "title": "押品",
                "properties": {"id": {"type": "string"}, "size": {"title": "面积", "type": "integer"}},
                "required": ["id", "size"],
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
    "required": ["kind"],
    "allOf": [{"if": {"properties": {"kind": {"const": "A"}}, "required": ["kind"]}, "then": {"required": ["value"]}}],
    "dependentRequired": {"value": ["kind"]},
}


def test_everything_is_told_at_once_with_what_is_missing() -> None:
    assert said(OBJECT, {"rows": [{"id": "r1"}, {"id": "r2", "size": "x", "more": 1}], "other": 1}) == {
        "kind": ["请填写种类"],
        "rows.r1.size": ["请填写面积"],
        "rows.r2.size": ["面积须为整数"],
        "rows.r2.more": ["more不是本表单的内容"],
        "other": ["other不是本表单的内容"],
    }


def test_what_is_asked_under_a_condition() -> None:
    assert said(OBJECT, {"kind": "A"}) == {"value": ["请填写价值"]}
    assert said(OBJECT, {"kind": "B"}) == {}
    assert said(OBJECT, {"value": "1"}) == {"kind": ["请填写种类"]}


def test_a_part_may_lack_anything_but_the_id_of_a_row() -> None:
    assert said(OBJECT, {"rows": [{"size": 1}]}, partial=True) == {"rows.0.id": ["请填写id"]}
    assert said(OBJECT, {"kind": "A"}, partial=True) == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(document=json_values)
def test_whatever_is_sent_is_answered_in_chinese(document: Any) -> None:
    for found in said(OBJECT, document).values():
        for sentence in found:
            assert re.search("[\u4e00-\u9fff]", sentence)
