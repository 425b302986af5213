"""Hard rules in the back office: one person drafts a version, another publishes it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from aladdin.back_office import Confirmed, Kept, move
from aladdin.problems import RuleBroken
from loans.codes import Stage
from loans.decision import publication
from loans.decision.catalogue import CATALOGUE
from loans.models import DecisionRule, DecisionRuleVersion
from organization.caller import caller

if TYPE_CHECKING:
    _RuleForm = forms.ModelForm[DecisionRuleVersion]
else:
    _RuleForm = forms.ModelForm

DRAFT = DecisionRuleVersion.State.DRAFT
_FACTS = "可用事实：" + "、".join(f"{fact.code}（{fact.label}）" for fact in CATALOGUE.values())


class RuleForm(_RuleForm):
    """A draft: stages as boxes, the condition as a document that is checked before it is kept."""

    class Meta:
        model = DecisionRuleVersion
        exclude = ["id"]
        help_texts = {"condition": _FACTS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "stages" in self.fields:
            boxes = UnfoldAdminCheckboxSelectMultipleWidget
            self.fields["stages"] = forms.MultipleChoiceField(label="适用环节", choices=Stage.choices, widget=boxes)
        if "explanation" in self.fields:
            self.fields["explanation"].widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if "condition" in said and "explanation" in said:
            try:
                publication.require_sound(said["condition"], said["explanation"])
            except RuleBroken as wrong:
                for field, texts in wrong.errors.items():
                    self.add_error(field, texts)
        return said


@admin.register(DecisionRule)
class DecisionRuleAdmin(Kept):
    """Rules; what they say is in their versions."""

    subject = "decision-rule"
    list_display = ["name", "code", "is_statutory", "versions_there_are"]
    list_filter = ["is_statutory"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = ["code", "name", "is_statutory"]
    actions_detail = ["draft_next"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    @display(description="版本")
    def versions_there_are(self, rule: DecisionRule) -> str:
        said = sorted((row.version, row.get_state_display()) for row in rule.versions.all())
        return "、".join(f"v{number} {state}" for number, state in said)

    def get_readonly_fields(self, request: HttpRequest, obj: DecisionRule | None = None) -> list[str]:
        return ["code", "is_statutory"] if obj else []

    def has_draft_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("loans.add_decisionruleversion")

    @action(
        description="新建下一版本",
        permissions=["draft"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "新建下一版本",
            "description": "以最新版本为底稿，次日生效；由另一人复核发布，发布后不能更改。",
            "form_class": Confirmed,
            "form_submit_text": "新建",
        },
    )
    def draft_next(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """A draft of the next version."""
        rule = DecisionRule.objects.get(pk=object_id)
        return move(
            request,
            lambda: publication.draft_next(rule, by=caller(request)),
            done=f"“{rule.name}”已有新的草稿版本",
            onward=reverse("admin:loans_decisionruleversion_changelist") + f"?rule__id__exact={object_id}",
        )


@admin.register(DecisionRuleVersion)
class DecisionRuleVersionAdmin(Kept):
    """A draft is edited and published; a published version is only read."""

    subject = "decision-rule-version"
    form = RuleForm
    list_display = ["rule", "version", "shown_state", "effective_from", "is_active", "outcome", "shown_stages"]
    list_display_links = ["rule", "version"]
    list_select_related = ["rule"]
    list_filter = ["state", "outcome", "is_active"]
    search_fields = ["rule__code", "rule__name"]
    ordering = ["rule__code", "-version"]
    actions_detail = ["publish"]
    fields: Any = [
        ("rule", "version"),
        ("state", "effective_from", "is_active"),
        ("stages", "about"),
        "condition",
        ("outcome", "when_unknown", "refer_to_level"),
        "explanation",
        ("legal_basis", "field"),
        ("drafted_by", "drafted_at"),
        ("published_by", "published_at"),
    ]

    @display(description="状态", ordering="state", label={"已发布": "success", "草稿": "warning"})
    def shown_state(self, row: DecisionRuleVersion) -> str:
        return row.get_state_display()

    @display(description="适用环节")
    def shown_stages(self, row: DecisionRuleVersion) -> str:
        return "、".join(str(Stage(stage).label) for stage in row.stages)

    def get_readonly_fields(self, request: HttpRequest, obj: DecisionRuleVersion | None = None) -> list[str]:
        by_itself = ["version", "state", "drafted_by", "drafted_at", "published_by", "published_at", "shown_stages"]
        return [*by_itself, "rule"] if obj else by_itself

    def get_fields(self, request: HttpRequest, obj: DecisionRuleVersion | None = None) -> Any:
        """What can only be read says the words instead of the codes."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return [("shown_stages", "about") if name == ("stages", "about") else name for name in self.fields]

    def has_change_permission(self, request: HttpRequest, obj: DecisionRuleVersion | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.state == DRAFT)

    def save_model(self, request: HttpRequest, obj: DecisionRuleVersion, form: Any, change: bool) -> None:
        """Through the capability, which makes the person the author."""
        publication.keep_draft(obj, by=caller(request))

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        draft = DecisionRuleVersion.objects.filter(pk=object_id, state=DRAFT) if object_id else None
        return request.user.has_perm("loans.change_decisionruleversion") and bool(draft)

    @action(
        description="复核发布",
        permissions=["publish"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "复核并发布此版本",
            "description": "须由起草人以外的人员发布；自生效日起对所有申请适用，发布后不能更改。",
            "form_class": Confirmed,
            "form_submit_text": "发布",
        },
    )
    def publish(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The draft rules from its day on."""
        row = DecisionRuleVersion.objects.select_related("rule").get(pk=object_id)
        return move(
            request,
            lambda: publication.publish(row, by=caller(request)),
            done=f"“{row}”已发布",
            onward=reverse("admin:loans_decisionruleversion_change", args=[object_id]),
        )
