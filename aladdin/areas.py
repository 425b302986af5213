"""Administrative areas of GB/T 2260: which codes there are, what they are called, and which one an address lies in.

Districts are those of `aladdin/data/areas.csv.gz`; of an address only its province and its district are read.
"""

import csv
import gzip
from functools import cache
from io import StringIO
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "areas.csv.gz"
PROVINCES = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省",
    "81": "香港特别行政区",
    "82": "澳门特别行政区",
}
_SHORT = {name[:3] if name[:3] in ("内蒙古", "黑龙江") else name[:2]: code for code, name in PROVINCES.items()}


@cache
def districts() -> dict[str, str]:
    """Code → name of every district, county and county-level city."""
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(StringIO(lines.read()))}


def is_area(code: str) -> bool:
    """Whether there is a district of this code today."""
    return code in districts()


def name_of(code: str) -> str:
    """What people call it: 河北省 for 13 and 1310, 河北省广阳区 for 131003; the code itself where it is not known."""
    province = PROVINCES.get(code[:2])
    return f"{province}{districts().get(code, '')}" if province else code


def within(code: str, wider: str) -> bool:
    """Whether the area is the wider one or lies in it; codes of two, four or six digits."""
    return bool(wider) and code.startswith(wider)


def of_address(address: str) -> str:
    """The code of the district that the address names, else of its province; "" where neither is told."""
    text = "".join(address.split())
    province = next((code for name, code in _SHORT.items() if text.startswith(name)), "")
    named = [code for code in _named_in(text) if code.startswith(province)]
    return named[0] if len(named) == 1 or (named and province) else province


def _named_in(text: str) -> list[str]:
    """Districts whose whole name stands in the text, the longest name first."""
    head = text[:30]
    found = [code for code, name in districts().items() if name in head]
    return sorted(found, key=lambda code: -len(districts()[code]))
