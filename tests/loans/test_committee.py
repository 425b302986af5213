"""The loan committee: five members at least, two thirds of the votes, in secret; the president only has a veto."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from loans import committee
from loans.models import CommitteeSeat, CommitteeSitting, CommitteeVote, StaffRelative
from organization.models import Staff
from organization.roles import Role
from tests.loans.builders import Case, done, refused
from tests.loans.lending import in_approval
from tests.world import hire

PROPOSAL = {"amount": "80000.00", "term_months": 12, "conditions": "追加担保"}
MINUTES = {"minutes": "会议于总行三楼召开，经讨论表决。"}


class Table:
    """A committee of six, chair among them, with its secretary and the president."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.chair, *self.members = [self._seat("CHAIR"), *(self._seat("MEMBER") for _ in range(5))]
        self.secretary = self._seat("SECRETARY", Role.REVIEWER)
        self.president = self._seat("PRESIDENT")

    def _seat(self, office: str, role: Role = Role.APPROVER) -> Staff:
        staff = hire(self.case.bank.head, Staff.Position.CREDIT, role)
        CommitteeSeat.objects.create(staff=staff, office=office)
        return staff

    @property
    def voters(self) -> list[Staff]:
        return [self.chair, *self.members]

    def post(self, what: str, said: Any = None, *, by: Staff) -> Any:
        return self.case.post(f"committee/{what}".rstrip("/"), said, by=by)

    def convene(self) -> "Table":
        done(self.post("", PROPOSAL, by=self.secretary))
        return self

    def vote(self, ballots: str) -> "Table":
        """One letter a voter: F, A or X (abstains); what is left over does not vote."""
        words = {"F": "FOR", "A": "AGAINST", "X": "ABSTAIN"}
        for letter, voter in zip(ballots, self.voters, strict=False):
            done(self.post("vote", {"ballot": words[letter], "opinion": "已阅"}, by=voter))
        return self

    def close(self) -> Any:
        return self.post("close", MINUTES, by=self.chair)


@pytest.fixture
def table(case: Case) -> Table:
    """A case before the committee."""
    in_approval(case)
    type(case.row).objects.filter(pk=case.id).update(approval_level=4)
    tiers = case.row.product_version.approval_tiers
    assert not tiers.filter(level=4).exists()
    return Table(case)


@pytest.fixture
def with_tier(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's committee may grant ten million."""
    monkeypatch.setattr(committee, "_most", lambda held: 10_000_000)


def test_two_thirds_pass_and_the_president_lets_it_stand(case: Case, table: Table, with_tier: None) -> None:
    assert done(table.convene().vote("FFFFAX").close())["state"] == "PASSED"
    assert case.row.state == "IN_APPROVAL"
    assert done(table.post("confirm", {"opinion": "同意"}, by=table.president))["state"] == "APPROVED"
    assert case.row.approver == table.president
    decision = case.row.approval_decisions.get(decision="APPROVE")
    assert (decision.level, decision.by) == (4, table.president)
    assert "同意4票，反对1票，弃权1票" in decision.reason
    assert [row.text for row in case.row.conditions_precedent.all()] == ["追加担保"]


def test_less_than_two_thirds_is_a_no_that_nobody_turns_into_a_yes(case: Case, table: Table) -> None:
    assert done(table.convene().vote("FFFAAX").close())["state"] == "FAILED"
    assert case.row.state == "REJECTED"
    decision = case.row.approval_decisions.get(decision="REJECT")
    assert (decision.reason_code, decision.by) == ("COMMITTEE_VOTE", table.chair)
    refused(table.post("confirm", {}, by=table.president), 409, "not_before_the_committee")


def test_the_president_may_veto_what_passed(case: Case, table: Table) -> None:
    done(table.convene().vote("FFFFFF").close())
    assert done(table.post("veto", {"reason": "行业过热"}, by=table.president))["state"] == "REJECTED"
    assert case.row.approval_decisions.get().reason_code == "PRESIDENT_VETO"
    assert CommitteeSitting.objects.get().state == "VETOED"


def test_the_president_does_not_vote_and_members_do_not_confirm(table: Table) -> None:
    table.convene()
    refused(table.post("vote", {"ballot": "FOR"}, by=table.president), 403, "no_committee_office")
    done(table.vote("FFFFFF").close())
    for person in (table.chair, table.members[0], table.secretary):
        refused(table.post("confirm", {}, by=person), 403, "no_committee_office")
        refused(table.post("veto", {"reason": "x"}, by=person), 403, "no_committee_office")


def test_votes_are_secret_until_the_vote_is_closed(case: Case, table: Table) -> None:
    table.convene().vote("FA")
    told = done(case.phone(table.secretary).get(f"{case.url}/committee"))
    assert [each["has_voted"] for each in told["votes"]] == [True, True, False, False, False, False]
    assert {(each["ballot"], each["opinion"]) for each in told["votes"]} == {("", "")}
    for letter, voter in zip("FFFF", table.voters[2:], strict=True):
        done(table.post("vote", {"ballot": {"F": "FOR"}[letter]}, by=voter))
    told = done(table.close())
    assert [each["ballot"] for each in told["votes"]] == ["FOR", "AGAINST", "FOR", "FOR", "FOR", "FOR"]


def test_a_vote_is_cast_once_and_never_changed(table: Table) -> None:
    table.convene().vote("F")
    refused(table.post("vote", {"ballot": "AGAINST"}, by=table.chair), 409, "already_voted")
    refused(table.post("recuse", {"reason": "x"}, by=table.chair), 409, "already_voted")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CommitteeVote.objects.filter(member=table.chair).update(ballot="AGAINST")


def test_all_vote_before_the_vote_is_closed(case: Case, table: Table) -> None:
    table.convene().vote("FFFFF")
    refused(table.close(), 409, "votes_outstanding")
    done(table.post("recuse", {"reason": "曾任该企业董事"}, by=table.voters[5]))
    refused(table.post("vote", {"ballot": "FOR"}, by=table.voters[5]), 409, "recused")
    assert done(table.close())["state"] == "PASSED"


def test_below_the_quorum_nothing_is_decided_and_the_chair_adjourns(case: Case, table: Table) -> None:
    table.convene().vote("FFFF")
    for voter in table.voters[4:]:
        done(table.post("recuse", {"reason": "回避"}, by=voter))
    refused(table.close(), 422, "quorum_missing")
    assert done(table.post("adjourn", {"reason": "人数不足"}, by=table.chair))["state"] == "ADJOURNED"
    assert case.row.state == "IN_APPROVAL"
    table.convene()


def test_who_must_keep_out_is_not_even_called(case: Case, table: Table) -> None:
    index = case.customer.identity_index
    StaffRelative.objects.create(staff=table.members[0], kinship="PARENT", identity_index=index)
    assert table.convene().case.row.sittings.get().votes.count() == 5
    refused(table.post("vote", {"ballot": "FOR"}, by=table.members[0]), 403, "not_a_voter")
    StaffRelative.objects.create(staff=table.members[1], kinship="PARENT", identity_index=index)
    refused(table.post("vote", {"ballot": "FOR"}, by=table.members[1]), 403, "relative_of_customer")


def test_fewer_than_five_do_not_sit(table: Table) -> None:
    CommitteeSeat.objects.filter(staff__in=table.members[:2]).update(effective_to=None, office="SECRETARY")
    refused(table.post("", PROPOSAL, by=table.secretary), 422, "committee_too_small")


def test_nobody_decides_alone_before_the_committee(case: Case, table: Table) -> None:
    grant = {"amount": "80000.00", "term_months": 12}
    for what, said in (("approve", grant), ("reject", {"reason_code": "POLICY", "note": "x"}), ("take", {})):
        refused(case.post(what, said, by=case.bank.senior_approver), 403, "committee_decides")
    table.convene()
    back = {"reason_code": "OTHER", "items": ["补充"]}
    refused(case.post("return", back, by=table.chair), 409, "already_sitting")
    refused(table.post("", PROPOSAL, by=table.secretary), 409, "already_sitting")
    done(table.post("adjourn", {"reason": "资料不足"}, by=table.chair))
    refused(case.post("return", back, by=table.members[0]), 403, "no_committee_office")
    assert done(case.post("return", back, by=table.chair))["state"] == "RETURNED"


def test_only_before_the_committee(case: Case, table: Table) -> None:
    type(case.row).objects.filter(pk=case.id).update(approval_level=1)
    refused(table.post("", PROPOSAL, by=table.secretary), 409, "not_before_the_committee")
    type(case.row).objects.filter(pk=case.id).update(approval_level=4)
    refused(table.post("vote", {"ballot": "FOR"}, by=table.chair), 409, "no_open_sitting")
    refused(table.post("", PROPOSAL | {"amount": "900000.00"}, by=table.secretary), 422, "offer_out_of_range")
    refused(case.phone(table.chair).get(f"{case.url}/committee"), 404, "not_found")


def test_above_the_committees_own_limit_nothing_is_confirmed(table: Table) -> None:
    done(table.convene().vote("FFFFFF").close())
    refused(table.post("confirm", {}, by=table.president), 422, "authority_exceeded")


@pytest.mark.usefixtures("thresholds")
@given(st.integers(min_value=0, max_value=40), st.integers(min_value=0, max_value=40))
def test_two_thirds_of_all_votes(votes_for: int, others: int) -> None:
    votes = votes_for + others
    assert committee.passes(votes_for, votes) == (votes > 0 and 3 * votes_for >= 2 * votes)
