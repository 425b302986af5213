"""Hard rules are data: any facts get an answer with an explanation, a second person publishes, and what was said
of a case stays on record."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.parameters import Parameter
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from loans.codes import ApprovalLevel, Outcome, Stage
from loans.decision import conditions, evaluation, publication, shipped
from loans.decision.catalogue import CATALOGUE, NUMBERS, Kind, Value
from loans.decision.facts import CaseFacts
from loans.models import (
    DecisionRule,
    DecisionRuleVersion,
    DecisionRun,
    ListedPerson,
    LoanAccount,
    LoanApplication,
    LoanProductVersion,
)
from loans.obligors import Obligor
from organization.models import Staff
from organization.roles import Role
from tests.loans import lending
from tests.loans.builders import FINDINGS, Case, done, identity_no, refused
from tests.loans.configuring import another_product
from tests.world import Bank, hire

# --- The language --------------------------------------------------------------------------------
_numbers = st.one_of(st.none(), st.decimals(-1000, 1000, places=2, allow_nan=False))
_words = st.one_of(st.none(), st.sampled_from(["PERSON", "UNSECURED", "INVENTORY"]))
_sets = st.one_of(st.none(), st.frozensets(st.sampled_from(["BLACKLIST", "RELATED_PARTY", "INVENTORY"])))


def value_of(kind: Kind) -> st.SearchStrategy[Value]:
    if kind in NUMBERS:
        return _numbers
    return {Kind.TEXT: _words, Kind.TEXTS: _sets, Kind.YESNO: st.one_of(st.none(), st.booleans())}[kind]


any_facts = st.fixed_dictionaries({code: value_of(fact.kind) for code, fact in CATALOGUE.items()})


def comparison() -> st.SearchStrategy[dict[str, Any]]:
    numeric = st.sampled_from(sorted(code for code, fact in CATALOGUE.items() if fact.kind in NUMBERS))
    operands = st.one_of(
        st.integers(-1000, 1000).map(lambda n: {"number": str(n)}), numeric.map(lambda code: {"fact": code})
    )
    signs = st.sampled_from(["<", "<=", ">", ">=", "=", "!="])
    return st.builds(lambda code, sign, than: {"fact": code, "is": sign, "than": than}, numeric, signs, operands)


def known() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda code, how: {"fact": code, "is": how},
        st.sampled_from(sorted(CATALOGUE)),
        st.sampled_from(["known", "unknown"]),
    )


any_condition = st.recursive(
    st.one_of(comparison(), known()),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


def no_limit(code: str) -> Decimal:
    return Decimal(50)


@given(document=any_condition, facts=any_facts)
def test_any_condition_answers_any_facts(document: dict[str, Any], facts: dict[str, Value]) -> None:
    """The engine is total, and says the opposite of the opposite."""
    try:
        condition = conditions.checked(document)
    except conditions.ConditionInvalid:
        return  # nested too deep
    truth = conditions.holds(condition, facts.__getitem__, no_limit)
    assert truth in (True, False, None)
    negated = conditions.holds(conditions.Joined("not", (condition,)), facts.__getitem__, no_limit)
    assert negated == (None if truth is None else not truth)


@given(document=any_condition, facts=any_facts, code=st.sampled_from(sorted(CATALOGUE)))
def test_what_is_settled_without_a_fact_stays_settled_with_it(
    document: dict[str, Any], facts: dict[str, Value], code: str
) -> None:
    """Not knowing never turns into a wrong answer: learning a fact settles things and unsettles nothing."""
    try:
        condition = conditions.checked(document)
    except conditions.ConditionInvalid:
        return
    if any(each.operand is None for each in conditions._each(condition)):
        return  # "known" asks about knowing itself
    without = conditions.holds(condition, (facts | {code: None}).__getitem__, no_limit)
    if without is not None:
        assert conditions.holds(condition, facts.__getitem__, no_limit) == without


@given(
    document=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from(["all", "any", "not", "fact", "is", "than", "number", "x"]), inner),
        ),
        max_leaves=8,
    )
)
def test_whatever_is_no_condition_is_refused_with_its_place(document: Any) -> None:
    try:
        conditions.checked(document)
    except conditions.ConditionInvalid as refusal:
        found = refusal
    else:
        return
    assert found.where.startswith("条件")
    assert found.message


@pytest.mark.parametrize(
    "document",
    [
        {"fact": "__class__", "is": "known"},
        {"fact": "age", "is": "<", "than": {"text": "PERSON"}},
        {"fact": "purpose", "is": ">", "than": {"number": "1"}},
        {"fact": "age", "is": "<", "than": {"number": "NaN"}},
        {"fact": "age", "is": "<", "than": {"number": "1e400"}},
        {"fact": "age", "is": "<", "than": {"number": True}},
        {"fact": "age", "is": "<"},
        {"fact": "age", "is": "known", "than": {"number": "1"}},
        {"fact": "lists", "is": "contains", "than": {"texts": ["BLACKLIST"]}},
        {"all": []},
        {"not": {"not": {"not": {"not": {"not": {"not": {"fact": "age", "is": "known"}}}}}}},
        {"any": [{"fact": "age", "is": "known"}] * 61},
    ],
)
def test_what_compares_unlike_things_or_goes_too_far_is_refused(document: Any) -> None:
    with pytest.raises(conditions.ConditionInvalid):
        conditions.checked(document)


@given(facts=any_facts)
def test_every_shipped_rule_explains_itself_whatever_the_facts(facts: dict[str, Value]) -> None:
    """No placeholder is left, nothing is empty, and the outcome is one of the four."""
    known: Any = CaseFacts.__new__(CaseFacts)
    known._known, known.obligor = facts, Obligor(LoanApplication())
    for rule in shipped.RULES:
        row = shipped._version(rule, DecisionRule(code=rule.code, name=rule.name))
        result = evaluation.answer(row, known, no_limit)
        assert result.outcome in Outcome
        assert result.explanation
        assert "{" not in result.explanation
        assert any("\u4e00" <= char <= "\u9fff" for char in result.explanation)
        assert set(result.facts) == set(conditions.facts_of(conditions.checked(rule.condition)))


# --- In the way of a case ------------------------------------------------------------------------
def test_a_bank_without_rules_lends_to_nobody(case: Case) -> None:
    """Fails closed: on a day before the first rule ruled, nothing can be taken up."""
    row = case.draft().row
    with clock.at(datetime(1999, 12, 31, tzinfo=clock.SHANGHAI)):
        assert [each.code for each in evaluation.blockers(row, Stage.ACCEPTANCE)] == ["decision_rules_missing"]


def test_what_the_rules_said_is_kept_with_their_versions(case: Case) -> None:
    case.to("SUBMITTED")
    runs = {run.stage: run for run in DecisionRun.objects.filter(application=case.row)}
    assert set(runs) == {"ACCEPTANCE", "SUBMISSION"}
    found = runs["SUBMISSION"].results.select_related("rule_version__rule")
    high = next(each for each in found if each.rule_version.rule.code == "DEBT_TO_INCOME_HIGH")
    assert (high.outcome, high.is_unknown, high.facts) == ("PASS", False, {"debt_to_income": "50.19%"})
    assert runs["ACCEPTANCE"].by == case.bank.rm
    assert {each.rule_version.rule.code for each in runs["ACCEPTANCE"].results.all()} >= {
        "AGE_OUT_OF_RANGE",
        "CUSTOMER_BLACKLISTED",
    }


@pytest.mark.parametrize("table", ["DecisionRun", "RuleResult"])
def test_what_was_said_is_never_changed(case: Case, table: str) -> None:
    case.draft().accept()
    run = DecisionRun.objects.get()
    rows = DecisionRun.objects.all() if table == "DecisionRun" else run.results.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(outcome="PASS")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def listed(case: Case, name: str) -> ListedPerson:
    return ListedPerson.objects.create(
        list=name, identity_index=case.customer.identity_index, reason="董事近亲属", effective_from=date(2020, 1, 1)
    )


def secured(case: Case) -> str:
    """The consumption loan, with a mortgage behind it."""
    maker = case.bank.product_manager
    steps = [*LoanProductVersion.objects.get(product__code="PERSONAL_CONSUMPTION").steps]
    steps.insert(steps.index("MATERIALS"), "COLLATERAL")
    return another_product("SECURED", like="PERSONAL_CONSUMPTION", guarantee="MORTGAGED", maker=maker, steps=steps)


def test_a_related_person_with_security_is_referred(case: Case) -> None:
    """RELATED_PARTY_SECURED: not refused, but whoever decides has to know."""
    listed(case, "RELATED_PARTY")
    case.draft(product=secured(case)).accept()
    assert DecisionRun.objects.get().outcome == "REFER"
    warned = evaluation.warnings(case.row, Stage.SUBMISSION)
    assert [each.code for each in warned] == ["related_party_secured"]


def test_a_referral_is_not_decided_below_its_level(case: Case) -> None:
    """The outlet's approver only recommends: the last word is head office's."""
    lending.in_approval(case, product=secured(case))
    listed(case, "RELATED_PARTY")
    assert evaluation.needed_level(case.row) == ApprovalLevel.HEAD_OFFICE
    (blocker,) = evaluation.against_approval(case.row)
    assert blocker.code == "higher_level_needed"
    assert "总行审批" in blocker.detail
    done(lending.approve(case))
    assert (case.row.state, case.row.approval_level) == ("IN_APPROVAL", 2)


@pytest.mark.parametrize(
    "name,code", [("BLACKLIST", "customer_blacklisted"), ("RELATED_PARTY", "related_party_unsecured")]
)
def test_who_is_listed_after_submission_is_not_approved(case: Case, name: str, code: str) -> None:
    lending.in_approval(case)
    listed(case, name)
    content = refused(lending.approve(case), 409, "transition_blocked")
    assert code in [each["code"] for each in content["blockers"]]
    assert case.row.state == "IN_APPROVAL"


def test_whoever_is_overdue_with_the_bank_gets_no_more_money(case: Case, another_case: Callable[..., Case]) -> None:
    account = lending.disbursed(case)
    second = Case(case.bank, case.run_jobs, case.customer, phones=case.phones)
    lending.contracted(second, product="PERSONAL_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED")
    LoanAccount.objects.filter(pk=account.pk).update(status="OVERDUE")
    content = refused(lending.request(second), 409, "transition_blocked")
    (found,) = content["blockers"]
    assert (found["code"], found["detail"]) == ("overdue_at_bank", "在本行有逾期或不良贷款1笔、已核销贷款0笔")
    third = Case(case.bank, case.run_jobs, case.customer, phones=case.phones).draft()
    refused(third.post("accept"), 422, "overdue_at_bank")


@pytest.mark.parametrize(
    "history,blocked", [("CLEAN", set()), ("PAST_OVERDUE", set()), ("OVERDUE", {"overdue_in_bureau"})]
)
def test_the_bureaus_report_is_looked_at(case: Case, sandbox: Any, history: str, blocked: set[str]) -> None:
    """What is overdue is above what the bank tolerates, which here is nothing."""
    Parameter.objects.filter(code="loan.bureau_overdue_tolerance").update(value=0)
    sandbox.set_scene("bureau/subjects", {"identity_no": case.customer.identity_no, "history": history})
    case.draft().accept().verify().authorize().query().investigate()
    told = done(case.rm.get(f"{case.url}/next"))
    rules = {each["code"] for each in told["blockers"]} & {"overdue_in_bureau"}
    assert rules == blocked


def test_too_much_debt_for_the_income_stops_the_file(case: Case) -> None:
    case.to("INVESTIGATING")
    visited_at = (clock.now() - timedelta(hours=1)).isoformat()
    done(case.post("due-diligence", {**FINDINGS, "visited_at": visited_at, "monthly_debt": "9000.00"}))
    told = done(case.rm.get(f"{case.url}/next"))
    (found,) = [each for each in told["blockers"] if each["code"] == "debt_to_income_excessive"]
    assert found["detail"] == "偿债收入比87.69%，超过上限70%"


def test_one_borrower_does_not_take_a_tenth_of_the_capital(case: Case) -> None:
    lending.in_approval(case)
    Parameter.objects.filter(code="bank.net_capital").update(value=900_000)
    content = refused(lending.approve(case), 409, "transition_blocked")
    (found,) = content["blockers"]
    assert found["code"] == "single_borrower_concentration"


@pytest.mark.parametrize("role", ["GUARANTOR", "CO_BORROWER"])
def test_whoever_answers_for_the_debt_is_asked_about_too(case: Case, role: str) -> None:
    case.draft()
    person = {"role": role, "relation": "FRIEND", "name": "李建国", "mobile": "13911112222"}
    number = identity_no(date(1980, 5, 1))
    done(case.post("parties", {**person, "identity_no": number, "identity_is_long_term": True}))
    party = case.row.parties.get()
    ListedPerson.objects.create(
        list="BLACKLIST", identity_index=party.identity_index, reason="失信", effective_from=date(2020, 1, 1)
    )
    content = refused(case.post("accept"), 422, "customer_blacklisted")
    (found,) = content["blockers"]
    assert found["field"] == f"parties.{party.pk}"
    assert found["detail"] == f"{party.title()}：在本行黑名单内，不得受理"


# --- Keeping the rules ---------------------------------------------------------------------------
@pytest.fixture
def maker(bank: Bank) -> Staff:
    return bank.product_manager


@pytest.fixture
def checker(bank: Bank) -> Staff:
    return hire(bank.head, Staff.Position.HEAD_OFFICE, Role.PRODUCT_MANAGER, name="复核")


def rule(code: str = "QUERIED_OFTEN") -> DecisionRule:
    return DecisionRule.objects.get(code=code)


def test_the_author_does_not_publish_his_own_rule(maker: Staff, checker: Staff) -> None:
    draft = publication.draft_next(rule(), by=maker)
    with pytest.raises(NotPermitted, match="separation_of_duties"):
        publication.publish(draft, by=maker)
    published = publication.publish(draft, by=checker)
    assert (published.drafted_by, published.published_by) == (maker, checker)
    in_force = DecisionRuleVersion.objects.in_force
    assert in_force(clock.today()).get(rule=draft.rule_id).version == 1
    assert in_force(draft.effective_from).get(rule=draft.rule_id).version == 2
    with pytest.raises(Conflict, match="rule_published"):
        publication.publish(draft, by=checker)
    with pytest.raises(DatabaseError), transaction.atomic():
        DecisionRuleVersion.objects.filter(pk=draft.pk).update(explanation="x")


def test_whoever_changes_a_draft_last_is_its_author(maker: Staff, checker: Staff) -> None:
    draft = publication.draft_next(rule(), by=maker)
    draft.explanation = "查询{bureau_queries}"
    publication.keep_draft(draft, by=checker)
    with pytest.raises(NotPermitted, match="separation_of_duties"):
        publication.publish(draft, by=checker)
    publication.publish(draft, by=maker)


def test_a_rule_is_ended_by_a_version_that_says_so_unless_the_law_made_it(maker: Staff, checker: Staff) -> None:
    for code, ends in (("QUERIED_OFTEN", True), ("RELATED_PARTY_UNSECURED", False)):
        draft = publication.draft_next(rule(code), by=maker)
        draft.is_active = False
        publication.keep_draft(draft, by=maker)
        if not ends:
            with pytest.raises(RuleBroken, match="rule_statutory"):
                publication.publish(draft, by=checker)
            continue
        publication.publish(draft, by=checker)
        on = draft.effective_from
        assert not DecisionRuleVersion.objects.in_force(on).filter(rule=draft.rule_id).exists()


@pytest.mark.parametrize(
    "changed,code",
    [
        ({"condition": {"fact": "zodiac", "is": "known"}}, "condition_invalid"),
        ({"condition": {"fact": "age", "is": ">", "than": {"parameter": "no.such"}}}, "condition_invalid"),
        ({"explanation": "年龄{age}"}, "condition_invalid"),
    ],
)
def test_a_draft_that_could_not_be_evaluated_is_refused(maker: Staff, changed: dict[str, Any], code: str) -> None:
    draft = publication.draft_next(rule(), by=maker)
    for name, value in changed.items():
        setattr(draft, name, value)
    with pytest.raises(RuleBroken, match=code):
        publication.keep_draft(draft, by=maker)


def test_an_unfinished_draft_is_not_published(maker: Staff, checker: Staff) -> None:
    draft = publication.draft_next(rule(), by=maker)
    with pytest.raises(Conflict, match="draft_exists"):
        publication.draft_next(rule(), by=maker)
    draft.stages, draft.legal_basis, draft.effective_from = [], "", clock.today() - timedelta(days=1)
    publication.keep_draft(draft, by=maker)
    with pytest.raises(RuleBroken, match="rule_incomplete") as refusal:
        publication.publish(draft, by=checker)
    assert refusal.value.extra["blockers"] == ["生效日已过", "未选适用环节", "未填依据"]


def test_nobody_else_keeps_rules(bank: Bank) -> None:
    for staff in (bank.rm, bank.approver, bank.admin, bank.head_office):
        with pytest.raises(NotPermitted):
            publication.draft_next(rule(), by=staff)


def test_the_shipped_rules_are_sown_once(bank: Bank) -> None:
    assert shipped.seed() == DecisionRule.objects.count() == len(shipped.RULES)
    for code in ("RELATED_PARTY_UNSECURED", "SINGLE_BORROWER_CONCENTRATION"):
        assert rule(code).is_statutory
    assert Stage.APPROVAL in rule("CUSTOMER_BLACKLISTED").versions.get().stages
