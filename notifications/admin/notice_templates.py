"""The texts of notices in the back office: written by one person, published by another, seen before they are."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from aladdin.back_office import Confirmed, Kept, WithReason, move
from notifications import notice_texts
from notifications.kinds import KINDS
from notifications.models import NoticeTemplate
from notifications.text_preview import preview
from organization.caller import caller

S = NoticeTemplate.State
Dialog = Callable[..., HttpResponse]
_DONE = {"submit": "提交复核", "send_back": "退回修改", "publish": "发布", "draft_next": "新建下一版本"}


def _dialog(name: str, variant: ActionVariant, *, asks_why: bool = False) -> Dialog:
    """One move of a template as a button with a dialog."""

    def run(self: "NoticeTemplateAdmin", request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        template = NoticeTemplate.objects.get(pk=object_id)
        said = {"reason": form.cleaned_data["reason"]} if asks_why else {}
        return move(
            request,
            lambda: getattr(notice_texts, name)(template, by=caller(request), **said),
            done=f"“{template}”已{_DONE[name]}",
            onward=reverse("admin:notifications_noticetemplate_changelist") + f"?q={template.kind}",
        )

    run.__name__ = name
    dialog = {
        "title": _DONE[name],
        "description": "",
        "form_class": WithReason if asks_why else Confirmed,
        "form_submit_text": _DONE[name],
    }
    made: Dialog = action(description=_DONE[name], permissions=[name], variant=variant, dialog=dialog)(run)
    return made


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(Kept):
    """Versions of what every kind of notice says; what is published is only read."""

    subject = "notice-template"
    list_display = ["kind", "title", "version", "shown_state", "effective_from", "maker", "checker"]
    list_select_related = ["maker", "checker"]
    list_filter = ["state"]
    search_fields = ["kind", "title"]
    ordering = ["kind", "-version"]
    actions_detail = ["submit", "publish", "send_back", "draft_next"]
    fields = [
        ("kind", "version", "state"),
        "title",
        "body",
        "hint",
        "variables",
        "samples",
        "effective_from",
        "seen",
        ("maker", "checker"),
        ("returned_because", "published_at"),
    ]
    readonly_fields = [
        "kind",
        "version",
        "state",
        "variables",
        "seen",
        "maker",
        "checker",
        "returned_because",
        "published_at",
    ]

    submit = _dialog("submit", ActionVariant.PRIMARY)
    publish = _dialog("publish", ActionVariant.SUCCESS)
    send_back = _dialog("send_back", ActionVariant.WARNING, asks_why=True)
    draft_next = _dialog("draft_next", ActionVariant.PRIMARY)

    @display(description="状态", ordering="state", label={"已发布": "success", "待复核": "warning", "草稿": "info"})
    def shown_state(self, template: NoticeTemplate) -> str:
        return template.get_state_display()

    @display(description="可用变量")
    def variables(self, template: NoticeTemplate) -> str:
        kind = KINDS.get(template.kind)
        if kind is None:
            return "—"
        return "；".join(
            f"{{{name}}} {each.label}（{each.type.label}{'，必填' if name in kind.needed else ''}）"
            for name, each in kind.variables.items()
        )

    @display(description="预览")
    def seen(self, template: NoticeTemplate) -> str:
        return render_to_string("notifications/text_preview.html", asdict(preview(template)))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> "forms.Field | None":
        """Room to write in."""
        if db_field.name == "body":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        if db_field.name in {"title", "hint"}:
            kwargs["widget"] = UnfoldAdminTextInputWidget
        made: forms.Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        return made

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A version is drafted from the one before: kinds are the system's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: NoticeTemplate | None = None) -> bool:
        """A draft belongs to its maker: the audit trail says whose words are checked."""
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or (obj.state == S.DRAFT and obj.maker_id == caller(request).pk))

    # --- Which buttons a person sees -----------------------------------------------------------
    def has_submit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.DRAFT, is_maker=True)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.SUBMITTED, is_maker=False)

    def has_send_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.SUBMITTED, is_maker=False)

    def has_draft_next_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.PUBLISHED)

    def _stands(self, request: HttpRequest, object_id: str | None, state: str, *, is_maker: bool | None = None) -> bool:
        template = NoticeTemplate.objects.filter(pk=object_id, state=state).first() if object_id else None
        if template is None or not request.user.has_perm("notifications.change_noticetemplate"):
            return False
        return is_maker is None or (template.maker_id == caller(request).pk) == is_maker
