"""The loan committee's table: convening, secret votes, minutes, the president's word."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from loans import committee
from loans.api.applications import ApplicationSerializer
from loans.api.common import TAG, PersonSerializer, ReasonSerializer, application_within, person_of
from loans.codes import Ballot
from loans.models import CommitteeSitting, CommitteeVote


class ProposalSerializer(serializers.Serializer[Any]):
    amount = serializers.DecimalField(max_digits=18, decimal_places=2, min_value=0, help_text="提请金额（元）")
    term_months = serializers.IntegerField(min_value=1, max_value=600, help_text="提请期限（月）")
    rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, min_value=0, required=False, allow_null=True, default=None,
        help_text="提请年利率（%），缺省为产品当日定价",
    )  # fmt: skip
    max_draws = serializers.IntegerField(
        min_value=1, max_value=60, required=False, default=1, help_text="允许提款次数，1 为一次提款"
    )
    conditions = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="放款前须落实的条件，一行一条"
    )


class CommitteePlaceSerializer(serializers.ModelSerializer[CommitteeVote]):
    """A member's place. How he voted is told only once the vote is closed; before that only that he did."""

    member = PersonSerializer(read_only=True)
    has_voted = serializers.SerializerMethodField()
    ballot = serializers.SerializerMethodField(help_text="表决结束前为空")
    opinion = serializers.SerializerMethodField(help_text="表决结束前为空")

    class Meta:
        model = CommitteeVote
        fields = ["member", "has_voted", "ballot", "opinion", "recused_at", "recusal_reason"]
        read_only_fields = fields

    def get_has_voted(self, row: CommitteeVote) -> bool:
        return row.voted_at is not None

    def get_ballot(self, row: CommitteeVote) -> str:
        return row.ballot if self._is_closed(row) else ""

    def get_opinion(self, row: CommitteeVote) -> str:
        return row.opinion if self._is_closed(row) else ""

    def _is_closed(self, row: CommitteeVote) -> bool:
        return row.sitting.state not in (CommitteeSitting.State.OPEN, CommitteeSitting.State.ADJOURNED)


class SittingSerializer(serializers.ModelSerializer[CommitteeSitting]):
    votes = CommitteePlaceSerializer(many=True, read_only=True)
    convened_by = PersonSerializer(read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = CommitteeSitting
        fields = [
            "id", "state", "state_label", "amount", "term_months", "rate", "max_draws", "conditions", "convened_by",
            "convened_at", "votes_for", "votes_against", "abstentions", "minutes", "closed_at", "votes",
        ]  # fmt: skip
        read_only_fields = fields


class CommitteeVoteSerializer(serializers.Serializer[Any]):
    ballot = serializers.ChoiceField(choices=Ballot.choices, help_text="表决")
    opinion = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", help_text="意见")


class MinutesSerializer(serializers.Serializer[Any]):
    minutes = serializers.CharField(max_length=5000, help_text="会议纪要")


class PresidentSerializer(serializers.Serializer[Any]):
    opinion = serializers.CharField(max_length=300, required=False, allow_blank=True, default="", help_text="审定意见")


class SittingView(BankView):
    """The last sitting on the case; and convening one."""

    access = {"GET": "loan.committee", "POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="贷审会审议", responses=SittingSerializer)
    def get(self, request: Request, application_id: UUID) -> Response:
        return self.one(committee.sitting_of(application_within(request, application_id)), SittingSerializer)

    @extend_schema(tags=[TAG], summary="提请贷审会审议", request=ProposalSerializer, responses={201: SittingSerializer})
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        proposal = committee.Proposal(**self.read(ProposalSerializer))
        sitting = committee.convene(application, proposal, by=person_of(request))
        return self.one(sitting, SittingSerializer, status=201)


class VoteView(BankView):
    """A member's vote."""

    access = {"POST": "loan.committee"}

    @extend_schema(
        tags=[TAG], summary="贷审会表决", request=CommitteeVoteSerializer, responses=CommitteePlaceSerializer
    )
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        said = self.read(CommitteeVoteSerializer)
        return self.one(committee.vote(application, by=person_of(request), **said), CommitteePlaceSerializer)


class RecuseView(BankView):
    """A member keeps out."""

    access = {"POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="回避表决", request=ReasonSerializer, responses=CommitteePlaceSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        reason = self.read(ReasonSerializer)["reason"][:200]
        return self.one(committee.recuse(application, reason=reason, by=person_of(request)), CommitteePlaceSerializer)


class CloseView(BankView):
    """The chair closes the vote."""

    access = {"POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="结束表决", request=MinutesSerializer, responses=SittingSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        minutes = self.read(MinutesSerializer)["minutes"]
        return self.one(committee.close(application, minutes=minutes, by=person_of(request)), SittingSerializer)


class AdjournView(BankView):
    """The chair breaks the vote off."""

    access = {"POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="休会", request=ReasonSerializer, responses=SittingSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        reason = self.read(ReasonSerializer)["reason"]
        return self.one(committee.adjourn(application, reason=reason, by=person_of(request)), SittingSerializer)


class ConfirmView(BankView):
    """The president lets the yes stand."""

    access = {"POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="行长审定同意", request=PresidentSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        opinion = self.read(PresidentSerializer)["opinion"]
        moved = committee.confirm(application, opinion=opinion, by=person_of(request))
        return self.one(moved, ApplicationSerializer)


class VetoView(BankView):
    """The president's no."""

    access = {"POST": "loan.committee"}

    @extend_schema(tags=[TAG], summary="行长否决", request=ReasonSerializer, responses=ApplicationSerializer)
    def post(self, request: Request, application_id: UUID) -> Response:
        application = application_within(request, application_id)
        reason = self.read(ReasonSerializer)["reason"]
        return self.one(committee.veto(application, reason=reason, by=person_of(request)), ApplicationSerializer)
