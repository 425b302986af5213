"""Identity numbers, unified social credit codes, bank cards and mobile numbers: checked, in normal form.

The checks are our own few lines: they are short, public standards, and the usual library (python-stdnum)
is LGPL and knows neither the bank's rule for area codes nor its rule for cards.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
_EARLIEST_BIRTH = date(1900, 1, 1)
# GB/T 2260: the provinces; 81 to 83 are residence permits for people of Hong Kong, Macau and Taiwan.
_PROVINCES = frozenset(
    {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46}
    | {50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83}
)
_TEST_AREA = "999999"  # assigned to no place: made-up people can belong to nobody

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_CARD = re.compile(r"\d{16,19}", re.ASCII)


class InvalidIdentifier(ValueError):
    """A number that cannot be what it is given for.

    `code` is stable and for programs, `message_zh` for the person who typed it. Neither repeats the number:
    both may end up in a log.
    """

    def __init__(self, code: str, message_zh: str) -> None:
        super().__init__(code, message_zh)
        self.code = code
        self.message_zh = message_zh

    def __str__(self) -> str:
        return f"{self.code}: {self.message_zh}"


class Sex(StrEnum):
    """As the sequence part of an identity number tells it."""

    MALE = "MALE"
    FEMALE = "FEMALE"


class Registration(StrEnum):
    """What a unified social credit code says its holder is registered as."""

    ENTERPRISE = "ENTERPRISE"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
    FARMERS_COOPERATIVE = "FARMERS_COOPERATIVE"
    OTHER = "OTHER"


@dataclass(frozen=True)
class ResidentIdentity:
    """A checked resident identity number and what it tells."""

    number: str
    birth_on: date
    sex: Sex


@dataclass(frozen=True)
class CreditCode:
    """A checked unified social credit code and what it tells."""

    number: str
    registration: Registration
    organisation_code: str


@dataclass(frozen=True)
class BankCard:
    """A card or account number; where `passes_luhn` is false, warn the person who typed it."""

    number: str
    passes_luhn: bool


def identity_number(text: str, *, on: date, allow_test_area: bool = False) -> ResidentIdentity:
    """The resident identity number (GB 11643-1999), checked as of the business date `on`.

    Numbers of 15 digits ended on 2013-01-01 (居民身份证法). The unassigned area 999999 is taken only where
    `allow_test_area` says so, for tests and the demo bank.

    Raises:
        InvalidIdentifier: identity_number_format, identity_number_old, identity_number_checksum,
            identity_number_area, identity_number_birth_date.
    """
    number = _plain(text)
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        raise InvalidIdentifier("identity_number_old", "15位旧身份证号码已停用,请使用18位身份证号码")
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise InvalidIdentifier("identity_number_format", "身份证号码应为18位数字,末位可为X")
    if identity_check_character(number[:17]) != number[17]:
        raise InvalidIdentifier("identity_number_checksum", "身份证号码校验码不正确,请核对")
    if not _is_area(number[:6], allow_test_area=allow_test_area):
        raise InvalidIdentifier("identity_number_area", "身份证号码的地区代码不存在")
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    return ResidentIdentity(number, _birth_date(number[6:14], on=on), sex)


def credit_code(text: str, *, allow_test_area: bool = False) -> CreditCode:
    """The unified social credit code (GB 32100-2015), with the organisation code in it (GB 11714).

    Raises:
        InvalidIdentifier: credit_code_format, credit_code_checksum, credit_code_organisation,
            credit_code_area.
    """
    number = _plain(text)
    if not re.fullmatch(f"[{_CREDIT_ALPHABET}]{{2}}\\d{{6}}[{_CREDIT_ALPHABET}]{{10}}", number, re.ASCII):
        raise InvalidIdentifier("credit_code_format", "统一社会信用代码应为18位数字或大写字母(不含I、O、S、V、Z)")
    if credit_check_character(number[:17]) != number[17]:
        raise InvalidIdentifier("credit_code_checksum", "统一社会信用代码校验码不正确,请核对")
    if organisation_check_character(number[8:16]) != number[16]:
        raise InvalidIdentifier("credit_code_organisation", "统一社会信用代码中的组织机构代码校验码不正确")
    if number[2:8] == _TEST_AREA and not allow_test_area:
        raise InvalidIdentifier("credit_code_area", "统一社会信用代码的登记机关行政区划码不存在")
    return CreditCode(number, _registration(number[:2]), number[8:17])


def bank_card(text: str) -> BankCard:
    """The card or account number, 16 to 19 digits.

    Cards that begin with 62 (UnionPay) must pass the Luhn check. Some old accounts do not, so that
    any other number is taken and says whether it passes.

    Raises:
        InvalidIdentifier: bank_card_format, bank_card_checksum.
    """
    number = _plain(text)
    if not _CARD.fullmatch(number):
        raise InvalidIdentifier("bank_card_format", "银行卡号应为16至19位数字")
    passes = luhn_holds(number)
    if number.startswith("62") and not passes:
        raise InvalidIdentifier("bank_card_checksum", "银行卡号校验位不正确,请核对")
    return BankCard(number, passes)


def mobile(text: str) -> str:
    """The mobile number in normal form: 11 digits, without country code, spaces and dashes.

    Raises:
        InvalidIdentifier: mobile_format.
    """
    found = _MOBILE.fullmatch(_plain(text))
    if not found:
        raise InvalidIdentifier("mobile_format", "手机号码应为11位,以13至19开头")
    return found[1]


def age_on(birth_on: date, on: date) -> int:
    """Age in whole years (周岁); who was born on 29 February has the birthday on 1 March of other years."""
    return on.year - birth_on.year - ((on.month, on.day) < (birth_on.month, birth_on.day))


def identity_card_years(age: int) -> int | None:
    """For how many years an identity card issued at that age is valid; None: for life (长期).

    居民身份证法 art. 5: under 16 five years, 16 to 25 ten, 26 to 45 twenty, from 46 for life.
    """
    if age < 0:
        raise ValueError("nobody is younger than newly born")
    return next((years for below, years in ((16, 5), (26, 10), (46, 20)) if age < below), None)


def identity_check_character(first_17: str) -> str:
    """The last character of a resident identity number (ISO 7064 MOD 11-2)."""
    total = sum(weight * int(digit) for weight, digit in zip(_IDENTITY_WEIGHTS, first_17, strict=True))
    return _IDENTITY_CHECKS[total % 11]


def credit_check_character(first_17: str) -> str:
    """The last character of a unified social credit code."""
    values = (_CREDIT_ALPHABET.index(character) for character in first_17)
    total = sum(weight * value for weight, value in zip(_CREDIT_WEIGHTS, values, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def organisation_check_character(first_8: str) -> str:
    """The last character of an organisation code (GB 11714), in which A counts 10 and Z 35."""
    values = (int(character, 36) for character in first_8)
    total = sum(weight * value for weight, value in zip(_ORGANISATION_WEIGHTS, values, strict=True))
    return "0123456789X"[-total % 11]


def luhn_holds(digits: str) -> bool:
    """Whether the digits pass the Luhn check: from the right, every second one doubled."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(int(digit) for digit in digits[::-2]) + sum(doubled)) % 10 == 0


def normal_form(text: str) -> str:
    """A number as it is kept: without what people type between digits, full-width forms made plain, in capitals."""
    return _plain(text)


def _plain(text: str) -> str:
    """Without what people type between digits, full-width forms made plain, in capitals."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()


def _is_area(code: str, *, allow_test_area: bool) -> bool:
    """Whether the area may stand in an identity number.

    Only the province is checked: cards keep the codes of districts that were merged long ago.
    """
    return int(code[:2]) in _PROVINCES or (allow_test_area and code == _TEST_AREA)


def _birth_date(digits: str, *, on: date) -> date:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        born = None
    if born is None or not _EARLIEST_BIRTH <= born <= on:
        raise InvalidIdentifier("identity_number_birth_date", "身份证号码中的出生日期不正确")
    return born


def _registration(authority_and_kind: str) -> Registration:
    return {
        "91": Registration.ENTERPRISE,
        "92": Registration.SOLE_PROPRIETOR,
        "93": Registration.FARMERS_COOPERATIVE,
    }.get(authority_and_kind, Registration.OTHER)
