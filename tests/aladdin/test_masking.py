"""A mask hides what it should; what is not what it should be is hidden whole."""

import doctest

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aladdin import masking

HAN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


def test_the_examples_hold() -> None:
    assert doctest.testmod(masking).failed == 0
    assert doctest.testmod(masking).attempted >= 10


def shown(length: int) -> st.SearchStrategy[str]:
    return st.text("01234", min_size=length, max_size=length)


def hidden(length: int) -> st.SearchStrategy[str]:
    """Digits that the shown part never has, so that finding one is finding a leak."""
    return st.text("56789", min_size=length, max_size=length)


@given(shown(2), hidden(4), shown(4))
def test_a_mobile_hides_its_middle(head: str, middle: str, tail: str) -> None:
    masked = masking.mobile(f"1{head}{middle}{tail}")
    assert masked == f"1{head}****{tail}"
    assert not set(middle) & set(masked)


@given(shown(1), hidden(16), shown(1) | st.just("X"))
def test_an_identity_number_in_a_list_shows_two_characters(first: str, middle: str, last: str) -> None:
    masked = masking.identity_number_in_list(first + middle + last)
    assert masked == f"{first}{'*' * 16}{last}"
    assert not set(middle) & set(masked)


@given(shown(3), hidden(11), shown(4))
def test_an_identity_number_never_shows_the_birthday(first: str, middle: str, last: str) -> None:
    masked = masking.identity_number_for_owner(first + middle + last)
    assert masked == f"{first}{'*' * 11}{last}"
    assert not set(middle) & set(masked)


@given(shown(4), st.integers(8, 11).flatmap(hidden), shown(4))
def test_a_card_hides_its_middle_and_its_length(first: str, middle: str, last: str) -> None:
    assert masking.bank_card(first + middle + last) == f"{first} **** **** {last}"
    assert masking.bank_card_in_list(first + middle + last) == f"**** {last}"


@given(st.text())
def test_what_is_no_number_is_hidden_whole(text: str) -> None:
    assume(len(text) not in {11, 18} and not (len(text) >= 12 and text.isdecimal()))
    for masked in (
        masking.mobile(text),
        masking.identity_number_in_list(text),
        masking.identity_number_for_owner(text),
        masking.bank_card(text),
        masking.bank_card_in_list(text),
    ):
        assert set(masked) <= {"*", " "}


@pytest.mark.parametrize(
    "full,masked",
    [
        ("张三", "张*"),
        ("张小明", "张*明"),
        ("张三丰儿", "张**儿"),
        ("欧阳修", "欧阳*"),
        ("欧阳娜娜", "欧阳**"),
        ("司马", "司*"),  # two characters: a surname and a given name
        ("李", "*"),
        ("", ""),
        ("John Smith", "J*** *****"),
        ("买买提·吐尔逊", "买**·***"),
        (" 张三 ", "张*"),
    ],
)
def test_a_name_keeps_its_surname(full: str, masked: str) -> None:
    assert masking.name(full) == masked


@given(st.text(HAN, min_size=2, max_size=6))
def test_a_name_has_a_star_for_each_hidden_character(full: str) -> None:
    masked = masking.name(full)
    assert len(masked) == len(full)
    assert masked.count("*") == max(1, len(full) - 2)
    assert masked[0] == full[0]


@given(st.sampled_from(["欧阳", "司马", "诸葛", "上官"]), st.text(HAN, min_size=1, max_size=3))
def test_a_compound_surname_hides_the_whole_given_name(surname: str, given_name: str) -> None:
    assert masking.name(surname + given_name) == surname + "*" * len(given_name)


@pytest.mark.parametrize(
    "full,masked",
    [
        ("河北省廊坊市广阳区新华路12号3单元", "河北省廊坊市广阳区****"),
        ("广阳区新华路12号", "广阳区****"),
        ("北京朝阳区建国路1号", "北京朝阳区****"),
        ("河北省雄安新区容城县奥威路1号", "河北省雄安新区容城县****"),
        ("湖南省常德市津市市孟姜女大道", "湖南省常德市津市市****"),
        ("内蒙古自治区呼伦贝尔市鄂温克族自治旗巴彦托海镇", "内蒙古自治区呼伦贝尔市鄂温克族自治旗****"),
        ("河北省霸州市益津中路", "河北省霸州市****"),
        ("河北省廊坊市阳光小区3号楼", "河北省****"),  # 小区 is no district
        ("河北省廊坊市新华路长安区12号", "河北省****"),  # a district's name in a street's place
        ("张三家住霸州市", "****"),
        ("阳光小区3号楼", "****"),
        ("", "****"),
    ],
)
def test_an_address_ends_at_its_district(full: str, masked: str) -> None:
    assert masking.address(full) == masked


@given(st.text(HAN + "路号小区单元楼0123456789", min_size=1, max_size=20))
def test_an_address_never_shows_the_street(street: str) -> None:
    assert masking.address("河北省廊坊市广阳区" + street) == "河北省廊坊市广阳区****"


@pytest.mark.parametrize(
    "full,masked",
    [
        ("廊坊市安次区华兴建材有限公司", "廊坊市****有限公司"),
        ("河北华兴科技股份有限公司", "河北****股份有限公司"),
        ("华兴建材有限责任公司", "华****有限责任公司"),
        ("廊坊市张三超市", "廊坊市****超市"),
        ("王五夜市烧烤店", "王****店"),  # 夜市 is no city
        ("张三饭店", "****"),  # nothing would be left to hide
        ("张三", "****"),
        ("", "****"),
    ],
)
def test_a_business_keeps_region_and_legal_form(full: str, masked: str) -> None:
    assert masking.business_name(full) == masked


@given(st.text(HAN, min_size=2, max_size=8))
def test_a_trade_name_is_gone(trade_name: str) -> None:
    assert masking.business_name(f"廊坊市{trade_name}有限公司") == "廊坊市****有限公司"


@pytest.mark.parametrize(
    "full,masked",
    [
        ("zhangsan@example.com", "z***@example.com"),
        ("z@example.com", "***@example.com"),
        ("no address", "***"),
        ("z@", "***"),
        ('"a@b"@example.com', '"***@example.com'),
    ],
)
def test_an_e_mail_keeps_first_letter_and_domain(full: str, masked: str) -> None:
    assert masking.email(full) == masked
