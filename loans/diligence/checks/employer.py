"""An employer or an address that many applications name, and one that changed since the last."""

from collections.abc import Iterable, Iterator

from aladdin import parameters
from loans.diligence import traits
from loans.diligence.codes import Severity, Trait
from loans.diligence.finding import Case, Finding, Side
from loans.models import ApplicationTrait

_WORDS = {
    Trait.EMPLOYER: ("EMPLOYER_OF_MANY", "工作单位", "employer"),
    Trait.ADDRESS: ("ADDRESS_OF_MANY", "住址", "customer"),
}


def check(case: Case) -> Iterable[Finding]:
    found = traits.indexes_of(case.application)
    for kind, index in found.items():
        yield from _of_many(case, kind, index)
    if Trait.EMPLOYER in found:
        yield from _changed(case, found[Trait.EMPLOYER])


def _of_many(case: Case, kind: Trait, index: str) -> Iterator[Finding]:
    """A cluster: an intermediary who lends out an employer, a flat in which many borrowers live."""
    days = parameters.integer("loan.crosscheck_cluster_days")
    many = traits.alike(case.application, kind, index, days=days)
    notable = parameters.integer(f"loan.crosscheck_{kind.lower()}_cluster")
    if many < notable:
        return
    code, name, field = _WORDS[kind]
    yield Finding(
        code,
        Severity.SERIOUS if many >= 2 * notable else Severity.NOTE,
        f"近{days}天另有{many}名客户的贷款申请使用相同的{name}",
        Side(name, "与他人相同"),
        Side("相同的其他客户", f"{many}名"),
        field,
    )


def _changed(case: Case, index: str) -> Iterator[Finding]:
    """The same customer named another employer in his last application."""
    own = ApplicationTrait.objects.filter(kind=Trait.EMPLOYER, application__customer=case.application.customer_id)
    last = own.exclude(application=case.application).select_related("application").order_by("-noted_at").first()
    if last is None or last.index == index:
        return
    yield Finding(
        "EMPLOYER_CHANGED",
        Severity.NOTE,
        f"工作单位与上一笔申请（{last.application.application_no}）不同",
        Side("本笔工作单位", case.application.employer),
        Side("上一笔工作单位", last.application.employer),
        "employer",
    )
