"""Cards and licences of people who do not exist, with what stands on them.

Drawn after the layout of the real ones: resident identity card (both sides, 85.6 × 54 mm), business licence, bank
card. Numbers are of the area 999999, which no place has, and the places are called 虚构 and 样例.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pylopdf_fonts_zh_cn as fonts
from PIL import Image, ImageDraw, ImageFont

from crm.identifiers import credit_check_character, identity_card_years, luhn_holds, organisation_check_character
from demo.names import TEST_AREA, identity_number, person_name
from loans.ocr.geometry import Point

CARD = (1012, 638)  # 85.6 × 54 mm at 300 dots an inch
_BLUE, _BLACK, _RED = (40, 90, 140), (25, 25, 28), (190, 40, 40)
_ETHNICITIES = ("汉", "汉", "汉", "汉", "回", "满", "蒙古", "壮", "土家", "维吾尔")
_STREETS = ("新华路", "建设大街", "银河北路", "光明西道", "永丰道", "和平路", "爱民东道")
_BANKS = (
    ("622202", "中国工商银行", 19),
    ("622848", "中国农业银行", 19),
    ("621700", "中国建设银行", 19),
    ("622588", "招商银行", 16),
)
#: Of the card's width and height: left, top, right, bottom of the portrait.
PORTRAIT = (0.625, 0.125, 0.935, 0.735)


@dataclass(frozen=True)
class Card:
    """A drawn card and the fields that stand on it, by the names that readings use."""

    image: Image.Image
    fields: dict[str, str]
    portrait: tuple[Point, ...] = field(default=())


@dataclass(frozen=True)
class Person:
    """Who the card is about."""

    name: str
    sex: str
    ethnicity: str
    born: date
    address: str
    number: str


@cache
def _font(size: int, *, serif: bool = False) -> ImageFont.FreeTypeFont:
    path: Path = fonts.serif_path() if serif else fonts.sans_path()
    return ImageFont.truetype(str(path), size)


def somebody(seed: str) -> Person:
    """A person who does not exist."""
    draw = random.Random(f"card {seed}")
    sex = draw.choice("MF")
    born = date(1960, 1, 1) + timedelta(days=draw.randrange(45 * 365))
    place = f"河北省虚构市样例区{draw.choice(_STREETS)}{draw.randrange(1, 300)}号"
    home = f"{place}{draw.randrange(1, 20)}号楼{draw.randrange(1, 6)}单元{draw.randrange(101, 2000)}室"
    return Person(
        name=person_name(seed, sex),
        sex="男" if sex == "M" else "女",
        ethnicity=draw.choice(_ETHNICITIES),
        born=born,
        address=home,
        number=identity_number(born, sex, draw.randrange(1, 490)),
    )


# --- Resident identity card ----------------------------------------------------------------------
def identity_front(person: Person) -> Card:
    """The side with the portrait (人像面)."""
    sheet = _guilloche((226, 236, 240), (206, 222, 232), seed=person.number)
    pen = ImageDraw.Draw(sheet)
    for text, at in (
        ("姓名", (72, 78)),
        ("性别", (72, 162)),
        ("民族", (262, 162)),
        ("出生", (72, 240)),
        ("住址", (72, 322)),
    ):
        pen.text(at, text, font=_font(30), fill=_BLUE)
    pen.text((166, 70), person.name, font=_font(42), fill=_BLACK)
    pen.text((166, 156), person.sex, font=_font(36), fill=_BLACK)
    pen.text((354, 156), person.ethnicity, font=_font(36), fill=_BLACK)
    _birth(pen, person.born)
    for line, text in enumerate(_wrapped(person.address, 11)):
        pen.text((166, 314 + line * 50), text, font=_font(36), fill=_BLACK)
    pen.text((72, 534), "公民身份号码", font=_font(30), fill=_BLUE)
    for index, digit in enumerate(person.number):
        pen.text((342 + index * 32, 524), digit, font=_font(44), fill=_BLACK)
    left, top, right, bottom = (round(part * CARD[index % 2]) for index, part in enumerate(PORTRAIT))
    _face(sheet, (left, top, right, bottom), person.number)
    fields = {
        "name": person.name,
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "born": person.born.isoformat(),
        "address": person.address,
        "number": person.number,
    }
    return Card(sheet, fields, ((left, top), (right, top), (right, bottom), (left, bottom)))


def _birth(pen: ImageDraw.ImageDraw, born: date) -> None:
    for text, x, is_value in (
        (f"{born.year}", 166, True),
        ("年", 262, False),
        (f"{born.month}", 312, True),
        ("月", 358, False),
        (f"{born.day}", 408, True),
        ("日", 456, False),
    ):
        pen.text(
            (x, 234 if is_value else 240), text, font=_font(36 if is_value else 30), fill=_BLACK if is_value else _BLUE
        )


def identity_back(seed: str, *, from_: date = date(2018, 5, 20), age: int = 30) -> Card:
    """The side with the emblem (国徽面); `age` at issue decides how long it is valid."""
    years = identity_card_years(age)
    until = "长期" if years is None else f"{from_.year + years}.{from_:%m.%d}"
    authority = random.Random(seed).choice(("虚构市公安局样例分局", "样例县公安局", "虚构市公安局"))
    sheet = _guilloche((232, 236, 230), (214, 226, 222), seed=seed)
    pen = ImageDraw.Draw(sheet)
    pen.ellipse((70, 60, 220, 210), fill=_RED)
    pen.ellipse((95, 85, 195, 185), outline=(240, 200, 60), width=8)
    pen.text((270, 66), "中华人民共和国", font=_font(58, serif=True), fill=_BLACK)
    pen.text((290, 160), "居民身份证", font=_font(76, serif=True), fill=_BLACK)
    pen.text((232, 436), "签发机关", font=_font(30), fill=_BLACK)
    pen.text((386, 430), authority, font=_font(36), fill=_BLACK)
    pen.text((232, 526), "有效期限", font=_font(30), fill=_BLACK)
    pen.text((386, 520), f"{from_:%Y.%m.%d}-{until}", font=_font(36), fill=_BLACK)
    fields = {
        "authority": authority,
        "valid_from": from_.isoformat(),
        "valid_until": "长期" if years is None else until.replace(".", "-"),
    }
    return Card(sheet, fields)


# --- Bank card -----------------------------------------------------------------------------------
def bank_card(seed: str) -> Card:
    """The face of a debit card; the number passes the Luhn check."""
    draw = random.Random(seed)
    prefix, bank, length = draw.choice(_BANKS)
    body = prefix + "".join(str(draw.randrange(10)) for _ in range(length - 1 - len(prefix)))
    number = next(body + str(last) for last in range(10) if luhn_holds(body + str(last)))
    top = draw.choice(((150, 30, 40), (20, 90, 80), (20, 60, 130), (90, 90, 96)))
    sheet = _guilloche(top, tuple(min(255, value + 40) for value in top), seed=seed)  # type: ignore[arg-type]
    pen = ImageDraw.Draw(sheet)
    pen.text((60, 50), bank, font=_font(48), fill="white")
    pen.text((820, 60), "借记卡", font=_font(34), fill="white")
    pen.rounded_rectangle((80, 200, 210, 300), 16, fill=(212, 190, 120))
    groups = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    pen.text((80, 350), groups, font=_font(62 if length == 16 else 54), fill=(245, 245, 240))
    pen.text((80, 456), "VALID THRU  09/33", font=_font(30), fill=(235, 235, 230))
    pen.text((80, 540), "YANG LI", font=_font(34), fill=(235, 235, 230))
    pen.text((820, 540), "银联", font=_font(44), fill="white")
    return Card(sheet, {"number": number, "bank": bank})


# --- Business licence ----------------------------------------------------------------------------
def licence(seed: str) -> Card:
    """A business licence of a firm or, by the seed, of a sole proprietor."""
    draw = random.Random(f"licence {seed}")
    owner = somebody(seed)
    is_firm = draw.random() < 0.5
    trade = draw.choice(("建材", "餐饮", "电子", "服装", "农资", "五金"))
    name = f"虚构市{owner.name[0]}氏{trade}" + ("有限公司" if is_firm else "经营部")
    founded = date(2012, 1, 1) + timedelta(days=draw.randrange(4000))
    fields = {
        "code": credit_code("1" if is_firm else "2", draw),
        "name": name,
        "type": "有限责任公司(自然人独资)" if is_firm else "个体工商户",
        "representative": owner.name,
        "capital": f"人民币{draw.choice(('伍拾', '壹佰', '伍佰'))}万元整" if is_firm else "",
        "founded": founded.isoformat(),
        "term": "长期" if is_firm else "",
        "address": owner.address.split("号楼")[0].rsplit("号", 1)[0] + "号",
        "scope": f"{trade}零售、批发;日用百货销售(依法须经批准的项目,经相关部门批准后方可开展经营活动)",
    }
    return Card(
        _licence_sheet(fields, is_firm=is_firm, seed=seed), {key: value for key, value in fields.items() if value}
    )


def credit_code(kind: str, draw: random.Random) -> str:
    """A unified social credit code (GB 32100) of the area that no place has."""
    organisation = "MA" + "".join(draw.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    body = f"9{kind}{TEST_AREA}{organisation}{organisation_check_character(organisation)}"
    return body + credit_check_character(body)


def _licence_sheet(fields: dict[str, str], *, is_firm: bool, seed: str) -> Image.Image:
    sheet = Image.new("RGB", (1684, 1190), (250, 247, 238))
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((40, 40, 1644, 1150), outline=(196, 170, 110), width=10)
    pen.rectangle((60, 60, 1624, 1130), outline=(214, 194, 146), width=3)
    pen.ellipse((792, 80, 892, 180), fill=_RED)
    pen.text((600, 200), "营业执照", font=_font(120, serif=True), fill=_BLACK)
    pen.text((110, 150), "统一社会信用代码", font=_font(30), fill=_BLACK)
    pen.text((110, 192), fields["code"], font=_font(36), fill=_BLACK)
    left = [
        ("名称", "name"),
        ("类型", "type"),
        ("法定代表人" if is_firm else "经营者", "representative"),
        ("经营范围", "scope"),
    ]
    right = [
        ("注册资本", "capital"),
        ("成立日期", "founded"),
        ("营业期限", "term"),
        ("住所" if is_firm else "经营场所", "address"),
    ]
    _column(pen, fields, left, (110, 420), width=15)
    _column(pen, fields, right, (910, 420), width=14)
    pen.text((1060, 960), "登记机关", font=_font(34), fill=_BLACK)
    pen.ellipse((1290, 880, 1470, 1060), outline=_RED, width=8)
    pen.text((1180, 1070), "2021 年 06 月 18 日", font=_font(30), fill=_BLACK)
    _code_block(pen, (1400, 120), seed)
    return sheet


def _column(
    pen: ImageDraw.ImageDraw, fields: dict[str, str], entries: list[tuple[str, str]], at: Point, *, width: int
) -> None:
    x, y = at
    for label, name in entries:
        if not fields[name]:
            continue
        pen.text((x, y), label, font=_font(32), fill=(120, 96, 50))
        shown = _chinese_date(fields[name]) if name == "founded" else fields[name]
        for text in _wrapped(shown, width):
            pen.text((x + 200, y), text, font=_font(34), fill=_BLACK)
            y += 54
        y += 30


def _chinese_date(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day:%Y}年{day:%m}月{day:%d}日"


def _code_block(pen: ImageDraw.ImageDraw, at: tuple[int, int], seed: str) -> None:
    draw = random.Random(seed)
    for row in range(21):
        for column in range(21):
            if draw.random() < 0.5:
                x, y = at[0] + column * 8, at[1] + row * 8
                pen.rectangle((x, y, x + 8, y + 8), fill=_BLACK)


# --- Drawing -------------------------------------------------------------------------------------
def _guilloche(light: tuple[int, int, int], dark: tuple[int, int, int], *, seed: str) -> Image.Image:
    """A printed ground: fine waves on a gradient."""
    draw = random.Random(seed)
    sheet = Image.new("RGB", CARD, light)
    shade = Image.linear_gradient("L").rotate(90).resize(CARD)
    sheet.paste(Image.new("RGB", CARD, dark), mask=shade)
    pen = ImageDraw.Draw(sheet)
    phase = draw.random()
    for row in range(-40, CARD[1] + 40, 14):
        wave = [(x, row + 12 * ((x / 60 + phase) % 2 - 1) ** 2) for x in range(0, CARD[0] + 12, 12)]
        pen.line(wave, fill=tuple(max(0, value - 12) for value in light), width=1)
    return sheet


def _face(sheet: Image.Image, box: tuple[int, int, int, int], seed: str) -> None:
    draw = random.Random(seed)
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    skin = (draw.randrange(215, 240), draw.randrange(175, 200), draw.randrange(140, 170))
    coat = (draw.randrange(30, 120), draw.randrange(30, 120), draw.randrange(40, 140))
    picture = Image.new("RGB", (width, height), (244, 246, 248))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((width * 0.08, height * 0.72, width * 0.92, height * 1.5), fill=coat)
    pen.ellipse((width * 0.24, height * 0.16, width * 0.76, height * 0.74), fill=skin)
    pen.pieslice((width * 0.2, height * 0.1, width * 0.8, height * 0.6), 180, 360, fill=(28, 24, 22))
    for x in (0.38, 0.56):
        pen.ellipse((width * x, height * 0.42, width * (x + 0.07), height * 0.445), fill=(30, 28, 28))
    sheet.paste(picture, (left, top))


def _wrapped(text: str, width: int) -> list[str]:
    return [text[start : start + width] for start in range(0, len(text), width)]
