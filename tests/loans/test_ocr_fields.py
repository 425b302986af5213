"""From lines of text to fields: whichever way the card lay, and what the checks say of it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.identifiers import identity_card_years, identity_check_character
from loans.ocr import cards, licences, portrait, quality, rules
from loans.ocr.documents import DOCUMENTS, is_other_side, is_recognised
from loans.ocr.fields import Field
from loans.ocr.geometry import affine, moved, perspective, taken, turned
from loans.ocr.layout import upright
from loans.ocr.lines import Line
from loans.ocr.rules import Surroundings
from tests.loans.recorded import RECORDED, fields, lines

TODAY = date(2026, 11, 25)
AROUND = Surroundings(today=TODAY, accept_test_area=True)
FRONT = fields("front")


def found(kind: str, name: str) -> dict[str, Field]:
    read, _ = DOCUMENTS[kind].find(lines(name))
    return {each.name: each for each in read}


@pytest.mark.parametrize(
    "kind,name",
    [
        ("IDENTITY_FRONT", "front"),
        ("IDENTITY_FRONT", "front upside down"),
        ("IDENTITY_FRONT", "front sideways"),
        ("IDENTITY_BACK", "back"),
        ("IDENTITY_BACK", "back for life"),
        ("IDENTITY_BACK", "back sideways"),
        ("LICENCE", "licence of a firm"),
        ("LICENCE", "licence of a sole proprietor"),
        ("BANK_CARD", "bank card"),
    ],
)
def test_every_field_is_found_however_the_card_lay(kind: str, name: str) -> None:
    read = found(kind, name)
    assert {field: each.value for field, each in read.items() if each.value} == fields(name)
    assert all(0.5 < each.confidence <= 1 for each in read.values() if each.value)


def test_what_the_number_bears_out_is_surer_than_what_it_does_not() -> None:
    spoiled = [
        Line(each.text.replace("2003", "2004").replace("1990", "1991"), each.score, each.corners)
        if "年" in each.text or "出生" in each.text
        else each
        for each in lines("front upside down")
    ]
    good = {each.name: each for each in cards.identity_front(lines("front upside down"))[0]}
    bad = {each.name: each for each in cards.identity_front(spoiled)[0]}
    assert good["born"].confidence > 0.9
    assert bad["born"].confidence <= 0.3
    assert good["sex"].confidence == bad["sex"].confidence


def test_a_number_whose_check_digit_is_wrong_is_hardly_believed() -> None:
    number = FRONT["number"]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    spoiled = [Line(each.text.replace(number, wrong), each.score, each.corners) for each in lines("front")]
    read = {each.name: each for each in cards.identity_front(spoiled)[0]}
    assert (read["number"].value, read["number"].confidence) == (wrong, 0.3)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    number = FRONT["number"]
    spoiled = [
        Line(each.text.replace(number, number.replace("0", "O").replace("1", "l")), each.score, each.corners)
        for each in lines("front")
    ]
    assert {each.name: each.value for each in cards.identity_front(spoiled)[0]}["number"] == number


@pytest.mark.parametrize("kind", list(DOCUMENTS))
def test_a_picture_of_nothing_is_no_document(kind: str) -> None:
    document = DOCUMENTS[kind]
    read, _ = document.find(lines("nothing"))
    assert not is_recognised(document, read)
    assert not is_recognised(document, document.find([])[0])


def test_the_other_side_of_the_card_is_known_as_such() -> None:
    assert is_other_side("IDENTITY_FRONT", lines("back"))
    assert is_other_side("IDENTITY_BACK", lines("front"))
    assert not is_other_side("IDENTITY_BACK", lines("bank card"))
    assert not is_other_side("LICENCE", lines("front"))


def test_the_day_until_which_a_bank_card_is_valid_is_not_read() -> None:
    assert any("09/33" in each.text for each in lines("bank card"))
    assert set(found("BANK_CARD", "bank card")) == {"number", "bank"}


# --- The portrait --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["front", "front upside down", "front sideways"])
def test_the_portrait_is_found_where_it_is(name: str) -> None:
    _, sheet = cards.identity_front(lines(name))
    corners = portrait.corners(sheet)
    assert corners is not None
    meant = RECORDED[name]["portrait"]
    size = abs(meant[0][0] - meant[2][0]) + abs(meant[0][1] - meant[2][1])
    for (x, y), (u, v) in zip(corners, meant, strict=True):
        assert abs(x - u) + abs(y - v) < 0.12 * size


def test_no_portrait_where_too_little_was_read() -> None:
    _, sheet = cards.identity_front([each for each in lines("front") if "姓名" in each.text])
    assert portrait.corners(sheet) is None
    assert portrait.cut_out(b"", sheet) is None


# --- Geometry ------------------------------------------------------------------------------------
_SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 60.0), (0.0, 60.0)]


@given(st.floats(-180, 180), st.floats(-500, 500), st.floats(0.5, 3))
def test_a_plane_that_was_turned_moved_and_scaled_is_found_again(degrees: float, shift: float, scale: float) -> None:
    seen = [turned((x * scale + shift, y * scale), degrees) for x, y in _SQUARE]
    for fit, take in ((affine(_SQUARE, seen), moved), (perspective(_SQUARE, seen), taken)):
        for point, meant in zip(_SQUARE, seen, strict=True):
            assert take(point, fit) == pytest.approx(meant, abs=1e-3)


def test_points_on_a_line_span_no_plane() -> None:
    row = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]
    with pytest.raises(ValueError, match="span a plane"):
        affine(row, row)


@given(st.integers(0, 359))
def test_a_sheet_comes_upright_from_any_direction(degrees: int) -> None:
    texts = (("姓名 张三", 100), ("性别 男", 160), ("公民身份号码 1234", 400))
    lying = [
        Line(text, 1.0, tuple(turned((x, y + dy), degrees) for x, dy in ((50, 0), (250, 0), (250, 30), (50, 30))))
        for text, y in texts
    ]
    sheet = upright([_as_the_engine_orders(each) for each in lying], cards.FRONT_LANDMARKS)
    assert ["".join(line.text for line in row) for row in sheet.rows()] == [text for text, _ in texts]


def _as_the_engine_orders(line: Line) -> Line:
    """It names corners from the picture's top left, whichever way the text runs."""
    start = min(range(4), key=lambda place: sum(line.corners[place]))
    return Line(line.text, line.score, line.corners[start:] + line.corners[:start])


# --- Rules ---------------------------------------------------------------------------------------
def codes(kind: str, values: dict[str, str], around: Surroundings = AROUND) -> list[str]:
    said = rules.remarks(kind, values, around)
    assert all(each.detail for each in said)
    return [each.code for each in said]


def test_a_sound_card_gives_no_remark() -> None:
    around = Surroundings(
        today=TODAY, accept_test_area=True, name=FRONT["name"], number=FRONT["number"], born=date(1990, 3, 15)
    )
    assert codes("IDENTITY_FRONT", FRONT, around) == []
    assert codes("IDENTITY_BACK", fields("back"), around) == []
    assert codes("LICENCE", fields("licence of a firm")) == []
    assert codes("BANK_CARD", fields("bank card")) == []


@pytest.mark.parametrize(
    "changed,code",
    [
        ({"sex": "男"}, "sex_differs"),
        ({"born": "1990-03-16"}, "birth_differs"),
        ({"number": "999999199003151010"}, "identity_number_checksum"),
        ({"number": ""}, "identity_number_format"),
        ({"name": "王五"}, "name_differs"),
        ({"name": "岑金Z"}, "name_differs"),
        ({"ethnicity": ""}, "field_unread"),
    ],
)
def test_what_is_wrong_with_the_portrait_side(changed: dict[str, str], code: str) -> None:
    around = Surroundings(today=TODAY, accept_test_area=True, name=FRONT["name"], number=FRONT["number"])
    assert code in codes("IDENTITY_FRONT", {**FRONT, **changed}, around)


def test_another_persons_card_and_a_childs_card_are_noticed() -> None:
    child = "99999920150101001"
    child += identity_check_character(child)
    around = Surroundings(today=TODAY, accept_test_area=True, number=FRONT["number"])
    told = codes("IDENTITY_FRONT", {"number": child, "name": "小明", "ethnicity": "汉", "address": "x"}, around)
    assert told == ["under_age", "number_differs"]


def test_a_made_up_area_is_no_area_in_production() -> None:
    assert codes("IDENTITY_FRONT", FRONT, Surroundings(today=TODAY)) == ["identity_number_area"]


BACK = {"authority": "虚构市公安局", "valid_from": "2018-05-20", "valid_until": "2038-05-20"}


@pytest.mark.parametrize(
    "changed,told",
    [
        ({}, []),
        ({"authority": "虚构市税务局"}, ["authority_unusual"]),
        ({"valid_from": ""}, ["validity_unread"]),
        ({"valid_until": ""}, ["validity_unread"]),
        ({"valid_from": "2027-01-01", "valid_until": "2047-01-01"}, ["issued_in_future"]),
        ({"valid_from": "2003-06-01", "valid_until": "LONG_TERM"}, ["issued_too_early", "validity_does_not_fit_age"]),
        ({"valid_until": "2033-05-20"}, ["validity_impossible"]),
        ({"valid_until": "2038-05-21"}, ["validity_impossible"]),
        ({"valid_until": "2028-05-20"}, ["validity_does_not_fit_age"]),
        ({"valid_until": "LONG_TERM"}, ["validity_does_not_fit_age"]),
        ({"valid_from": "2006-11-24", "valid_until": "2016-11-24"}, ["card_expired"]),
        ({"valid_from": "2006-12-20", "valid_until": "2026-12-20"}, ["validity_does_not_fit_age", "card_expires_soon"]),
    ],
)
def test_what_is_wrong_with_the_emblem_side(changed: dict[str, str], told: list[str]) -> None:
    around = Surroundings(today=TODAY, born=date(1990, 3, 15))
    assert codes("IDENTITY_BACK", {**BACK, **changed}, around) == told


@given(born=st.dates(date(1940, 1, 1), date(2010, 1, 1)), from_=st.dates(date(2011, 1, 1), date(2026, 11, 1)))
def test_a_card_issued_by_the_law_is_never_doubted(born: date, from_: date) -> None:
    """居民身份证法 art. 5, whatever the ages."""
    age = from_.year - born.year - ((from_.month, from_.day) < (born.month, born.day))
    years = identity_card_years(age)
    try:
        until = "LONG_TERM" if years is None else from_.replace(year=from_.year + years).isoformat()
    except ValueError:
        until = date(from_.year + (years or 0), 2, 28).isoformat()
    told = codes(
        "IDENTITY_BACK", {**BACK, "valid_from": str(from_), "valid_until": until}, Surroundings(TODAY, born=born)
    )
    assert set(told) <= {"card_expired", "card_expires_soon"}


def test_licences_and_cards() -> None:
    firm, sole = fields("licence of a firm"), fields("licence of a sole proprietor")
    assert codes("LICENCE", {**firm, "code": firm["code"][:-1] + "0"})[0].startswith("credit_code_")
    assert codes("LICENCE", {**sole, "code": firm["code"]}) == ["type_does_not_fit_code"]
    assert codes("LICENCE", {**firm, "term": "2026-11-24"}) == ["licence_expired"]
    assert codes("LICENCE", {**firm, "term": str(TODAY + timedelta(days=30))}) == ["licence_expires_soon"]
    assert codes("LICENCE", {**firm, "founded": "2027-01-01"}) == ["founded_in_future"]
    borrower = Surroundings(today=TODAY, accept_test_area=True, name="别人")
    assert codes("LICENCE", firm, borrower) == ["representative_differs"]
    assert codes("BANK_CARD", {"number": "6222020402000000017"}) == ["bank_card_checksum"]
    assert codes("BANK_CARD", {"number": "9558800402000000017"}) == ["bank_card_checksum_unusual"]
    assert codes("BANK_CARD", {"number": "62"}) == ["bank_card_format"]


def test_a_licence_whose_columns_are_read_does_not_mix_them() -> None:
    read = {each.name: each.value for each in licences.licence(lines("licence of a firm"))[0]}
    assert "注册资本" not in read["type"]
    assert "号" in read["address"]
    assert "登记机关" not in read["scope"]


# --- Quality -------------------------------------------------------------------------------------
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_the_distance_of_texts_is_a_distance(one: str, other: str, third: str) -> None:
    assert quality.distance(one, one) == 0
    assert quality.distance(one, other) == quality.distance(other, one)
    assert (quality.distance(one, other) == 0) == (one == other)
    assert quality.distance(one, third) <= quality.distance(one, other) + quality.distance(other, third)
