"""What is wrong with a document, or worth a second look: checksums, ages, validity, issuing rules (domain 5.1, 5.3).

Pure: values in normal form in, remarks out. None of them changes a value; the RM does, with the card in his hand.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crm.identifiers import InvalidIdentifier, age_on, bank_card, credit_code, identity_card_years, identity_number
from loans.blocker import Blocker
from loans.ocr.fields import LONG_TERM

Values = Mapping[str, str]

ADULT = 18
SECOND_GENERATION = date(2004, 1, 1)
"""From this day cards of today's kind were issued (居民身份证法); the older kind ended on 2013-01-01."""
_YEARS = {5, 10, 20}


@dataclass(frozen=True)
class Remark(Blocker):
    """One thing to look at; `is_warning`: it may well be right."""

    is_warning: bool = False


@dataclass(frozen=True)
class Surroundings:
    """What is known besides the document: the day, and the person as entered, where the remark is about him."""

    today: date
    warning_days: int = 30
    accept_test_area: bool = False
    name: str = ""
    number: str = ""
    born: date | None = None


def remarks(kind: str, values: Values, around: Surroundings) -> list[Remark]:
    """Everything that is to be said about a document."""
    return list(_RULES[kind](values, around))


# --- Identity card -------------------------------------------------------------------------------
def _front(values: Values, around: Surroundings) -> Iterable[Remark]:
    yield from _number(values.get("number", ""), values, around)
    if around.name and values.get("name") and values["name"] != around.name:
        yield Remark("name_differs", "证件姓名与录入姓名不一致，请核对", "name")
    if values.get("name") and not re.fullmatch(r"[\u3400-\u9fff]+(·[\u3400-\u9fff]+)*", values["name"]):
        yield Remark("name_unusual", "姓名含有非汉字字符，请核对", "name", is_warning=True)
    for name, label in (("ethnicity", "民族"), ("address", "住址")):
        if not values.get(name):
            yield Remark("field_unread", f"{label}未能识别，请补录", name, is_warning=True)


def _number(number: str, values: Values, around: Surroundings) -> Iterable[Remark]:
    try:
        told = identity_number(number, on=around.today, allow_test_area=around.accept_test_area)
    except InvalidIdentifier as invalid:
        yield Remark(invalid.code, invalid.message_zh, "number")
        return
    if values.get("sex") and (values["sex"] == "男") != (told.sex.value == "MALE"):
        yield Remark("sex_differs", "性别与身份证号码不一致", "sex")
    if values.get("born") and values["born"] != told.birth_on.isoformat():
        yield Remark("birth_differs", "出生日期与身份证号码不一致", "born")
    if age_on(told.birth_on, around.today) < ADULT:
        yield Remark("under_age", "证件持有人未满18周岁", "number")
    if around.number and told.number != around.number:
        yield Remark("number_differs", "证件号码与录入号码不一致，请核对", "number")


def _back(values: Values, around: Surroundings) -> Iterable[Remark]:
    if not re.search("公安(局|分局)$|公安局.*分局$", values.get("authority", "")):
        yield Remark("authority_unusual", "签发机关通常为公安机关，请核对", "authority", is_warning=True)
    from_, until = _day(values.get("valid_from")), _day(values.get("valid_until"))
    if from_ is None:
        yield Remark("validity_unread", "有效期未能识别，请补录", "valid_from")
        return
    if from_ > around.today:
        yield Remark("issued_in_future", "有效期起始日晚于今日", "valid_from")
    if from_ < SECOND_GENERATION:
        yield Remark("issued_too_early", "第二代居民身份证自2004年起签发，请核对起始日", "valid_from")
    if until is None and values.get("valid_until") != LONG_TERM:
        yield Remark("validity_unread", "有效期截止日未能识别，请补录", "valid_until")
        return
    yield from _issuing(from_, until, around)
    yield from _expiry(until, around, "card", "身份证", "valid_until")


def _issuing(from_: date, until: date | None, around: Surroundings) -> Iterable[Remark]:
    """居民身份证法 art. 5: valid for 5, 10 or 20 years or for life, by the age at issue."""
    years = None if until is None else until.year - from_.year
    if until is not None and (years not in _YEARS or until not in _anniversaries(from_, years or 0)):
        yield Remark("validity_impossible", "有效期应为5年、10年、20年或长期", "valid_until")
        return
    if around.born is None or from_ < around.born:
        return
    if identity_card_years(age_on(around.born, from_)) != years:
        yield Remark("validity_does_not_fit_age", "有效期与签发时的年龄不符，请核对", "valid_until")


def _anniversaries(day: date, years: int) -> set[date]:
    """The day in so many years; cards of 29 February end on the day before or after."""
    try:
        return {day.replace(year=day.year + years)}
    except ValueError:
        return {date(day.year + years, 2, 28), date(day.year + years, 3, 1)}


def _expiry(until: date | None, around: Surroundings, code: str, what: str, field: str) -> Iterable[Remark]:
    if until is None:
        return
    if until < around.today:
        yield Remark(f"{code}_expired", f"{what}已于{until:%Y-%m-%d}到期", field)
    elif until <= around.today + timedelta(days=around.warning_days):
        yield Remark(f"{code}_expires_soon", f"{what}将于{until:%Y-%m-%d}到期", field, is_warning=True)


# --- Licence, bank card --------------------------------------------------------------------------
def _licence(values: Values, around: Surroundings) -> Iterable[Remark]:
    code = values.get("code", "")
    try:
        credit_code(code, allow_test_area=around.accept_test_area)
    except InvalidIdentifier as invalid:
        yield Remark(invalid.code, invalid.message_zh, "code")
    else:
        if values.get("type") and ("个体" in values["type"]) != code.startswith("92"):
            yield Remark("type_does_not_fit_code", "主体类型与统一社会信用代码不符，请核对", "type", is_warning=True)
    if around.name and values.get("representative") and values["representative"] != around.name:
        yield Remark(
            "representative_differs", "法定代表人（经营者）不是借款人，请核对", "representative", is_warning=True
        )
    founded = _day(values.get("founded"))
    if founded is not None and founded > around.today:
        yield Remark("founded_in_future", "成立日期晚于今日", "founded")
    yield from _expiry(_day(values.get("term")), around, "licence", "营业执照", "term")


def _bank_card(values: Values, around: Surroundings) -> Iterable[Remark]:
    try:
        card = bank_card(values.get("number", ""))
    except InvalidIdentifier as invalid:
        yield Remark(invalid.code, invalid.message_zh, "number")
        return
    if not card.passes_luhn:
        yield Remark(
            "bank_card_checksum_unusual", "卡号校验位不符，请核对（部分旧账号除外）", "number", is_warning=True
        )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


_RULES: dict[str, Callable[[Values, Surroundings], Iterable[Remark]]] = {
    "IDENTITY_FRONT": _front,
    "IDENTITY_BACK": _back,
    "LICENCE": _licence,
    "BANK_CARD": _bank_card,
}
