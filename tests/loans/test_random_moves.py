"""Random people do random things to a case, in any order. Whatever happens: one state, reached by a legal arrow,
a whole log, no skipped gate, five different people."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loans import gates, transitions
from loans.machine import MOVES
from loans.models import LoanApplication
from loans.states import TERMINAL
from tests.loans.builders import FINDINGS, Case, picture, signature

Act = Callable[[Case, Any], Any]

_TEXT = "0" * 64


def _sign(case: Case, by: Any) -> Any:
    shown = case.phone(by).get(f"{case.url}/credit-consent-text")
    sha256 = shown.json().get("sha256", _TEXT)
    return case.upload("credit-authorizations", by=by, signature=signature(), text_sha256=sha256, place="x")


def _edit(case: Case, by: Any) -> Any:
    etag = case.phone(by).get(case.url).get("ETag", '"1"')
    return case.phone(by).patch(case.url, {"amount": "60000.00"}, etag=etag)


def _answer(case: Case, by: Any) -> Any:
    """Whatever is open, as far as the person gets; the last answer tells."""
    answer = case.phone(by).get(f"{case.url}/findings")
    for each in answer.json() if answer.status_code == 200 else []:
        said = {"fingerprint": each["fingerprint"], "answer": "已核实，差异属实"}
        answer = case.post(f"findings/{each['code']}/answer", said, by=by)
    return answer


def _post(path: str, data: dict[str, Any] | None = None) -> Act:
    return lambda case, by: case.post(path, data, by=by)


#: What people try, whether it is their turn or not.
ACTS: dict[str, Act] = {
    "edit": _edit,
    "accept": _post("accept"),
    "verify": lambda case, by: case.upload("identity-checks", by=by, face=picture()),
    "by hand": _post("identity-checks/by-hand", {"note": "核对"}),
    "sign": _sign,
    "query": _post("credit-reports", {"reason": "02"}),
    "bureau answers": lambda case, by: _bureau(case),
    "paper": lambda case, by: case.upload("materials", by=by, type="ID_CARD", file=picture()),
    "proof": lambda case, by: case.upload("materials", by=by, type="INC_PROOF", file=picture()),
    "report": _post("due-diligence", {**FINDINGS, "visited_at": "2026-01-05T10:00:00+08:00"}),
    "answer": _answer,
    "confirm": _post("due-diligence/confirm"),
    "submit": _post("submit"),
    "claim": _post("review/claim"),
    "return": _post("return", {"reason_code": "OTHER", "items": ["补充说明"]}),
    "reject": _post("reject", {"reason_code": "OTHER", "note": "不符合"}),
    "withdraw": _post("withdraw", {"reason": "不要了", "evidence": "书面申请"}),
    "cancel": _post("cancel", {"reason": "不办了"}),
}
PEOPLE = ("rm", "co_rm", "other_rm", "stranger", "manager", "query_officer", "reviewer", "approver", "auditor")
#: The steps in their right order, so that random walks get far enough to be worth something.
ROAD = (
    ("accept", "rm"),
    ("verify", "rm"),
    ("sign", "rm"),
    ("query", "query_officer"),
    ("bureau answers", "rm"),
    ("paper", "rm"),
    ("paper", "rm"),
    ("proof", "rm"),
    ("report", "rm"),
    ("answer", "rm"),
    ("confirm", "co_rm"),
    ("submit", "rm"),
    ("claim", "reviewer"),
    ("return", "reviewer"),
)


def _bureau(case: Case) -> Any:
    case.run_jobs()
    return case.rm.get(case.url)


#: The step of the road that has not been tried yet.
NEXT = ("next", "")
steps = st.one_of(
    st.tuples(st.sampled_from(sorted(ACTS)), st.sampled_from(PEOPLE)),
    *[st.just(NEXT)] * 3,
)


@pytest.mark.slow
def test_whatever_people_try(case: Case, walks: int) -> None:
    for who in PEOPLE:
        case.phone(getattr(case.bank, who))  # signed in before what is rolled back

    @settings(
        max_examples=12 * walks,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a walk of minutes is not worth shrinking
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(walk=st.lists(steps, min_size=10, max_size=30))
    def people_walk(walk: list[tuple[str, str]]) -> None:
        _walk(case, walk)

    people_walk()


def _walk(case: Case, walk: list[tuple[str, str]]) -> None:
    road = iter(ROAD)
    with transaction.atomic():
        case.draft()
        for chosen in walk:
            act, who = next(road, ("submit", "rm")) if chosen == NEXT else chosen
            _try(case, act, getattr(case.bank, who))
        transaction.set_rollback(True)


def _try(case: Case, act: str, by: Any) -> None:
    before, logged = case.row, case.row.transitions.count()
    answer = ACTS[act](case, by)
    after = case.row
    assert answer.status_code < 500, (act, answer.content)
    if answer.status_code >= 400 and act != "bureau answers":
        assert answer.json()["code"], act
        assert (after.state, after.transitions.count()) == (before.state, logged), "a refusal changes nothing"
    check(after, since=logged)


def check(application: LoanApplication, *, since: int) -> None:
    """The invariants (a) to (d) of domain 1.4, as far as a case has come."""
    log = list(application.transitions.order_by("id"))
    assert log[0].name == "create"
    for earlier, later in pairwise(log):
        assert later.from_state == earlier.to_state, "the log has no gaps"
        assert later.from_state in MOVES[later.name].sources, "every move is an arrow of the table"
        assert later.to_state == MOVES[later.name].target
    assert log[-1].to_state == application.state, "the last line is where the case stands"
    for line in log[since:]:
        assert transitions.digest(line.snapshot) == line.snapshot_sha256
    assert not [line for line in log[:-1] if line.to_state in TERMINAL], "an end is an end"
    _check_gates(application, {line.to_state for line in log})
    people = (application.investigator_id, application.co_investigator_id, application.reviewer_id)
    known = [each for each in people if each is not None]
    assert len(known) == len(set(known))


def _check_gates(application: LoanApplication, reached: set[str]) -> None:
    """No state is reached whose gate has no row."""
    if "ID_VERIFIED" in reached:
        assert application.identity_checks.filter(passed=True).exists()
    if "CREDIT_AUTHORIZED" in reached:
        assert application.credit_authorizations.exclude(signature_sha256="").exists()
    if "INVESTIGATING" in reached:
        reports = application.credit_reports.filter(state="RECEIVED", authorization__spent_at__isnull=False)
        assert reports.filter(queried_by__role_assignments__role="CREDIT_QUERY_OFFICER").exists()
    if application.state in ("SUBMITTED", "UNDER_REVIEW"):  # what is returned may be edited, and confirmed anew
        assert application.due_diligence.investigator_id == application.investigator_id
        two = gates.needs_two_investigators(application)
        assert application.due_diligence.confirmed_by_id in {application.co_investigator_id, None if not two else 0}
        assert application.materials.standing().filter(type="ID_CARD").count() >= 2
    assert application.credit_reports.count() <= application.credit_authorizations.count()
