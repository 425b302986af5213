"""A scorecard as a document: what training writes and a bank loads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from loans.decision.scoring import Attribute, Band, Bin, Card


def card_of(document: dict[str, Any]) -> Card:
    """The card that the document says."""
    return Card(
        base=int(document["base"]),
        attributes=tuple(_attribute(each) for each in document["attributes"]),
        bands=bands_of(document["bands"]),
    )


def bands_of(documents: Sequence[dict[str, Any]]) -> tuple[Band, ...]:
    return tuple(Band(each["code"], each["label"], int(each["lowest"]), each.get("meaning", "")) for each in documents)


def _attribute(document: dict[str, Any]) -> Attribute:
    missing = document["missing"]
    return Attribute(
        fact=document["fact"],
        more_is_better=bool(document["more_is_better"]),
        bins=tuple(_bin(each) for each in document["bins"]),
        missing=Bin(None, None, int(missing["points"]), missing["text"]),
        improvement=document.get("improvement", ""),
    )


def _bin(document: dict[str, Any]) -> Bin:
    return Bin(_edge(document["lower"]), _edge(document["upper"]), int(document["points"]), document["text"])


def _edge(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)
