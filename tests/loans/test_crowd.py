"""Many people do random things to the cases of one household at the same moment, allowed or not. Whatever happens:
one state, a whole log, no skipped gate, no double payment, no decision beyond authority.

The machine of hypothesis chooses what is tried together; every attempt is a thread with a connection and a
transaction of its own. `--walks N` makes it N times as long.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from aladdin import parameters
from loans import exposure
from loans.machine import MOVES
from loans.models import ApprovalAuthority, ApprovalDecision, LoanAccount, LoanApplication, Payment, RelatedGroup
from loans.states import TERMINAL
from loans.transitions import digest
from performance.models import LedgerEntry
from tests.loans.builders import Case, customer_of, shelf
from tests.loans.lending import (
    GRANT,
    OPINION,
    contracted,
    disbursing,
    in_approval,
    newcomer,
    submitted,
    tell_result,
)
from tests.world import Bank, found_bank

pytestmark = [
    pytest.mark.django_db(transaction=True, available_apps=[each.name for each in apps.get_app_configs()]),
    pytest.mark.usefixtures("no_jobs_left"),
    pytest.mark.slow,
]
#: Two of them are within the first level's 300,000 yuan, three are not.
AMOUNT = "150000.00"
TERMS = {"amount": AMOUNT, "term_months": 36}
EVIDENCE = {"reason": "客户另有安排", "evidence": "书面申请"}
REFUSE = {"reason_code": "CONDITIONS_UNMET", "note": "资料不符"}
PEOPLE = (
    "rm", "co_rm", "other_rm", "manager", "reviewer", "second_reviewer", "approver", "second_approver",
    "senior_approver", "disbursement_officer", "second_officer", "auditor",
)  # fmt: skip

Act = Callable[[Case, Any], Any]


def _post(path: str, data: Any = None) -> Act:
    return lambda case, by: case.post(path, data, by=by)


def _core_answers(status: str) -> Act:
    """Core banking tells what became of the payment that is under way, whoever listens."""

    def told(case: Case, by: Any) -> Any:
        payment = Payment.objects.filter(application=case.row).exclude(state="FAILED").first()
        return tell_result(payment, status) if payment else case.phone(by).get(case.url)

    return told


#: What is tried, each with whom it would be right: the crowd gets far enough to be worth something.
ACTS: dict[str, tuple[Act, tuple[str, ...]]] = {
    "take": (_post("take"), ("reviewer", "approver", "disbursement_officer")),
    "lay back": (_post("lay-back", {"reason": "外出"}), ("reviewer", "approver", "disbursement_officer")),
    "claim": (_post("review/claim"), ("reviewer", "second_reviewer")),
    "opinion": (_post("review/opinion", OPINION), ("reviewer", "second_reviewer")),
    "approve": (_post("approve", GRANT | TERMS), ("approver", "second_approver", "senior_approver")),
    "escalate": (_post("escalate", {"reason": "请上级定"}), ("approver", "second_approver")),
    "return": (_post("return", {"reason_code": "OTHER", "items": ["补充"]}), ("reviewer", "approver")),
    "reject": (_post("reject", {"reason_code": "POLICY", "note": "不符"}), ("approver",)),
    "withdraw": (_post("withdraw", EVIDENCE), ("rm",)),
    "ask for money": (_post("disbursement/request", {}), ("rm",)),
    "release": (_post("disbursement/release"), ("disbursement_officer", "second_officer")),
    "refuse": (_post("disbursement/refuse", REFUSE), ("disbursement_officer", "second_officer")),
    "core pays": (_core_answers("SUCCESS"), ("rm",)),
    "core fails": (_core_answers("FAILED"), ("rm",)),
}
ATTEMPTS = st.sampled_from(sorted(ACTS)).flatmap(
    lambda act: st.tuples(
        st.just(act),
        st.one_of(*[st.sampled_from(ACTS[act][1])] * 3, st.sampled_from(PEOPLE)),
        st.integers(min_value=0, max_value=2),
    )
)
BEGINNINGS = (submitted, in_approval, in_approval, contracted, disbursing)


@pytest.fixture
def no_jobs_left(transactional_db: None) -> Iterator[None]:
    """Jobs are no model's rows, so emptying the database afterwards leaves them: take them away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def bank(transactional_db: None) -> Bank:
    """A bank with two of everybody who decides, committed, so that other connections see it."""
    parameters.sow(parameters.shipped())
    found = found_bank()
    shelf(found)
    case = Case(found, lambda: 0, customer_of(found.rm))
    for name, like in (
        ("second_reviewer", found.reviewer),
        ("second_approver", found.approver),
        ("second_officer", found.disbursement_officer),
    ):
        setattr(found, name, newcomer(case, like))
    second = getattr(found, "second_approver")  # noqa: B009  put there above
    ApprovalAuthority.objects.create(staff=second, level=1, max_amount=300_000, effective_from="2020-01-01")
    return found


class Crowd(RuleBasedStateMachine):
    """Three applications of one household and the people of the bank."""

    bank: Bank
    phones: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[Case] = []

    @rule(begins=st.lists(st.sampled_from(BEGINNINGS), min_size=3, max_size=3))
    def a_household_comes(self, begins: list[Callable[..., Case]]) -> None:
        """Once a walk; its members' debts are added up."""
        if self.cases:
            return
        group = RelatedGroup.objects.create(name="一户", kind="HOUSEHOLD")
        for begin in begins:
            case = Case(self.bank, lambda: 0, customer_of(self.bank.rm), phones=self.phones)
            group.members.create(customer=case.customer)
            self.cases.append(begin(case, **TERMS))
        self.begun = {case.id: (case.row.state, case.row.transitions.count()) for case in self.cases}

    @rule(attempts=st.lists(ATTEMPTS, min_size=2, max_size=4))
    def at_once(self, attempts: list[tuple[str, str, int]]) -> None:
        """Begun at the same moment, each in a thread of its own."""
        if not self.cases:
            return
        start = Barrier(len(attempts))
        for _, who, number in attempts:
            self.cases[number].phone(getattr(self.bank, who))  # signed in before the start

        def run(attempt: tuple[str, str, int]) -> Any:
            act, who, number = attempt
            try:
                start.wait(timeout=30)
                return ACTS[act][0](self.cases[number], getattr(self.bank, who))
            finally:
                connection.close()

        with ThreadPoolExecutor(len(attempts)) as threads:
            answers = list(threads.map(run, attempts))
        for attempt, answer in zip(attempts, answers, strict=True):
            assert answer.status_code < 500, (attempt, answer.content)
            assert answer.status_code < 400 or answer.json()["code"], attempt

    @invariant()
    def all_holds(self) -> None:
        for case in self.cases:
            row = case.row
            _log_is_whole(row, *self.begun[case.id])
            _people_are_five(row)
            _money_moved_once(row)
            _gates_were_passed(row)
        if self.cases:
            _nobody_decided_beyond(self.cases)


def _log_is_whole(row: LoanApplication, state: str, before: int) -> None:
    """One state, reached by arrows of the table, each on the record; an end is an end."""
    log = list(row.transitions.order_by("id"))[before:]
    for line, following in pairwise(log):
        assert following.from_state == line.to_state
    for line in log:
        assert line.from_state in MOVES[line.name].sources
        assert line.to_state == MOVES[line.name].target
        assert digest(line.snapshot) == line.snapshot_sha256
    assert not [line for line in log[:-1] if line.to_state in TERMINAL]
    assert row.state == (log[-1].to_state if log else state)
    assert not log or log[0].from_state == state


def _people_are_five(row: LoanApplication) -> None:
    people = [
        row.investigator_id,
        row.co_investigator_id,
        row.reviewer_id,
        row.approver_id,
        row.disbursement_officer_id,
    ]
    known = [each for each in people if each is not None]
    assert len(known) == len(set(known))


def _money_moved_once(row: LoanApplication) -> None:
    paid = row.payments.filter(state="SUCCEEDED").count()
    assert paid <= 1
    assert row.payments.filter(state__in=["SENT", "PENDING", "UNKNOWN"]).count() <= 1
    accounts = LoanAccount.objects.filter(application=row)
    assert accounts.count() == paid == (row.state == "DISBURSED")
    sources = [f"loan/{pk}" for pk in accounts.values_list("pk", flat=True)]
    assert LedgerEntry.objects.filter(metric="LOAN_COUNT", source__in=sources).count() == paid


def _gates_were_passed(row: LoanApplication) -> None:
    reached = set(row.transitions.values_list("to_state", flat=True))
    if "IN_APPROVAL" in reached:
        assert row.review_opinions.exists()
    if "APPROVED" in reached:
        assert row.approval_decisions.filter(decision="APPROVE").exists()
    if "DISBURSING" in reached:
        assert row.contract.signed_at
        assert row.cost_disclosures.filter(confirmed_at__isnull=False).exists()


def _nobody_decided_beyond(cases: list[Case]) -> None:
    """Each approval was within what its approver may grant to the whole household, taken together with all others."""
    granted = ApprovalDecision.objects.filter(decision="APPROVE", application__in=[case.id for case in cases])
    for decision in granted.select_related("by"):
        assert decision.authority_limit is not None
        assert decision.exposure is not None
        assert decision.exposure <= decision.authority_limit
        assert decision.by.approval_authorities.filter(level=decision.level).exists()
    owed = exposure.of(cases[0].row, Decimal(0)).total
    promised = cases[0].row.approved_amount if cases[0].row.state in exposure.PROMISED else None
    total = owed + (promised or 0)
    assert total <= max((each.authority_limit or Decimal(0) for each in granted), default=Decimal(0)) or not total


def test_a_crowd_at_the_same_cases(bank: Bank, walks: int) -> None:
    phones: dict[str, Any] = {}
    crowd = type("TheCrowd", (Crowd,), {"bank": bank, "phones": phones})
    run_state_machine_as_test(
        crowd,
        settings=settings(
            max_examples=2 * walks,
            stateful_step_count=10,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_approvals_of_one_household_at_once_are_added_up(bank: Bank) -> None:
    """Each alone is within the first level's 300,000, both together are not: one of them goes up."""
    group = RelatedGroup.objects.create(name="一户", kind="HOUSEHOLD")
    phones: dict[str, Any] = {}
    cases = [Case(bank, lambda: 0, customer_of(bank.rm), phones=phones) for _ in range(2)]
    terms = {"amount": "200000.00", "term_months": 36}
    people = [bank.approver, getattr(bank, "second_approver")]  # noqa: B009  put there above
    for case, person in zip(cases, people, strict=True):
        in_approval(case, **terms)
        group.members.create(customer=case.customer)
        case.phone(person)
    start = Barrier(2)

    def approve(case: Case, by: Any) -> int:
        try:
            start.wait(timeout=30)
            return int(case.post("approve", GRANT | terms, by=by).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(approve, cases, people)) == [200, 200]
    assert sorted(case.row.state for case in cases) == ["APPROVED", "IN_APPROVAL"]
