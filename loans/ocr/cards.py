"""Fields of a resident identity card (both sides) and of a bank card, found by their labels and places."""

import re
from collections.abc import Sequence

from crm.identifiers import (
    InvalidIdentifier,
    identity_check_character,
    luhn_holds,
)
from crm.identifiers import (
    bank_card as checked_card,
)
from loans.ocr.banks import bank_of
from loans.ocr.fields import LONG_TERM, Field, date_text, field_of
from loans.ocr.layout import Sheet, upright
from loans.ocr.lines import Line

#: GB/T 3304: the names of the nationalities of China.
_NATIONALITIES = (
    "汉,蒙古,回,藏,维吾尔,苗,彝,壮,布依,朝鲜,满,侗,瑶,白,土家,哈尼,哈萨克,傣,黎,傈僳,佤,畲,高山,拉祜,水,东乡,纳西,景颇,柯尔克孜,土"
    ",达斡尔,仫佬,羌,布朗,撒拉,毛南,仡佬,锡伯,阿昌,普米,塔吉克,怒,乌孜别克,俄罗斯,鄂温克,德昂,保安,裕固,京,塔塔尔,独龙,鄂伦春,赫哲,门巴"
    ",珞巴,基诺"
)
NATIONALITIES = frozenset(_NATIONALITIES.split(","))
FRONT_LANDMARKS = ("姓名", "性别|民族", "出生|年.*月", "住址", "公民|身份号码|\\d{15}")
BACK_LANDMARKS = ("中华人民|共和国", "居民身份", "签发|公安", "有效|期限|\\d{4}\\.\\d\\d")
BANK_LANDMARKS = ("银行|BANK", "\\d{4}.?\\d{4}", "VALID|THRU|银联|Union")

#: Letters that the engine takes digits for.
_AS_DIGITS = str.maketrans({"O": "0", "D": "0", "Q": "0", "I": "1", "L": "1", "|": "1", "Z": "2", "S": "5", "B": "8"})
_NAME = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf·•]+")
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})")
_DOTTED = r"(\d{4})[.·,/-]?(\d{2})[.·,/-]?(\d{2})"
_VALIDITY = re.compile(rf"{_DOTTED}[-—–~一至]*(?:{_DOTTED}|(长期?))?")


# --- Identity card, portrait side ----------------------------------------------------------------
def identity_front(lines: Sequence[Line]) -> tuple[list[Field], Sheet]:
    """Name, sex, nationality, birth, address and number; sex and birth borne out by the number."""
    sheet = upright(lines, FRONT_LANDMARKS)
    number, number_line = _identity_number(sheet)
    born, born_row = _born(sheet)
    fields = [_name(sheet), *_sex_and_nationality(sheet), born, _address(sheet, born_row, number_line), number]
    return _borne_out(fields, number.value), sheet


def _identity_number(sheet: Sheet) -> tuple[Field, Line | None]:
    best, where = Field("number", "", 0.0), None
    for row in sheet.rows():
        for part in (*row, *([_joined(row)] if len(row) > 1 else [])):
            text = re.sub(r"^.*?号码", "", part.plain.upper()).translate(_AS_DIGITS)
            found = re.search(r"\d{17}[\dX]", text)
            if found:
                field = field_of("number", found[0], [part]).proven(_number_holds(found[0]))
                if field.confidence > best.confidence:
                    best, where = field, part
    return best, where


def _number_holds(number: str) -> bool:
    return identity_check_character(number[:17]) == number[17]


def _name(sheet: Sheet) -> Field:
    lines = _after(sheet, "姓名?|^名")
    text = _NAME.search("".join(line.plain for line in lines).split("姓名")[-1])
    return field_of("name", text[0].replace("•", "·") if text else "", lines)


def _sex_and_nationality(sheet: Sheet) -> list[Field]:
    row = next((each for each in sheet.rows() if re.search("性别|民族", _text(each))), [])
    text = _text(row)
    sex = re.search("男|女", text)
    rest = text.rpartition("民族")[2] or text
    nationality = max((each for each in NATIONALITIES if rest.startswith(each)), key=len, default="")
    return [
        field_of("sex", sex[0] if sex else "", [line for line in row if re.search("男|女", line.text)]),
        field_of("ethnicity", nationality, [line for line in row if nationality and nationality in line.plain]),
    ]


def _born(sheet: Sheet) -> tuple[Field, list[Line]]:
    for row in sheet.rows():
        if found := _DAY.search(_text(row).translate(_AS_DIGITS)):
            return field_of("born", date_text(*found.groups()), row), row
    return Field("born", "", 0.0), []


def _address(sheet: Sheet, above: Sequence[Line], below: Line | None) -> Field:
    """All lines between birth and number, row by row; the label stands in the first of them or beside it."""
    if not above or below is None:
        return Field("address", "", 0.0)
    first, last = above[0].centre[1] + 0.6 * above[0].height, below.centre[1] - 0.6 * below.height
    lines = [line for row in sheet.rows() for line in row if first < line.centre[1] < last]
    text = "".join(re.sub("^(住址|住|址)", "", line.plain) for line in lines if not re.search("公民|号码", line.text))
    return field_of("address", text, lines)


def _borne_out(fields: list[Field], number: str) -> list[Field]:
    """Sex and day of birth stand in the number as well (GB 11643): each bears out the other."""
    if len(number) != 18:
        return fields
    told = {"sex": "男" if int(number[16]) % 2 else "女", "born": date_text(number[6:10], number[10:12], number[12:14])}
    return [each.proven(each.value == told[each.name]) if each.name in told and each.value else each for each in fields]


# --- Identity card, emblem side ------------------------------------------------------------------
def identity_back(lines: Sequence[Line]) -> tuple[list[Field], Sheet]:
    """Issuing authority and validity."""
    sheet = upright(lines, BACK_LANDMARKS)
    authority = _after(sheet, "签发机关|发机关")
    text = "".join(line.plain for line in authority)
    return [
        field_of("authority", re.sub("^.*?机关", "", text), authority),
        *_validity(sheet),
    ], sheet


def _validity(sheet: Sheet) -> list[Field]:
    for row in sheet.rows():
        found = _VALIDITY.search(re.sub("^.*?期限", "", _text(row)))
        if found:
            until = LONG_TERM if found[7] else date_text(found[4], found[5], found[6]) if found[4] else ""
            lines = [line for line in row if re.search(r"\d|长", line.text)]
            from_ = field_of("valid_from", date_text(found[1], found[2], found[3]), lines)
            return [from_, field_of("valid_until", until, lines)]
    return [Field("valid_from", "", 0.0), Field("valid_until", "", 0.0)]


# --- Bank card -----------------------------------------------------------------------------------
def bank_card(lines: Sequence[Line]) -> tuple[list[Field], Sheet]:
    """Number (Luhn) and bank. The day until which a card is valid is neither read nor kept (JR/T 0171 C3)."""
    sheet = upright(lines, BANK_LANDMARKS)
    number = max((_card_number(row) for row in sheet.rows()), key=lambda each: each.confidence, default=None)
    number = number or Field("number", "", 0.0)
    name, sure = bank_of(number.value, [(line.plain, line.score) for line in sheet.lines])
    return [number, Field("bank", name, sure)], sheet


def _card_number(row: Sequence[Line]) -> Field:
    """The longest run of digits of the row that can be a card's."""
    parts = [line for line in row if sum(char.isdigit() for char in line.plain) >= 4]
    text = re.sub(r"[\s\-.]", "", "".join(line.plain for line in parts).upper().translate(_AS_DIGITS))
    found = re.search(r"\d{16,19}", text)
    if not found:
        return Field("number", "", 0.0)
    field = field_of("number", found[0], parts)
    try:
        checked_card(found[0])
    except InvalidIdentifier:
        return field.proven(False)
    return field.proven(luhn_holds(found[0]))


# --- Lines ---------------------------------------------------------------------------------------
def _after(sheet: Sheet, label: str) -> list[Line]:
    """The lines of the row from the one with the label on."""
    for row in sheet.rows():
        for index, line in enumerate(row):
            if re.search(label, line.plain):
                return row[index:]
    return []


def _text(row: Sequence[Line]) -> str:
    return "".join(line.plain for line in row)


def _joined(row: Sequence[Line]) -> Line:
    """A row as one line, as unsure as its worst part."""
    first, last = row[0].corners, row[-1].corners
    return Line(_text(row), min(line.score for line in row), (first[0], last[1], last[2], first[3]))
