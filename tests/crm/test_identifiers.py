"""Identifiers: the standards' samples hold, and the errors that check digits can catch are caught."""

import re
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm.identifiers import (
    InvalidIdentifier,
    Registration,
    Sex,
    age_on,
    bank_card,
    credit_check_character,
    credit_code,
    identity_card_years,
    identity_check_character,
    identity_number,
    luhn_holds,
    mobile,
    organisation_check_character,
)

TODAY = date(2026, 11, 24)
SAMPLE_IDENTITY = "11010519491231002X"
SAMPLE_CREDIT_CODE = "91350100M000100Y43"
SAMPLE_CARD = "6222020402000000016"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

birth_dates = st.dates(date(1900, 1, 1), TODAY)


def an_identity_number(*, area: str = "999999", birth: str = "19900101", sequence: str = "001") -> str:
    first_17 = area + birth + sequence
    return first_17 + identity_check_character(first_17)


def a_credit_code(*, kind: str = "91", area: str = "131000", organisation: str = "MA0CDEF0") -> str:
    first_17 = kind + area + organisation + organisation_check_character(organisation)
    return first_17 + credit_check_character(first_17)


def refusal_of_identity(text: str, *, allow_test_area: bool = True) -> str:
    with pytest.raises(InvalidIdentifier) as refused:
        identity_number(text, on=TODAY, allow_test_area=allow_test_area)
    return refused.value.code


def refusal_of_credit_code(text: str) -> str:
    with pytest.raises(InvalidIdentifier) as refused:
        credit_code(text)
    return refused.value.code


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    birth = draw(birth_dates)
    sequence = draw(st.integers(0, 999))
    area = draw(st.sampled_from(["131002", "110105", "999999", "830000"]))
    return an_identity_number(area=area, birth=f"{birth:%Y%m%d}", sequence=f"{sequence:03}")


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    organisation = draw(st.text(CREDIT_ALPHABET, min_size=8, max_size=8))
    area = draw(st.integers(110000, 659999))
    return a_credit_code(
        kind=draw(st.sampled_from(["91", "92", "93", "12"])), area=str(area), organisation=organisation
    )


@st.composite
def cards(draw: st.DrawFn) -> str:
    body = "62" + draw(st.from_regex(r"[0-9]{13,16}", fullmatch=True))
    return next(body + check for check in "0123456789" if luhn_holds(body + check))


# --- resident identity ----------------------------------------------------------------------------------


def test_the_sample_of_the_standard_tells_birth_and_sex() -> None:
    person = identity_number(SAMPLE_IDENTITY, on=TODAY)
    assert (person.number, person.birth_on, person.sex) == (SAMPLE_IDENTITY, date(1949, 12, 31), Sex.FEMALE)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 110105 19491231 002X ",
        "110105-19491231-002x",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_what_people_type_becomes_the_normal_form(typed: str) -> None:
    assert identity_number(typed, on=TODAY).number == SAMPLE_IDENTITY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1101051949123100",
        "11010519491231002Y",
        "X1010519491231002X",
        "１1010519491231002XX",
        "11010519491231002X0",
    ],
)
def test_a_wrong_form_is_refused(text: str) -> None:
    assert refusal_of_identity(text) == "identity_number_format"


def test_a_number_of_fifteen_digits_is_no_longer_valid() -> None:
    assert refusal_of_identity("110105491231002") == "identity_number_old"


def test_a_wrong_check_character_is_refused() -> None:
    assert refusal_of_identity("110105194912310021") == "identity_number_checksum"


@pytest.mark.parametrize("birth", ["19900230", "19901301", "20261125", "18991231", "00000000"])
def test_a_birth_date_is_real_past_and_of_this_era(birth: str) -> None:
    assert refusal_of_identity(an_identity_number(birth=birth)) == "identity_number_birth_date"


def test_who_is_born_today_has_a_number() -> None:
    assert identity_number(an_identity_number(birth="20261124"), on=TODAY, allow_test_area=True).birth_on == TODAY


def test_the_test_area_needs_its_flag() -> None:
    number = an_identity_number(area="999999")
    assert identity_number(number, on=TODAY, allow_test_area=True).number == number
    assert refusal_of_identity(number, allow_test_area=False) == "identity_number_area"


@pytest.mark.parametrize("area", ["000000", "991234", "201234"])
def test_an_area_of_no_province_is_refused_even_in_tests(area: str) -> None:
    assert refusal_of_identity(an_identity_number(area=area)) == "identity_number_area"


@given(identity_numbers())
def test_a_made_number_reads_back(number: str) -> None:
    person = identity_number(number, on=TODAY, allow_test_area=True)
    assert f"{person.birth_on:%Y%m%d}" == number[6:14]
    assert (person.sex is Sex.MALE) == (int(number[16]) % 2 == 1)


@given(identity_numbers(), st.integers(0, 16), st.integers(1, 9))
def test_any_single_wrong_digit_is_caught(number: str, place: int, off_by: int) -> None:
    """MOD 11-2 catches every single substitution: the weights are prime to 11, digits differ by less."""
    wrong = number[:place] + str((int(number[place]) + off_by) % 10) + number[place + 1 :]
    assert refusal_of_identity(wrong) == "identity_number_checksum"


@given(identity_numbers(), st.integers(0, 16))
def test_any_adjacent_swap_is_caught(number: str, place: int) -> None:
    """Neighbouring weights differ modulo 11, so a swap of two different digits shows."""
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert refusal_of_identity(swapped) in {"identity_number_checksum", "identity_number_format"}


@given(st.text(max_size=25) | st.from_regex(r"\d{17}[\dXx]", fullmatch=True))
def test_any_text_is_taken_or_refused(text: str) -> None:
    """Digits of other scripts, surrogates, lone X: nothing gets through to another exception."""
    try:
        outcome = identity_number(text, on=TODAY).number
    except InvalidIdentifier as refused:
        outcome = refused.code
    assert re.fullmatch(r"identity_number_[a-z_]+|\d{17}[\dX]", outcome, re.ASCII)


def test_a_refusal_does_not_repeat_the_number() -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        identity_number("110105194912310021", on=TODAY)
    assert "19491231" not in str(refused.value) + repr(refused.value)
    assert isinstance(refused.value, ValueError)
    assert str(refused.value) == "identity_number_checksum: 身份证号码校验码不正确,请核对"


# --- unified social credit code -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number,registration",
    [
        (SAMPLE_CREDIT_CODE, Registration.ENTERPRISE),
        ("91131000MA0CDEF02A", Registration.ENTERPRISE),
        ("92131000MA0CDEF027", Registration.SOLE_PROPRIETOR),
    ],
)
def test_credit_code_samples_hold(number: str, registration: Registration) -> None:
    code = credit_code(number.lower())
    assert (code.number, code.registration, code.organisation_code) == (number, registration, number[8:17])


@pytest.mark.parametrize(
    "text", ["", "91350100M000100Y4", "9I350100M000100Y43", "91350A00M000100Y43", "91350100M000100S43"]
)
def test_a_credit_code_of_wrong_form_is_refused(text: str) -> None:
    assert refusal_of_credit_code(text) == "credit_code_format"


def test_both_check_characters_of_a_credit_code_are_checked() -> None:
    assert refusal_of_credit_code("91350100M000100Y44") == "credit_code_checksum"
    wrong_inside = "91350100M000100Y5"
    assert refusal_of_credit_code(wrong_inside + credit_check_character(wrong_inside)) == "credit_code_organisation"


def test_the_test_area_of_a_credit_code_needs_its_flag() -> None:
    number = a_credit_code(area="999999")
    assert credit_code(number, allow_test_area=True).number == number
    assert refusal_of_credit_code(number) == "credit_code_area"


@given(credit_codes(), st.integers(0, 17), st.integers(1, 30))
def test_any_single_wrong_character_of_a_credit_code_is_caught(number: str, place: int, off_by: int) -> None:
    """The alphabet is as large as its prime modulus: every substitution shows, or breaks the form."""
    wrong_one = CREDIT_ALPHABET[(CREDIT_ALPHABET.index(number[place]) + off_by) % 31]
    wrong = number[:place] + wrong_one + number[place + 1 :]
    assert refusal_of_credit_code(wrong) in {"credit_code_checksum", "credit_code_format"}


@given(credit_codes(), st.integers(0, 16))
def test_any_adjacent_swap_in_a_credit_code_is_caught(number: str, place: int) -> None:
    """3 is a primitive root of 31: no two weights are alike."""
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert refusal_of_credit_code(swapped) in {"credit_code_checksum", "credit_code_format"}


# --- bank card ------------------------------------------------------------------------------------------


def test_a_card_is_taken_with_its_spaces() -> None:
    card = bank_card("6222 0204 0200 0000 016")
    assert (card.number, card.passes_luhn) == (SAMPLE_CARD, True)


def test_only_a_unionpay_card_must_pass_luhn() -> None:
    assert bank_card("1310020402000000017").passes_luhn is False
    with pytest.raises(InvalidIdentifier) as refused:
        bank_card("6222020402000000017")
    assert refused.value.code == "bank_card_checksum"


@pytest.mark.parametrize("text", ["", "622202040200000", "62220204020000000160", "622202040200000001a"])
def test_a_card_has_sixteen_to_nineteen_digits(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        bank_card(text)
    assert refused.value.code == "bank_card_format"


@given(cards(), st.data())
def test_luhn_catches_any_single_wrong_digit(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    off_by = data.draw(st.integers(1, 9))
    wrong = number[:place] + str((int(number[place]) + off_by) % 10) + number[place + 1 :]
    assert not luhn_holds(wrong)


@given(cards(), st.data())
def test_luhn_catches_any_adjacent_swap_but_nine_and_nought(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 2))
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert luhn_holds(swapped) == ({number[place], number[place + 1]} == {"0", "9"})


# --- mobile, age, validity ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["13812341234", "+86 138 1234 1234", "86-138-1234-1234", "008613812341234", "１３８１２３４１２３４"],
)
def test_a_mobile_has_one_normal_form(typed: str) -> None:
    assert mobile(typed) == "13812341234"


@pytest.mark.parametrize("text", ["", "12812341234", "1381234123", "138123412345", "0316-2345678", "+1 3812341234"])
def test_what_is_no_mobile_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        mobile(text)
    assert refused.value.code == "mobile_format"


@pytest.mark.parametrize(
    "birth_on,on,age",
    [
        (date(2008, 11, 24), date(2026, 11, 23), 17),
        (date(2008, 11, 24), date(2026, 11, 24), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_age_counts_whole_years(birth_on: date, on: date, age: int) -> None:
    assert age_on(birth_on, on) == age


@given(birth_dates, birth_dates, birth_dates)
def test_nobody_grows_younger(one: date, two: date, three: date) -> None:
    born, earlier, later = sorted((one, two, three))
    assert 0 <= age_on(born, earlier) <= age_on(born, later)


@pytest.mark.parametrize(
    "age,years", [(0, 5), (15, 5), (16, 10), (25, 10), (26, 20), (45, 20), (46, None), (100, None)]
)
def test_an_identity_card_lasts_by_age(age: int, years: int | None) -> None:
    assert identity_card_years(age) == years


def test_no_card_before_birth() -> None:
    with pytest.raises(ValueError, match="newly born"):
        identity_card_years(-1)
