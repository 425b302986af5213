"""Every refusal of a JSON Schema in Chinese. A keyword without a sentence here would show English: a test forbids it.

Words of the schema that only lead to others (`properties`, `items`, `allOf`, `if`, `$ref` …) never refuse themselves.
"""

from collections.abc import Callable
from typing import Any

from jsonschema import ValidationError

from aladdin.money import yuan
from crm.identifiers import InvalidIdentifier
from loans.forms.formats import SAID

Say = Callable[[ValidationError, str], str]

_TYPES = {
    "string": "文本",
    "integer": "整数",
    "number": "数字",
    "boolean": "是或否",
    "object": "一组内容",
    "array": "列表",
    "null": "空值",
}


def message(error: ValidationError, label: str) -> str:
    """What is wrong, for the person who filled in the field called `label`."""
    own = error.schema.get("x-messages", {}) if isinstance(error.schema, dict) else {}
    keyword = str(error.validator) if error.validator is not None else "false"
    return str(own[keyword]) if keyword in own else SENTENCES[keyword](error, label)


def _type(error: ValidationError, label: str) -> str:
    said: Any = error.validator_value
    wanted = said if isinstance(said, list) else [said]
    return f"{label}须为{'或'.join(_TYPES.get(str(each), str(each)) for each in wanted)}"


def _enum(error: ValidationError, label: str) -> str:
    known = _of(error).get("x-enum-labels", {})
    chosen = known.get(error.instance) if isinstance(error.instance, str) else None
    return f"本产品不支持{label}“{chosen}”" if chosen else f"{label}不在可选范围内"


def _range(error: ValidationError, label: str) -> str:
    """Both ends where there are two, so that nobody has to try twice."""
    schema = _of(error)
    low = schema.get("x-minimum", schema.get("minimum"))
    high = schema.get("x-maximum", schema.get("maximum"))
    show = _money if schema.get("format") == "money" else _number
    unit = str(schema.get("x-unit", ""))
    if low is not None and high is not None:
        return f"{label}须在{show(low, '' if show is _number else unit)}至{show(high, unit)}之间"
    return f"{label}不能小于{show(low, unit)}" if low is not None else f"{label}不能大于{show(high, unit)}"


def _money(bound: Any, unit: str) -> str:
    return f"{yuan(bound)}{unit}"


def _number(bound: Any, unit: str) -> str:
    return f"{bound}{'个月' if unit == '月' else unit}"


def _format(error: ValidationError, label: str) -> str:
    if isinstance(error.cause, InvalidIdentifier):
        return error.cause.message_zh
    return f"{label}{SAID.get(str(error.validator_value), '格式不正确')}"


def _pattern(error: ValidationError, label: str) -> str:
    shape = str(_of(error).get("format", ""))
    return f"{label}{SAID[shape]}" if shape in SAID else f"{label}格式不正确"


def _too_short(error: ValidationError, label: str) -> str:
    least = error.validator_value
    return f"请填写{label}" if least == 1 else f"{label}至少{least}个字"


def _bound(words: str) -> Say:
    """`words` with the label and the keyword's own value in them."""
    return lambda error, label: words.format(label=label, value=error.validator_value)


def _of(error: ValidationError) -> dict[str, Any]:
    return error.schema if isinstance(error.schema, dict) else {}


SENTENCES: dict[str, Say] = {
    "required": _bound("请填写{label}"),
    "dependentRequired": _bound("请填写{label}"),
    "type": _type,
    "enum": _enum,
    "const": _bound("{label}只能是“{value}”"),
    "minimum": _range,
    "maximum": _range,
    "x-minimum": _range,
    "x-maximum": _range,
    "exclusiveMinimum": _bound("{label}须大于{value}"),
    "exclusiveMaximum": _bound("{label}须小于{value}"),
    "multipleOf": _bound("{label}须为{value}的整数倍"),
    "minLength": _too_short,
    "maxLength": _bound("{label}不能超过{value}个字"),
    "pattern": _pattern,
    "format": _format,
    "x-not-after": lambda error, label: f"{label}不能晚于{_day(error.validator_value)}",
    "x-not-before": lambda error, label: f"{label}不能早于{_day(error.validator_value)}",
    "minItems": _bound("{label}至少填写{value}项"),
    "maxItems": _bound("{label}最多填写{value}项"),
    "uniqueItems": _bound("{label}有重复"),
    "contains": _bound("{label}缺少必需的一项"),
    "minContains": _bound("{label}至少须有{value}项符合要求"),
    "maxContains": _bound("{label}最多可有{value}项符合要求"),
    "minProperties": _bound("{label}至少填写{value}处"),
    "maxProperties": _bound("{label}最多填写{value}处"),
    "additionalProperties": _bound("{label}不是本表单的内容"),
    "unevaluatedProperties": _bound("{label}不是本表单的内容"),
    "unevaluatedItems": _bound("{label}中有多余的内容"),
    "anyOf": _bound("{label}不符合任何一种允许的填法"),
    "oneOf": _bound("{label}须且只须符合一种允许的填法"),
    "not": _bound("{label}不允许这样填写"),
    "false": _bound("{label}不允许填写"),
}


def _day(bound: Any) -> str:
    return "今天" if bound == "today" else str(bound)
