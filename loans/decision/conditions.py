"""The language of rules: comparisons of known facts, joined by and, or, not. Nothing is executed, nothing loops.

A condition is a JSON document:

    {"all": [condition, …]}   {"any": [condition, …]}   {"not": condition}
    {"fact": "age", "is": "<", "than": operand}          with  <  <=  >  >=  =  !=  in  contains
    {"fact": "age", "is": "known"}                       or    "unknown"

and an operand is one of `{"fact": code}`, `{"parameter": code}`, `{"number": "55"}`, `{"text": code}`,
`{"texts": [code, …]}`, `{"yes": true}`. `checked` refuses whatever is not of that form or compares unlike things;
what it lets through can be put to any facts: the answer is true, false, or not known (Kleene's three values).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt, ne
from typing import Any, TypeAlias

from loans.decision.catalogue import CATALOGUE, NUMBERS, Kind, Value

DEEPEST, LARGEST = 6, 60

Truth: TypeAlias = bool | None
Look: TypeAlias = Callable[[str], Value]
Limit: TypeAlias = Callable[[str], Decimal]


class ConditionInvalid(ValueError):
    """The document is no condition; `where` is the path to what is wrong, the message is Chinese."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}：{message}")
        self.where, self.message = where, message


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_EQUAL: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne}
_KNOWN = ("known", "unknown")


# --- Reading -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Operand:
    """What a fact is compared with: exactly one of a fact, a parameter, or a value."""

    fact: str = ""
    parameter: str = ""
    value: Value = None

    def read(self, look: Look, limit: Limit) -> Value:
        if self.fact:
            return look(self.fact)
        return limit(self.parameter) if self.parameter else self.value


@dataclass(frozen=True)
class Comparison:
    """One fact against one operand."""

    fact: str
    how: str
    operand: Operand | None


@dataclass(frozen=True)
class Joined:
    """`all`, `any` or `not` of conditions."""

    how: str
    parts: tuple["Condition", ...]


Condition: TypeAlias = Comparison | Joined


def checked(document: Any) -> Condition:
    """The condition that the document says. Raises ConditionInvalid."""
    found = _condition(document, "条件", 1)
    if sum(1 for _ in _each(found)) > LARGEST:
        raise ConditionInvalid("条件", f"比较过多（最多{LARGEST}项）")
    return found


def _condition(document: Any, where: str, depth: int) -> Condition:
    if not isinstance(document, dict):
        raise ConditionInvalid(where, "须为对象")
    if depth > DEEPEST:
        raise ConditionInvalid(where, f"嵌套过深（最多{DEEPEST}层）")
    if "fact" in document:
        return _comparison(document, where)
    if len(document) != 1 or next(iter(document)) not in {"all", "any", "not"}:
        raise ConditionInvalid(where, "须为 all、any、not 之一或一项比较")
    ((how, inner),) = document.items()
    parts = [inner] if how == "not" else inner
    if not isinstance(parts, list) or not parts:
        raise ConditionInvalid(f"{where}.{how}", "须为非空列表")
    return Joined(how, tuple(_condition(each, f"{where}.{how}[{n}]", depth + 1) for n, each in enumerate(parts)))


def _comparison(document: dict[str, Any], where: str) -> Comparison:
    code, how = document.get("fact"), document.get("is")
    if not isinstance(code, str) or code not in CATALOGUE:
        raise ConditionInvalid(where, f"没有名为“{code}”的事实")
    if how in _KNOWN:
        _only(document, {"fact", "is"}, where)
        return Comparison(code, str(how), None)
    _only(document, {"fact", "is", "than"}, where)
    operand = _operand(document.get("than"), f"{where}.than")
    if how not in _allowed(CATALOGUE[code].kind, _kind_of(operand)):
        raise ConditionInvalid(where, f"“{CATALOGUE[code].label}”不能用“{how}”与该值比较")
    return Comparison(code, str(how), operand)


def _only(document: dict[str, Any], names: set[str], where: str) -> None:
    if set(document) != names:
        raise ConditionInvalid(where, f"须恰有 {'、'.join(sorted(names))}")


def _operand(document: Any, where: str) -> Operand:
    if not isinstance(document, dict) or len(document) != 1:
        raise ConditionInvalid(where, "须为 fact、parameter、number、text、texts、yes 之一")
    ((name, said),) = document.items()
    match name, said:
        case "fact", str() if said in CATALOGUE:
            return Operand(fact=said)
        case "parameter", str() if said:
            return Operand(parameter=said)
        case "number", str() | int() if not isinstance(said, bool):
            return Operand(value=_number(said, where))
        case "text", str() if said:
            return Operand(value=said)
        case "texts", list() if said and all(isinstance(each, str) and each for each in said):
            return Operand(value=frozenset(said))
        case "yes", bool():
            return Operand(value=said)
    raise ConditionInvalid(where, f"“{name}”的值不正确")


def _number(said: str | int, where: str) -> Decimal:
    try:
        found = Decimal(said)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > Decimal(10) ** 15:
        raise ConditionInvalid(where, "不是数字")
    return found


def _kind_of(operand: Operand) -> Kind:
    if operand.fact:
        return CATALOGUE[operand.fact].kind
    match operand.value:
        case bool():
            return Kind.YESNO
        case str():
            return Kind.TEXT
        case frozenset():
            return Kind.TEXTS
    return Kind.COUNT


def _allowed(left: Kind, right: Kind) -> set[str]:
    """By which signs these two may be compared."""
    if left in NUMBERS and right in NUMBERS:
        return {*_ORDER, *_EQUAL}
    if (left, right) == (Kind.TEXT, Kind.TEXTS):
        return {"in"}
    if (left, right) == (Kind.TEXTS, Kind.TEXT):
        return {"contains"}
    return set(_EQUAL) if left == right and left in {Kind.TEXT, Kind.YESNO} else set()


# --- Asking --------------------------------------------------------------------------------------
def holds(condition: Condition, look: Look, limit: Limit) -> Truth:
    """Whether the condition is true of these facts; None where what is known does not settle it."""
    if isinstance(condition, Comparison):
        return _compare(condition, look, limit)
    parts = [holds(each, look, limit) for each in condition.parts]
    if condition.how == "not":
        return None if parts[0] is None else not parts[0]
    settles = condition.how == "any"
    if any(each is settles for each in parts):
        return settles
    return None if None in parts else not settles


def _compare(comparison: Comparison, look: Look, limit: Limit) -> Truth:
    left = look(comparison.fact)
    if comparison.operand is None:
        return (left is not None) == (comparison.how == "known")
    right = comparison.operand.read(look, limit)
    if left is None or right is None:
        return None
    if comparison.how == "in":
        return isinstance(right, frozenset) and left in right
    if comparison.how == "contains":
        return isinstance(left, frozenset) and right in left
    return (_ORDER.get(comparison.how) or _EQUAL[comparison.how])(left, right)


def facts_of(condition: Condition) -> list[str]:
    """The facts that the condition looks at, in its order, each once."""
    named = (name for each in _each(condition) for name in (each.fact, each.operand.fact if each.operand else ""))
    return list(dict.fromkeys(filter(None, named)))


def parameters_of(condition: Condition) -> list[str]:
    """The parameters that the condition compares with, in its order, each once."""
    named = (each.operand.parameter for each in _each(condition) if each.operand)
    return list(dict.fromkeys(filter(None, named)))


def _each(condition: Condition) -> Iterator[Comparison]:
    if isinstance(condition, Comparison):
        yield condition
        return
    for part in condition.parts:
        yield from _each(part)
