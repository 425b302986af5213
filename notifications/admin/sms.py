"""Text messages in the back office: texts and their review, what was sent, who wants none."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from aladdin.back_office import Confirmed, Kept, Register, WithReason, move
from notifications.models import SmsMessage, SmsOptOut, SmsTemplate
from notifications.sms import opt_outs, templates, text
from organization.caller import caller

_State = SmsTemplate.State


class Approved(BaseDialogForm):
    """The carrier let the text pass."""

    provider_code = forms.RegexField(
        r"^SMS_[0-9]{6,12}$", label="运营商模板号", widget=UnfoldAdminTextInputWidget, help_text="如 SMS_154950909"
    )


def _dialog(title: str, form: type[BaseDialogForm]) -> dict[str, Any]:
    return {"title": title, "description": "", "form_class": form, "form_submit_text": title}


@admin.register(SmsTemplate)
class SmsTemplateAdmin(Kept):
    """Texts: a change is a new version, which one drafts and another, once the carrier let it pass, puts in force."""

    is_audited_by_capability = True
    list_display = ["name", "code", "version", "kind", "shown_state", "provider_code", "pieces"]
    list_filter = ["state", "kind"]
    search_fields = ["code", "name", "provider_code"]
    ordering = ["code", "-version"]
    actions_detail = ["submit", "approve", "refuse"]

    def get_fields(self, request: HttpRequest, obj: SmsTemplate | None = None) -> list[str]:
        offer = ["code", "name", "kind", "sign_name", "text", "variables"]
        return [*offer, "version", "state", "provider_code", "reason", "maker", "checker", "pieces"] if obj else offer

    @display(
        description="状态",
        ordering="state",
        label={"已通过": "success", "审核中": "warning", "未通过": "danger"},
    )
    def shown_state(self, template: SmsTemplate) -> str:
        return template.get_state_display()

    @display(description="至少计费条数")
    def pieces(self, template: SmsTemplate) -> int:
        return text.segments(text.shown(template.sign_name, template.text))

    def has_change_permission(self, request: HttpRequest, obj: SmsTemplate | None = None) -> bool:
        """A version that was drafted is moved, not rewritten."""
        return False

    def save_model(self, request: HttpRequest, obj: SmsTemplate, form: Any, change: bool) -> None:
        templates.draft(obj, by=caller(request))

    @action(
        description="提交审核",
        permissions=["submit"],
        variant=ActionVariant.PRIMARY,
        dialog=_dialog("提交审核", Confirmed),
    )
    def submit(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row = SmsTemplate.objects.get(pk=object_id)
        return self._move(request, lambda: templates.submit(row, by=caller(request)), "已提交审核", object_id)

    @action(
        description="审核通过",
        permissions=["approve"],
        variant=ActionVariant.SUCCESS,
        dialog=_dialog("审核通过", Approved),
    )
    def approve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row, number = SmsTemplate.objects.get(pk=object_id), form.cleaned_data["provider_code"]
        return self._move(
            request,
            lambda: templates.approve(row, provider_code=number, by=caller(request)),
            "模板已启用",
            object_id,
        )

    @action(
        description="审核未通过",
        permissions=["refuse"],
        variant=ActionVariant.DANGER,
        dialog=_dialog("审核未通过", WithReason),
    )
    def refuse(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row, reason = SmsTemplate.objects.get(pk=object_id), form.cleaned_data["reason"]
        return self._move(
            request, lambda: templates.refuse(row, reason=reason, by=caller(request)), "已记录", object_id
        )

    def _move(self, request: HttpRequest, work: Any, done: str, object_id: str) -> HttpResponse:
        onward = reverse("admin:notifications_smstemplate_change", args=[object_id])
        return move(request, work, done=done, onward=onward)

    # --- Which buttons a person sees -----------------------------------------------------------
    def has_submit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, _State.DRAFT)

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, _State.SUBMITTED)

    def has_refuse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may(request, object_id, _State.SUBMITTED, _State.APPROVED)

    def _may(self, request: HttpRequest, object_id: str | None, *states: str) -> bool:
        row = SmsTemplate.objects.filter(pk=object_id).first() if object_id else None
        return row is not None and row.state in states and request.user.has_perm("notifications.change_smstemplate")


@admin.register(SmsMessage)
class SmsMessageAdmin(Register):
    """What was sent to which number, which stays masked; what it said is not shown."""

    list_display = ["created_at", "shown_mobile", "template", "shown_status", "outcome", "attempts", "segments"]
    list_display_links = ["created_at"]
    list_select_related = ["template"]
    list_filter = ["status", "kind"]
    search_fields = ["=reference", "=client_ref", "=provider_message_id"]
    search_help_text = "业务标识、客户端标识或通道消息号，须完整"
    ordering = ["-id"]
    fields = [
        "shown_mobile",
        "template",
        "reference",
        "client_ref",
        "provider_message_id",
        "status",
        "outcome",
        "attempts",
        "segments",
        "created_at",
        "next_attempt_at",
        "sent_at",
        "delivered_at",
        "unknown_since",
    ]
    readonly_fields = ["shown_mobile"]

    @display(description="手机号")
    def shown_mobile(self, message: SmsMessage) -> str:
        return message.masked_mobile

    @display(
        description="状态",
        ordering="status",
        label={"已送达": "success", "已提交": "success", "失败": "danger", "未发送": "warning", "待发送": "warning"},
    )
    def shown_status(self, message: SmsMessage) -> str:
        return message.get_status_display()


@admin.register(SmsOptOut)
class SmsOptOutAdmin(Register):
    """Who wants no marketing, and whom the carriers bar; lifted where the person asked for it."""

    list_display = ["since", "shown_mobile", "reason", "source", "lifted_at"]
    list_display_links = ["since"]
    list_filter = ["reason", ("lifted_at", admin.EmptyFieldListFilter)]
    ordering = ["-since"]
    fields = ["shown_mobile", "reason", "source", "since", "lifted_at"]
    readonly_fields = ["shown_mobile"]
    actions_detail = ["lift"]

    @display(description="手机号")
    def shown_mobile(self, opt_out: SmsOptOut) -> str:
        return opt_out.masked_mobile

    @action(description="解除", permissions=["lift"], variant=ActionVariant.WARNING, dialog=_dialog("解除", WithReason))
    def lift(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        row, reason = SmsOptOut.objects.get(pk=object_id), form.cleaned_data["reason"]
        return move(
            request,
            lambda: opt_outs.lift(row, reason=reason, by=caller(request)),
            done="已解除",
            onward=reverse("admin:notifications_smsoptout_change", args=[object_id]),
        )

    def has_lift_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not SmsOptOut.objects.filter(pk=object_id, lifted_at__isnull=True).exists():
            return False
        return request.user.has_perm("notifications.change_smsoptout")
