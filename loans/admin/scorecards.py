"""Scorecards in the back office: loaded by command as drafts, looked through and published here by another person."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Kept, Register, RegisterLines, move
from loans.decision import scorecards
from loans.decision.catalogue import CATALOGUE
from loans.models import (
    ApplicationScore,
    ScorecardAttribute,
    ScorecardBand,
    ScorecardVersion,
    ScoreContribution,
)
from organization.caller import caller

DRAFT = ScorecardVersion.State.DRAFT


class Attributes(RegisterLines):
    """What is scored."""

    model = ScorecardAttribute
    tab = True
    fields = ["label", "more_is_better", "points", "missing_points", "missing_text", "improvement"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("bins")

    @display(description="评分项")
    def label(self, row: ScorecardAttribute) -> str:
        return CATALOGUE[row.fact].label

    @display(description="分值")
    def points(self, row: ScorecardAttribute) -> str:
        return "；".join(f"{each.text} {each.points}分" for each in row.bins.all())


class Bands(RegisterLines):
    """What a score means."""

    model = ScorecardBand
    tab = True
    fields = ["code", "label", "lowest", "meaning"]
    readonly_fields = fields


@admin.register(ScorecardVersion)
class ScorecardVersionAdmin(Kept):
    """Versions; a draft is published by another person than who loaded it."""

    subject = "scorecard-version"
    list_display = ["scorecard", "version", "shown_state", "role", "effective_from", "gini"]
    list_display_links = ["scorecard", "version"]
    list_select_related = ["scorecard"]
    list_filter = ["state", "role"]
    ordering = ["scorecard__code", "-version"]
    inlines = [Attributes, Bands]
    actions_detail = ["publish"]
    fields: Any = [
        ("scorecard", "version"),
        ("state", "role", "effective_from"),
        ("base", "trained_on"),
        "shown_figures",
        ("drafted_by", "drafted_at"),
        ("published_by", "published_at"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: ScorecardVersion | None = None) -> list[str]:
        named = [name for line in self.fields for name in ([line] if isinstance(line, str) else line)]
        return [*named, "gini"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Loaded by `manage.py load_scorecard`, in the name of a person."""
        return False

    @display(description="状态", ordering="state", label={"已发布": "success", "草稿": "warning"})
    def shown_state(self, row: ScorecardVersion) -> str:
        return row.get_state_display()

    @display(description="Gini（留出或交叉验证）")
    def gini(self, row: ScorecardVersion) -> str:
        figures = row.figures.get("held_out") or row.figures.get("cross_validated") or {}
        return str(figures.get("gini", "—"))

    @display(description="检验指标")
    def shown_figures(self, row: ScorecardVersion) -> str:
        return json.dumps(row.figures, ensure_ascii=False, indent=1)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        draft = ScorecardVersion.objects.filter(pk=object_id, state=DRAFT) if object_id else None
        return request.user.has_perm("loans.change_scorecardversion") and bool(draft)

    @action(
        description="复核发布",
        permissions=["publish"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "复核并发布此评分卡",
            "description": "须由载入人以外的人员发布；自生效日起用于新的评分，发布后不能更改。",
            "form_class": Confirmed,
            "form_submit_text": "发布",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The draft counts from its day on."""
        version = ScorecardVersion.objects.select_related("scorecard").get(pk=object_id)
        return move(
            request,
            lambda: scorecards.publish(version, by=caller(request)),
            done=f"“{version}”已发布",
            onward=reverse("admin:loans_scorecardversion_change", args=[object_id]),
        )


class Contributions(RegisterLines):
    """Why."""

    model = ScoreContribution
    fields = ["text", "points", "most"]
    readonly_fields = fields


@admin.register(ApplicationScore)
class ApplicationScoreAdmin(Register):
    """Every score that was put on record, a challenger's too."""

    list_display = ["run", "application", "version", "is_shadow", "points", "band"]
    list_select_related = ["run__application", "version__scorecard"]
    list_filter = ["is_shadow", "band"]
    search_fields = ["=run__application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]
    fields = ["run", "version", "is_shadow", "points", "band"]
    inlines = [Contributions]

    @display(description="申请")
    def application(self, row: ApplicationScore) -> str:
        return str(row.run.application)
