"""Cards and licences read by the engine that the bank uses, in its own process: how fast, and how well by field.

Goal: one identity card within two seconds on two cores, for 99 of 100. The pictures are drawn and then photographed
carelessly (`demo/cards.py`, `demo/camera.py`): turned, tilted, unevenly lit, sometimes blurred or with a lamp's
reflection, at the 12 megapixels of a phone. What is timed is what the worker does for one card: making the copy is
timed apart, as the web process does that.
"""

import io
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import django
from PIL import Image

from bench.result import Options, Result

if TYPE_CHECKING:
    from demo.cards import Card

NAME = "ocr"
DESCRIPTION = "identity cards, licences and bank cards: p50 and p99 of reading one, accuracy by field"
GOAL_MS = 2_000
CARDS = 25
WARM_UP = 2
#: As drawn, and as a phone's camera of 12 megapixels sends it.
SHOT, SENT = (2000, 1500), (4000, 3000)

Maker = Callable[[str], "Card"]


@dataclass
class Tally:
    """What was measured of one kind of document."""

    milliseconds: list[float] = field(default_factory=list)
    copy_milliseconds: list[float] = field(default_factory=list)
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def accuracy(self) -> dict[str, float]:
        """Percent of fields read without a fault."""
        return {name: round(100 * self.right[name] / count, 1) for name, count in self.asked.items()}


def run(options: Options) -> Result:
    """Read `CARDS` of each kind and report the slowest hundredth of identity cards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aladdin.settings.development")
    django.setup()
    tallies = {kind: _measure(kind, make) for kind, make in _makers().items()}
    identity = sorted(tallies["IDENTITY_FRONT"].milliseconds + tallies["IDENTITY_BACK"].milliseconds)
    detail = {
        "identity_p50_ms": round(_at(identity, 50)),
        "identity_p99_ms": round(_at(identity, 99)),
        **{kind: _told(tally) for kind, tally in tallies.items()},
    }
    if not options.quiet:
        print(json.dumps(detail, ensure_ascii=False, indent=1))  # noqa: T201  a command
    return Result(name=NAME, value=_at(identity, 99), unit="ms", goal=GOAL_MS, detail=detail)


def _makers() -> dict[str, Maker]:
    # Models, and with them the readers, exist only once the bank's settings are in place.
    from demo import cards  # noqa: PLC0415

    return {
        "IDENTITY_FRONT": lambda seed: cards.identity_front(cards.somebody(seed)),
        "IDENTITY_BACK": lambda seed: cards.identity_back(seed, age=18 + int(seed) % 50),
        "LICENCE": cards.licence,
        "BANK_CARD": cards.bank_card,
    }


def _measure(kind: str, make: Maker) -> Tally:
    from loans import imaging  # noqa: PLC0415
    from loans.ocr.documents import DOCUMENTS  # noqa: PLC0415
    from loans.ocr.engine import engine  # noqa: PLC0415

    tally, document = Tally(), DOCUMENTS[kind]
    for number, (card, picture) in enumerate(_pictures(kind, make)):
        started = time.perf_counter()
        copy = imaging.normalise(picture).content
        copied = time.perf_counter()
        fields, _ = document.find(engine().read(copy, side=document.side).lines)
        if number < WARM_UP:
            continue
        tally.copy_milliseconds.append((copied - started) * 1000)
        tally.milliseconds.append((time.perf_counter() - copied) * 1000)
        read = {each.name: each.value for each in fields}
        for name, value in card.fields.items():
            tally.asked[name] += 1
            tally.right[name] += _plain(read.get(name, "")) == _plain(value)
    return tally


def _pictures(kind: str, make: Maker) -> "Iterator[tuple[Card, bytes]]":
    from demo import camera  # noqa: PLC0415

    for number in range(CARDS + WARM_UP):
        card = make(str(number))
        shot = camera.careless(f"{kind} {number}", size=SHOT)
        yield card, _enlarged(camera.photograph(card.image, shot).content)


def _enlarged(picture: bytes) -> bytes:
    """To the size that phones send; drawing it so large would take longer than reading it."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.resize(SENT, Image.Resampling.BILINEAR).save(out, "JPEG", quality=90)
    return out.getvalue()


def _plain(text: str) -> str:
    """Half and full width, and the two words for ever, are no faults."""
    return text.replace("；", ";").replace("，", ",").replace("（", "(").replace("）", ")").replace("长期", "LONG_TERM")


def _told(tally: Tally) -> dict[str, object]:
    return {
        "p50_ms": round(_at(sorted(tally.milliseconds), 50)),
        "p99_ms": round(_at(sorted(tally.milliseconds), 99)),
        "copy_p50_ms": round(_at(sorted(tally.copy_milliseconds), 50)),
        "accuracy": tally.accuracy(),
    }


def _at(rising: list[float], percent: int) -> float:
    """The value below which so many percent lie."""
    return rising[min(len(rising) - 1, len(rising) * percent // 100)]
