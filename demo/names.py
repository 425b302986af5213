"""Made-up people: Chinese names by the frequency of surnames, identity numbers that no real person can hold.

Everything follows from a number, so that the same client is the same person in every run.
"""

import csv
import gzip
import random
from bisect import bisect
from datetime import date
from functools import cache
from itertools import accumulate

from crm.identifiers import identity_check_character
from demo.source import DATA

#: Assigned to no place, so that a made-up person can be nobody real.
TEST_AREA = "999999"
_MEN = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林"
_WOMEN = "芳娜敏静丽艳娟霞燕玲桂英婷雪慧颖琳萍红洁莹倩蕾薇岚梅云莉佳璐"
_BOTH = "文晓嘉思子雨欣梓晨天建国海春秋永新立志德金玉月秀"


@cache
def _surnames() -> tuple[list[str], list[float]]:
    with gzip.open(DATA / "surnames.csv.gz", "rt", encoding="utf-8-sig", newline="") as lines:
        rows = [(row["NameB"], float(row["TF"])) for row in csv.DictReader(lines)]
    return [name for name, _ in rows], list(accumulate(weight for _, weight in rows))


def person_name(seed: str, sex: str) -> str:
    """A full name for this seed; surnames fall as often as they do in China."""
    draw = random.Random(seed)
    names, weights = _surnames()
    surname = names[min(bisect(weights, draw.random() * weights[-1]), len(names) - 1)]
    pool = (_MEN if sex == "M" else _WOMEN) + _BOTH
    return surname + "".join(draw.choice(pool) for _ in range(draw.choice((1, 2, 2))))


def identity_number(birth_on: date, sex: str, serial: int) -> str:
    """A well-formed resident identity number in the unassigned area 999999.

    `serial` (0–499) keeps people of one birthday and sex apart; the sequence is odd for men."""
    sequence = serial * 2 + (1 if sex == "M" else 0)
    body = f"{TEST_AREA}{birth_on:%Y%m%d}{sequence:03d}"
    return body + identity_check_character(body)


def mobile(number: int) -> str:
    """A number of mobile form."""
    return f"199{number % 10**8:08d}"
