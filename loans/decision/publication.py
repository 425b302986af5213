"""Keeping the hard rules: one person drafts, another publishes; what is published never changes."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction

from aladdin import audit, clock
from aladdin.parameters import Parameter
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from loans.codes import Outcome
from loans.decision import conditions
from loans.decision.evaluation import named_in
from loans.models import DecisionRule, DecisionRuleVersion
from organization import access
from organization.models import Staff

State = DecisionRuleVersion.State
_KEPT = (
    "about",
    "condition",
    "stages",
    "outcome",
    "when_unknown",
    "refer_to_level",
    "field",
    "explanation",
    "legal_basis",
)


@transaction.atomic
def draft_next(rule: DecisionRule, *, by: Staff) -> DecisionRuleVersion:
    """A draft from tomorrow on with all that the newest version says. Raises `draft_exists` (409),
    `no_version_to_follow` (422)."""
    access.require(by, "decision.edit")
    DecisionRule.objects.select_for_update().get(pk=rule.pk)
    newest = rule.versions.order_by("-version").first()
    if newest is None:
        raise RuleBroken("no_version_to_follow", "该规则还没有版本，请先新建")
    if newest.state == State.DRAFT:
        raise Conflict("draft_exists", f"该规则已有草稿版本 v{newest.version}，请先发布")
    said = {name: getattr(newest, name) for name in _KEPT}
    row = DecisionRuleVersion(rule=rule, effective_from=clock.today() + timedelta(days=1), **said)
    keep_draft(row, by=by)
    audit.record(by=by, action="draft_decision_rule", subject=subject_of(row), after=newest.version)
    return row


@transaction.atomic
def keep_draft(row: DecisionRuleVersion, *, by: Staff) -> DecisionRuleVersion:
    """Save a new draft or a changed one; whoever changed it last is its author.

    Raises `rule_published`, `draft_exists` (409), `condition_invalid` (422)."""
    access.require(by, "decision.edit")
    if row._state.adding:
        _number(row)
    else:
        _open(row)
    require_sound(row.condition, row.explanation)
    row.drafted_by, row.drafted_at = by, clock.now()
    row.save()
    return row


def _number(row: DecisionRuleVersion) -> None:
    newest = row.rule.versions.order_by("-version").first()
    if newest is not None and newest.state == State.DRAFT:
        raise Conflict("draft_exists", f"该规则已有草稿版本 v{newest.version}，请先发布")
    row.version = newest.version + 1 if newest else 1


@transaction.atomic
def publish(row: DecisionRuleVersion, *, by: Staff) -> DecisionRuleVersion:
    """The draft rules from its day on.

    Raises `separation_of_duties` (403) for its author, `rule_published` (409), `rule_incomplete` (422, all reasons),
    `rule_statutory` (422)."""
    access.require(by, "decision.publish")
    held = _open(row)
    if held.drafted_by_id == by.pk:
        raise NotPermitted("separation_of_duties", "规则须由经办人以外的人员复核发布")
    if not held.is_active and held.rule.is_statutory:
        raise RuleBroken("rule_statutory", "法定规则只能修订，不能停用")
    if reasons := list(_missing(held)):
        raise RuleBroken("rule_incomplete", "暂不能发布：" + "；".join(reasons), blockers=reasons)
    held.state, held.published_by, held.published_at = State.PUBLISHED, by, clock.now()
    held.save(update_fields=["state", "published_by", "published_at"])
    on = f"{held.effective_from}"
    audit.record(by=by, action="publish_decision_rule", subject=subject_of(held), on=on, is_active=held.is_active)
    return held


def _open(row: DecisionRuleVersion) -> DecisionRuleVersion:
    held = DecisionRuleVersion.objects.select_for_update(of=("self",)).select_related("rule").get(pk=row.pk)
    if held.state != State.DRAFT:
        raise Conflict("rule_published", "该版本已发布，不能更改")
    return held


def _missing(held: DecisionRuleVersion) -> Iterable[str]:
    if held.effective_from < clock.today():
        yield "生效日已过"
    if not held.stages:
        yield "未选适用环节"
    if not held.legal_basis:
        yield "未填依据"
    if held.outcome == Outcome.PASS:
        yield "触发时不能为“通过”"


def require_sound(document: Any, explanation: str) -> None:
    """Raise `condition_invalid` unless condition and explanation can be used on any case."""
    try:
        condition = conditions.checked(document)
    except conditions.ConditionInvalid as wrong:
        raise RuleBroken("condition_invalid", f"触发条件有误：{wrong}", errors={"condition": [str(wrong)]}) from wrong
    named = set(conditions.parameters_of(condition))
    if unknown := named - set(Parameter.objects.filter(code__in=named).values_list("code", flat=True)):
        raise _unsound(f"没有参数{'、'.join(sorted(unknown))}", "condition")
    if strange := set(named_in(explanation)) - named - set(conditions.facts_of(condition)):
        raise _unsound(f"说明引用了条件中没有的{'、'.join(sorted(strange))}", "explanation")


def _unsound(detail: str, field: str) -> RuleBroken:
    return RuleBroken("condition_invalid", f"规则有误：{detail}", errors={field: [detail]})


def subject_of(row: DecisionRuleVersion) -> str:
    """How the audit trail names a version."""
    return f"decision-rule-version/{row.pk}"
