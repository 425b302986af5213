"""The rules in force put to a case: what each says, of which facts, and what stands in the way.

Fails closed: a bank without rules lends to nobody. A rule that cannot be answered from what is known comes to what
it says for that (`when_unknown`), and the result says that it was so.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from aladdin import clock, parameters
from loans import obligors
from loans.blocker import Blocker
from loans.codes import About, ApprovalLevel, Outcome, Stage
from loans.decision import conditions
from loans.decision.catalogue import CATALOGUE, Value
from loans.decision.facts import CaseFacts
from loans.models import DecisionRuleVersion, DecisionRun, LoanApplication, RuleResult
from loans.obligors import Obligor
from loans.reading import once, undisturbed
from organization.models import Staff

SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}
_NAMED = re.compile(r"\{([a-z0-9_.]+)\}")
#: What is put to a case at a stage besides the stage's own rules, when the whole is put on record.
_WITH = {Stage.ACCEPTANCE: (Stage.ENTRY, Stage.ACCEPTANCE), Stage.SUBMISSION: (Stage.ENTRY, Stage.SUBMISSION)}
#: Where all facts are put on record, so that later rules and cards can be tried on the case.
WHOLE = frozenset({Stage.SUBMISSION, Stage.APPROVAL})
_MISSING = Blocker("decision_rules_missing", "本行尚未发布决策规则，不得办理，请联系产品经理")


class Facts(Protocol):
    """What is known of one obligor of a case: now, or as it was put on record."""

    @property
    def obligor(self) -> Obligor: ...
    def __call__(self, code: str, /) -> Value: ...


@dataclass(frozen=True)
class Result:
    """What one rule says of one obligor of a case. `facts` are those it looked at, as people read them."""

    rule: DecisionRuleVersion
    obligor: Obligor
    outcome: Outcome
    is_unknown: bool
    explanation: str
    facts: dict[str, str]

    @property
    def code(self) -> str:
        """The stable code under which a refusal names the rule."""
        return str(self.rule.rule.code).lower()

    def blocker(self) -> Blocker:
        return Blocker(self.code, self.explanation, self.obligor.field or self.rule.field)


# --- Evaluating ----------------------------------------------------------------------------------
def rules_at(*stages: Stage) -> list[DecisionRuleVersion]:
    """The versions in force today that are asked at one of these stages."""
    wanted = set(stages)
    return [rule for rule in _in_force(clock.today()) if wanted & set(rule.stages)]


@once
def _in_force(day: date) -> list[DecisionRuleVersion]:
    return list(DecisionRuleVersion.objects.in_force(day))


@once
def known_of(application: LoanApplication) -> list[CaseFacts]:
    """The facts of every obligor, the borrower's first."""
    return [CaseFacts(application, each) for each in obligors.of(application)]


def results(application: LoanApplication, *stages: Stage, known: Sequence[Facts] = ()) -> list[Result]:
    """What every rule of these stages says now of whom it is asked, in the order of the rules' codes."""
    with undisturbed():
        asked = known or known_of(application)
        return [_answer(rule, facts) for rule in rules_at(*stages) for facts in persons(rule, asked)]


def persons(rule: DecisionRuleVersion, known: Sequence[Facts]) -> Sequence[Facts]:
    """Of whom the rule is asked: the borrower comes first."""
    return known if rule.about == About.EVERY_OBLIGOR else known[:1]


@once
def _answer(rule: DecisionRuleVersion, facts: Facts) -> Result:
    return answer(rule, facts, Limits())


def answer(rule: DecisionRuleVersion, facts: Facts, limit: conditions.Limit) -> Result:
    """What one version, draft or published, says of these facts."""
    condition = conditions.checked(rule.condition)
    truth = conditions.holds(condition, facts, limit)
    used = {code: CATALOGUE[code].say(facts(code)) for code in conditions.facts_of(condition)}
    outcome = {True: rule.outcome, False: Outcome.PASS, None: rule.when_unknown}[truth]
    said = used | {code: _shown(limit(code)) for code in conditions.parameters_of(condition)}
    explanation = _whose(facts.obligor) + _explained(rule, truth, said)
    return Result(rule, facts.obligor, Outcome(outcome), truth is None, explanation, used)


def _whose(obligor: Obligor) -> str:
    return f"{obligor.title}：" if obligor.party else ""


class Limits:
    """Parameters of the day, each read once."""

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=None)(parameters.decimal)

    def __call__(self, code: str) -> Decimal:
        return self._read(code)


def _shown(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _explained(rule: DecisionRuleVersion, truth: bool | None, said: dict[str, str]) -> str:
    """Why, with the figures; of what passes or cannot be told, what was looked at."""
    if truth:
        return _NAMED.sub(lambda named: said.get(named[1], named[0]), rule.explanation)
    looked_at = "，".join(f"{CATALOGUE[code].label}{text}" for code, text in said.items() if code in CATALOGUE)
    return f"{'未触发' if truth is False else '资料不足，无法判断'}：{looked_at}"


def named_in(explanation: str) -> list[str]:
    """The facts and parameters whose values an explanation shows."""
    return _NAMED.findall(explanation)


def worst(found: Iterable[Result]) -> Outcome:
    """The gravest outcome; nothing asked is nothing found."""
    return max((each.outcome for each in found), key=SEVERITY.__getitem__, default=Outcome.PASS)


# --- What stands in the way ----------------------------------------------------------------------
def blockers(application: LoanApplication, stage: Stage) -> Iterable[Blocker]:
    """Every rule of the stage that stops the case."""
    return _stopping(results(application, stage))


def _stopping(found: list[Result]) -> Iterable[Blocker]:
    if not found:
        yield _MISSING
    yield from (each.blocker() for each in found if each.outcome == Outcome.BLOCK)


def against_person(application: LoanApplication, obligor: Obligor) -> Iterable[Blocker]:
    """What keeps a person out of any file: rules about everybody that look at nothing but the bank's lists."""
    facts, limit = CaseFacts(application, obligor), Limits()
    asked = [rule for rule in rules_at(Stage.ACCEPTANCE) if rule.about == About.EVERY_OBLIGOR and _of_lists(rule)]
    found = [answer(rule, facts, limit) for rule in asked]
    return (each.blocker() for each in found if each.outcome == Outcome.BLOCK)


def _of_lists(rule: DecisionRuleVersion) -> bool:
    return set(conditions.facts_of(conditions.checked(rule.condition))) == {"lists"}


def warnings(application: LoanApplication, stage: Stage) -> list[Blocker]:
    """Every rule of the stage that warns or refers, the gravest first. What only lacks its facts is left out: the
    step that brings them is asked for anyway."""
    asked = (each for each in results(application, stage) if not each.is_unknown)
    told = [each for each in asked if each.outcome in (Outcome.WARN, Outcome.REFER)]
    return [each.blocker() for each in sorted(told, key=lambda each: -SEVERITY[each.outcome])]


def against_approval(application: LoanApplication) -> Iterable[Blocker]:
    """What stops a decision, and a decision that belongs to a higher level than the one that the case is at."""
    found = results(application, Stage.APPROVAL)
    yield from _stopping(found)
    raised = _raised(found)
    level = _within_chain(application, max(raised, default=0))
    if (application.approval_level or 0) < level:
        detail = f"{'；'.join(raised[max(raised)])}，须上报至{ApprovalLevel(level).label}决定"
        yield Blocker("higher_level_needed", detail, "approval_level")


def needed_level(application: LoanApplication) -> int:
    """The lowest level of approval that may have the last word, as referrals demand; 0 where none does."""
    return _within_chain(application, max(_raised(results(application, Stage.APPROVAL)), default=0))


def _raised(found: list[Result]) -> dict[int, list[str]]:
    """The levels that referrals ask for, each with why."""
    asked: dict[int, list[str]] = {}
    for each in found:
        if each.outcome == Outcome.REFER and each.rule.refer_to_level:
            asked.setdefault(each.rule.refer_to_level, []).append(each.explanation)
    return asked


def _within_chain(application: LoanApplication, level: int) -> int:
    """Where the product's chain ends below the level, its top decides."""
    if not level:
        return 0
    return min(level, max(application.product_version.approval_tiers.values_list("level", flat=True), default=0))


# --- On record -----------------------------------------------------------------------------------
def record(application: LoanApplication, stage: Stage, known: Sequence[CaseFacts], *, by: Staff | None) -> DecisionRun:
    """Put the rules to the case and keep what they said, whatever it is, with the facts of the moment, in the
    caller's transaction."""
    found = results(application, *_WITH.get(stage, (stage,)), known=known)
    whole = stage in WHOLE
    facts = {_name(each.obligor): each.recorded(whole=whole) for each in known}
    run = DecisionRun.objects.create(application=application, stage=stage, outcome=worst(found), facts=facts, by=by)
    RuleResult.objects.bulk_create(
        RuleResult(
            run=run,
            rule_version=each.rule,
            party=each.obligor.party,
            outcome=each.outcome,
            is_unknown=each.is_unknown,
            explanation=each.explanation[:500],
            facts=each.facts,
        )
        for each in found
    )
    return run


def _name(obligor: Obligor) -> str:
    """Under which a person's facts are recorded: the borrower's under nothing."""
    return str(obligor.party.pk) if obligor.party else ""
