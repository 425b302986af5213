"""The loan committee (贷审会), the topmost level of approval: it votes in secret, at least five members and two thirds
of those who vote; what it passes the president may veto, what it refuses nobody can turn into a yes."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock, parameters
from aladdin.money import yuan
from aladdin.problems import Conflict, NotFound, NotPermitted, RuleBroken
from loans import approval, authority, blockers, borrower_notices, conditions_precedent, exposure
from loans.codes import ApprovalLevel, Ballot, CommitteeOffice, Stage
from loans.decision import support
from loans.leading import touch
from loans.models import CommitteeSeat, CommitteeSitting, CommitteeVote, LoanApplication
from loans.reasons import CommitteeReason
from loans.states import State
from loans.transitions import hold, move, subject_of
from organization.access import require
from organization.models import Staff

S = CommitteeSitting.State
_VOTING = (CommitteeOffice.CHAIR, CommitteeOffice.MEMBER)
_CALLING = (CommitteeOffice.CHAIR, CommitteeOffice.SECRETARY)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is voted on: yuan, months, percent a year (None: the product's price of the day), draws, conditions."""

    amount: Decimal
    term_months: int
    rate: Decimal | None = None
    max_draws: int = 1
    conditions: str = ""


# --- Convening -----------------------------------------------------------------------------------
@transaction.atomic
def convene(application: LoanApplication, proposal: Proposal, *, by: Staff) -> CommitteeSitting:
    """Put the case before all members who need not keep out.

    Raises `no_committee_office` (403), `not_before_the_committee`, `already_sitting` (409), `committee_too_small`,
    `offer_out_of_range` (422)."""
    held = _held(application, by, *_CALLING)
    require_no_sitting(held)
    terms = approval.within_offer(held, proposal.amount, proposal.term_months, proposal.rate, proposal.max_draws)
    members = [seat.staff for seat in _seats(*_VOTING) if not _keeps_out(held, seat.staff)]
    _require_enough(len(members))
    sitting = CommitteeSitting.objects.create(application=held, conditions=proposal.conditions, convened_by=by, **terms)
    CommitteeVote.objects.bulk_create(CommitteeVote(sitting=sitting, member=member) for member in members)
    _on_record(held, "convene", by, members=len(members))
    return sitting


def require_no_sitting(held: LoanApplication) -> None:
    """Raise `already_sitting` (409) while the committee sits on the case."""
    if held.sittings.filter(state__in=[S.OPEN, S.PASSED]).exists():
        raise Conflict("already_sitting", "该申请正在贷审会审议中")


def _seats(*offices: CommitteeOffice) -> Iterable[CommitteeSeat]:
    return CommitteeSeat.objects.today().filter(office__in=offices).select_related("staff").order_by("id")


def _keeps_out(held: LoanApplication, member: Staff) -> bool:
    """Whether the member has another part in the case, or decided on it on a lower level."""
    if authority.decided(held).filter(by=member).exists():
        return True
    return any(blockers.conflicts_of(held, "approve", member))


def _require_enough(members: int) -> None:
    least = parameters.integer("loan.committee_members")
    if members < least:
        raise RuleBroken("committee_too_small", f"可参加表决的委员须不少于{least}人，现{members}人")


# --- Voting --------------------------------------------------------------------------------------
@transaction.atomic
def vote(application: LoanApplication, ballot: str, *, opinion: str = "", by: Staff) -> CommitteeVote:
    """A member votes, once. Raises `not_a_voter`, `separation_of_duties`, `relative_of_customer` (403),
    `already_voted`, `recused`, `no_open_sitting` (409)."""
    held = _held(application, by, *_VOTING)
    row = _place(held, by)
    found = list(blockers.conflicts_of(held, "approve", by))
    if found:
        raise NotPermitted(found[0].code, found[0].detail)
    row.ballot, row.opinion, row.voted_at = Ballot(ballot), opinion, clock.now()
    row.save()
    _on_record(held, "vote", by)  # that he voted, not how
    return row


@transaction.atomic
def recuse(application: LoanApplication, *, reason: str, by: Staff) -> CommitteeVote:
    """A member keeps out of the case. Raises as `vote`."""
    held = _held(application, by, *_VOTING)
    row = _place(held, by)
    row.recused_at, row.recusal_reason = clock.now(), reason
    row.save()
    _on_record(held, "recuse", by, reason=reason)
    return row


def _place(held: LoanApplication, by: Staff) -> CommitteeVote:
    """The person's place in the open sitting, in which he has done nothing yet."""
    row = open_sitting(held).votes.filter(member=by).first()
    if row is None:
        raise NotPermitted("not_a_voter", "您不是本次审议的表决委员")
    if row.voted_at is not None:
        raise Conflict("already_voted", "您已表决，不能更改")
    if row.recused_at is not None:
        raise Conflict("recused", "您已回避本次审议")
    return row


def open_sitting(held: LoanApplication, *states: CommitteeSitting.State) -> CommitteeSitting:
    """The sitting that is under way. Raises `no_open_sitting` (409)."""
    found = held.sittings.filter(state__in=states or (S.OPEN,)).first()
    if found is None:
        raise Conflict("no_open_sitting", "该申请没有进行中的贷审会审议")
    return found


# --- Closing -------------------------------------------------------------------------------------
@transaction.atomic
def close(application: LoanApplication, *, minutes: str, by: Staff) -> CommitteeSitting:
    """The chair closes the vote with its minutes; where it failed the loan is refused.

    Raises `votes_outstanding`, `no_open_sitting` (409), `quorum_missing` (422)."""
    held = _held(application, by, CommitteeOffice.CHAIR)
    sitting = open_sitting(held)
    _count(sitting)
    sitting.minutes, sitting.closed_by, sitting.closed_at = minutes, by, clock.now()
    passed = _has_passed(sitting)
    sitting.state = S.PASSED if passed else S.FAILED
    sitting.save()
    _on_record(held, "close_vote", by, passed=passed, **_figures(sitting))
    if not passed:
        _refuse(held, sitting, by, CommitteeReason.COMMITTEE_VOTE, _result_in_words(sitting))
    return sitting


def _count(sitting: CommitteeSitting) -> None:
    rows = list(sitting.votes.filter(recused_at__isnull=True))
    if any(row.voted_at is None for row in rows):
        raise Conflict("votes_outstanding", "仍有委员未表决，请待其表决或回避")
    least = parameters.integer("loan.committee_members")
    if len(rows) < least:
        raise RuleBroken("quorum_missing", f"有效表决须不少于{least}人，现{len(rows)}人")
    given = [row.ballot for row in rows]
    sitting.votes_for, sitting.votes_against = given.count(Ballot.FOR), given.count(Ballot.AGAINST)
    sitting.abstentions = given.count(Ballot.ABSTAIN)


def _has_passed(sitting: CommitteeSitting) -> bool:
    return passes(sitting.votes_for or 0, sum(_figures(sitting).values()))


def passes(votes_for: int, votes: int) -> bool:
    """Whether so many of so many are enough: the parameter's share of all who voted, abstentions included."""
    share = parameters.decimal("loan.committee_majority_percent")
    return votes > 0 and Decimal(100 * votes_for) >= share * votes


def _figures(sitting: CommitteeSitting) -> dict[str, int]:
    return {
        "votes_for": sitting.votes_for or 0,
        "votes_against": sitting.votes_against or 0,
        "abstentions": sitting.abstentions or 0,
    }


def _result_in_words(sitting: CommitteeSitting) -> str:
    said = _figures(sitting)
    return f"贷审会表决：同意{said['votes_for']}票，反对{said['votes_against']}票，弃权{said['abstentions']}票"


@transaction.atomic
def adjourn(application: LoanApplication, *, reason: str, by: Staff) -> CommitteeSitting:
    """The chair breaks off a vote that cannot be held; another may be convened. Raises `no_open_sitting` (409)."""
    held = _held(application, by, CommitteeOffice.CHAIR)
    sitting = open_sitting(held)
    sitting.state, sitting.closed_by, sitting.closed_at = S.ADJOURNED, by, clock.now()
    sitting.save()
    _on_record(held, "adjourn", by, reason=reason)
    return sitting


# --- The president -------------------------------------------------------------------------------
@transaction.atomic
def confirm(application: LoanApplication, *, opinion: str, by: Staff) -> LoanApplication:
    """The president lets the committee's yes stand. Raises `no_open_sitting` (409), `authority_exceeded` (422)."""
    exposure.lock(application)
    held = _held(application, by, CommitteeOffice.PRESIDENT)
    sitting = open_sitting(held, S.PASSED)
    _require_apart(held, by)
    terms = approval.within_offer(held, sitting.amount, sitting.term_months, sitting.rate, sitting.max_draws)
    total, most = exposure.of(held, sitting.amount).total, _most(held)
    if total > most:
        raise RuleBroken("authority_exceeded", f"单户（含关联）合计{yuan(total)}元，超出贷审会权限{yuan(most)}元")
    said = {**terms, "conditions": sitting.conditions, "exposure": total, "authority_limit": most}
    reason = f"{_result_in_words(sitting)}。{opinion}"
    conditions_precedent.lay_down(approval.record(held, "APPROVE", by=by, reason=reason, **said))
    _end(sitting, S.CONFIRMED)
    move(held, "approve", by=by, reason=reason[:500], approver=by, **approval.kept_terms(held, said))
    support.keep(held, Stage.APPROVAL, by=by)
    return held


@transaction.atomic
def veto(application: LoanApplication, *, reason: str, by: Staff) -> LoanApplication:
    """The president says no to what the committee passed. Raises `no_open_sitting` (409)."""
    held = _held(application, by, CommitteeOffice.PRESIDENT)
    sitting = open_sitting(held, S.PASSED)
    _require_apart(held, by)
    _end(sitting, S.VETOED)
    return _refuse(held, sitting, by, CommitteeReason.PRESIDENT_VETO, reason)


def _end(sitting: CommitteeSitting, state: CommitteeSitting.State) -> None:
    sitting.state = state
    sitting.save(update_fields=["state"])


def _require_apart(held: LoanApplication, by: Staff) -> None:
    if _keeps_out(held, by):
        raise NotPermitted("separation_of_duties", "参与过本笔申请的人员不得审定贷审会意见")


def _most(held: LoanApplication) -> Decimal:
    tier = held.product_version.approval_tiers.filter(level=ApprovalLevel.COMMITTEE).first()
    return tier.up_to if tier else Decimal(0)


def _refuse(
    held: LoanApplication, sitting: CommitteeSitting, by: Staff, code: CommitteeReason, why: str
) -> LoanApplication:
    reason = f"{code.label}：{why}"
    approval.record(held, "REJECT", by=by, reason=reason, reason_code=code, amount=sitting.amount)
    moved = move(held, "reject", by=by, reason=reason[:500], reason_code=code)
    borrower_notices.refused(moved, code)
    return moved


# --- Who, and on record --------------------------------------------------------------------------
def _held(application: LoanApplication, by: Staff, *offices: CommitteeOffice) -> LoanApplication:
    """The case, locked, with somebody of these offices before it. Raises `no_committee_office` (403),
    `not_before_the_committee` (409)."""
    require(by, "loan.committee")
    require_office(by, *offices)
    held = hold(application.pk)
    if held.state != State.IN_APPROVAL or held.approval_level != ApprovalLevel.COMMITTEE:
        raise Conflict("not_before_the_committee", "该申请未到贷审会审批", state=held.state)
    return held


def require_office(by: Staff, *offices: CommitteeOffice) -> None:
    """Raise `no_committee_office` (403) unless the person holds one of these offices today."""
    if not CommitteeSeat.objects.today().filter(staff=by, office__in=offices).exists():
        names = "、".join(office.label for office in offices)
        raise NotPermitted("no_committee_office", f"须由贷审会{names}办理")


def _on_record(held: LoanApplication, action: str, by: Staff, **said: object) -> None:
    touch(held)
    audit.record(by=by, action=f"committee.{action}", subject=subject_of(held), **said)


def sitting_of(application: LoanApplication) -> CommitteeSitting:
    """The last sitting on the case. Raises NotFound."""
    found = application.sittings.prefetch_related("votes__member").first()
    if found is None:
        raise NotFound("该申请没有贷审会审议")
    return found
