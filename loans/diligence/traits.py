"""By what one application is like another: employer and address as keyed digests of a normal form."""

import re
import unicodedata
from datetime import timedelta

from aladdin import clock
from aladdin.crypto import blind_index
from loans.diligence.codes import Trait
from loans.models import ApplicationTrait, LoanApplication

_BETWEEN = re.compile(r"[\s()\[\]·,.、，。\-—_/]+")


def indexes_of(application: LoanApplication) -> dict[Trait, str]:
    """The digests of what the application says now; what it does not say is left out."""
    said = {Trait.EMPLOYER: application.employer, Trait.ADDRESS: application.customer.address}
    return {kind: blind_index(f"trait_{kind.lower()}", normal(text)) for kind, text in said.items() if normal(text)}


def normal(text: str) -> str:
    """Without width, case and what people type between words.

    >>> normal("廊坊市 华兴（建材）有限公司")
    '廊坊市华兴建材有限公司'
    """
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()


def note(application: LoanApplication) -> None:
    """Keep the digests of this application for the checks of others; what it no longer says is forgotten."""
    found = indexes_of(application)
    ApplicationTrait.objects.filter(application=application).exclude(kind__in=list(found)).delete()
    ApplicationTrait.objects.bulk_create(
        [ApplicationTrait(application=application, kind=kind, index=index) for kind, index in found.items()],
        update_conflicts=True,
        unique_fields=["application", "kind"],
        update_fields=["index", "noted_at"],
    )


def alike(application: LoanApplication, kind: Trait, index: str, *, days: int) -> int:
    """How many other customers said the same in applications of the last `days`."""
    since = clock.now() - timedelta(days=days)
    others = ApplicationTrait.objects.filter(kind=kind, index=index, noted_at__gte=since)
    others = others.exclude(application__customer=application.customer_id)
    return others.values("application__customer").distinct().count()
