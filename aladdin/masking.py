"""Personal data as others may see it (domain 5.4).

What a mask hides is gone from the text; what does not look like what it should be is hidden whole, so that
a wrong value in a field never shows more than a right one.
"""

import csv
import gzip
import re
from functools import cache
from io import StringIO
from pathlib import Path

_AREAS = Path(__file__).parent / "data" / "areas.csv.gz"
_STARS = "****"

_COMPOUND_SURNAME = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|司空|长孙|宇文|端木|百里|东郭|南宫|西门|北堂"
    "|轩辕|钟离|闻人|公羊|澹台|公冶|宗政|濮阳|淳于|单于|太叔|申屠|仲孙|鲜于|闾丘|亓官|司寇|颛孙|乐正|壤驷"
    "|拓跋|夹谷|谷梁|段干|呼延|左丘|巫马|公西|漆雕|万俟|第五|独孤|赫连|纳兰|完颜|南门|太史|刘付|那拉|叶赫|爱新"
)
_DOTS = frozenset("·•‧・ ")

_PROVINCE = (
    "(?:北京市?|天津市?|上海市?|重庆市?|内蒙古(?:自治区)?|广西(?:壮族自治区)?|西藏(?:自治区)?"
    "|宁夏(?:回族自治区)?|新疆(?:维吾尔自治区)?|香港(?:特别行政区)?|澳门(?:特别行政区)?"
    "|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西"
    "|甘肃|青海|台湾)省?)"
)
# A street, a number or a shop cannot be part of a city's name.
_CITY = r"(?:[^\W\da-zA-Z_路街巷道弄号院楼村镇乡超店]{2,10}?(?:自治州|地区|盟|市)|(?:河北)?雄安新区)"
_BEFORE_DISTRICT = re.compile(f"{_PROVINCE}?{_CITY}?")
_AT_LEAST_PROVINCE = re.compile(_PROVINCE)
# Where the bank is at home; 市 alone would take 王五夜市烧烤店 for a city.
_HOME = "(?:(?:石家庄|唐山|秦皇岛|邯郸|邢台|保定|张家口|承德|沧州|廊坊|衡水)市?|雄安新区)"
_REGION = re.compile(f"{_PROVINCE}?{_HOME}?")

_LEGAL_FORM = re.compile(
    "(?:(?:(?:股份|集团)?有限(?:责任)?)?公司|(?:普通|有限)?合伙企业|个人独资企业|(?:专业)?合作社|事务所"
    "|经营部|经销部|服务部|门市部|工作室|商行|商店|超市|饭店|餐厅|集团|中心|工厂|厂|店|馆|部|行|社)$"
)


def mobile(number: str) -> str:
    """First three and last four digits.

    >>> mobile("13812341234")
    '138****1234'
    >>> mobile("0316-2345678")
    '************'
    """
    if re.fullmatch(r"1\d{10}", number, re.ASCII):
        return _kept(number, first=3, last=4)
    return "*" * len(number)


def identity_number_in_list(number: str) -> str:
    """First and last character of a resident identity number: what lists show.

    >>> identity_number_in_list("11010519491231002X")
    '1****************X'
    """
    return _identity_number(number, first=1, last=1)


def identity_number_for_owner(number: str) -> str:
    """First three and last four characters: what the managing RM sees.

    Never the first six with the last four: with the birthday known, that is the whole number.

    >>> identity_number_for_owner("11010519491231002X")
    '110***********002X'
    """
    return _identity_number(number, first=3, last=4)


def bank_card(number: str) -> str:
    """First four and last four digits; the stars do not tell the length.

    >>> bank_card("6222020402000000016")
    '6222 **** **** 0016'
    """
    if not re.fullmatch(r"\d{12,}", number, re.ASCII):
        return f"{_STARS} {_STARS}"
    return f"{number[:4]} {_STARS} {_STARS} {number[-4:]}"


def bank_card_in_list(number: str) -> str:
    """Last four digits only: what lists show.

    >>> bank_card_in_list("6222020402000000016")
    '**** 0016'
    """
    if not re.fullmatch(r"\d{12,}", number, re.ASCII):
        return _STARS
    return f"{_STARS} {number[-4:]}"


def name(full: str) -> str:
    """The surname; of a longer given name its last character as well.

    A compound surname stays whole with the given name hidden. A name with a dot or in Latin letters keeps
    its first character only.

    >>> name("张三"), name("张小明"), name("欧阳娜娜"), name("司马光")
    ('张*', '张*明', '欧阳**', '司马*')
    >>> name("买买提·吐尔逊")
    '买**·***'
    """
    full = full.strip()
    if full.isascii() or _DOTS & set(full):
        return full[:1] + "".join(letter if letter in _DOTS else "*" for letter in full[1:])
    if len(full) > 2 and _COMPOUND_SURNAME.match(full):
        return _kept(full, first=2, last=0)
    return _kept(full, first=1, last=1 if len(full) > 2 else 0)


def business_name(full: str) -> str:
    """The region and the legal form; the trade name and the line of business are hidden.

    The bank's own rule: a firm's name is public, but that it banks here is not, and a sole proprietor's
    firm often bears the owner's name. A name that does not begin with a
    province or a city of the home region keeps its first character. The stars do not
    tell the length.

    >>> business_name("廊坊市华兴建材有限公司")
    '廊坊市****有限公司'
    >>> business_name("河北张三餐饮店"), business_name("华兴建材有限责任公司")
    ('河北****店', '华****有限责任公司')
    """
    full = full.strip()
    form = _found(_LEGAL_FORM.search(full))
    core = full.removesuffix(form)
    shown = _found(_REGION.match(core)) or core[:1]
    if len(core) - len(shown) < 2:
        return _STARS
    return f"{shown}{_STARS}{form}"


def address(full: str) -> str:
    """Down to the district; without a known one down to the province, else nothing.

    A district is one of `aladdin/data/areas.csv.gz` in its place: guessing it by its last character would
    show 阳光小区 as a district.

    >>> address("河北省廊坊市广阳区新华路12号3单元")
    '河北省廊坊市广阳区****'
    >>> address("河北省廊坊市阳光小区3号楼"), address("阳光小区3号楼")
    ('河北省****', '****')
    """
    full = full.strip()
    return f"{_district_of(full) or _found(_AT_LEAST_PROVINCE.match(full))}{_STARS}"


def email(full: str) -> str:
    """First letter and domain; the stars do not tell the length.

    >>> email("zhangsan@example.com")
    'z***@example.com'
    """
    box, at, domain = full.strip().rpartition("@")
    if not at or not domain:
        return "***"
    return f"{box[:1] if len(box) > 1 else ''}***@{domain}"


def _kept(text: str, *, first: int, last: int) -> str:
    """The text with all but its `first` and `last` characters starred; too short for that, all of it."""
    hidden = len(text) - first - last
    if hidden < 1:
        return "*" * len(text)
    return text[:first] + "*" * hidden + text[first + hidden :]


def _found(match: re.Match[str] | None) -> str:
    return match[0] if match else ""


def _identity_number(number: str, *, first: int, last: int) -> str:
    if len(number) != 18:
        return "*" * len(number)
    return _kept(number, first=first, last=last)


def _district_of(full: str) -> str:
    """The beginning of the address up to the first known district that stands where one may stand."""
    for end in range(2, min(len(full), 30) + 1):
        for start in range(max(0, end - 16), end - 1):
            if full[start:end] in _districts() and _BEFORE_DISTRICT.fullmatch(full[:start]):
                return full[:end]
    return ""


@cache
def _districts() -> frozenset[str]:
    with gzip.open(_AREAS, "rt", encoding="utf-8") as areas:
        return frozenset(row["name"] for row in csv.DictReader(StringIO(areas.read())))
