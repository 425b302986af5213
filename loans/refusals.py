"""Blockers as a refusal of what was sent: each on its field."""

from collections.abc import Iterable

from aladdin.problems import RuleBroken
from loans.blocker import Blocker


def refuse_any(found: Iterable[Blocker]) -> None:
    """Raise RuleBroken with the first blocker's code and all of their sentences; nothing where there is none."""
    blockers = list(found)
    if not blockers:
        return
    errors: dict[str, list[str]] = {}
    for each in blockers:
        errors.setdefault(each.field or "non_field_errors", []).append(each.detail)
    detail = "；".join(each.detail for each in blockers)
    raise RuleBroken(blockers[0].code, detail, errors=errors, blockers=[each.as_dict() for each in blockers])


def refuse(code: str, detail: str, field: str) -> RuleBroken:
    """One refusal about one field, to be raised."""
    return RuleBroken(code, detail, errors={field: [detail]})
