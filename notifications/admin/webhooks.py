"""Webhook subscriptions in the back office: who hears of what, and how it goes; they are kept over the API."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Register, RegisterLines, move
from notifications.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from notifications.webhooks import endpoints
from organization.caller import caller

_STATE_COLOURS = {"启用": "success", "暂停": "warning", "对方已停用": "danger"}
_STATUS_COLOURS = {"已投递": "success", "待投递": "warning", "已放弃": "danger"}


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(Register):
    """Subscribers, with the test button and the switch."""

    list_display = ["name", "url", "shown_state", "failures", "open_until"]
    list_filter = ["state"]
    search_fields = ["name", "url"]
    ordering = ["name"]
    fields = [
        "name",
        "url",
        "events",
        ("payload_version", "state"),
        ("failures", "open_until"),
        "former_secret_until",
        ("created_by", "created_at"),
    ]
    actions_detail = ["try_out", "pause", "resume"]

    @display(description="状态", ordering="state", label=_STATE_COLOURS)
    def shown_state(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.get_state_display()

    def has_keep_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("notifications.change_webhookendpoint")

    @action(
        description="发送测试事件",
        permissions=["keep"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "发送测试事件",
            "description": "立即向该地址投递一个测试事件，结果见投递记录。",
            "form_class": Confirmed,
            "form_submit_text": "发送",
        },
    )
    def try_out(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        """One test event to this subscriber."""
        endpoint = WebhookEndpoint.objects.get(pk=object_id)
        return move(
            request,
            lambda: endpoints.try_out(endpoint.pk, by=caller(request)),
            done="测试事件已提交",
            onward=reverse("admin:notifications_webhookdelivery_changelist") + f"?endpoint__id__exact={object_id}",
        )

    @action(
        description="暂停",
        permissions=["keep"],
        dialog={
            "title": "暂停投递",
            "description": "事件继续记录，恢复后按顺序补发。",
            "form_class": Confirmed,
            "form_submit_text": "暂停",
        },
    )
    def pause(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        """Nothing is sent until it is taken up again."""
        return self._set(request, object_id, WebhookEndpoint.State.PAUSED, "已暂停投递")

    @action(
        description="恢复",
        permissions=["keep"],
        dialog={
            "title": "恢复投递",
            "description": "解除暂停和熔断，立即补发等待中的事件。",
            "form_class": Confirmed,
            "form_submit_text": "恢复",
        },
    )
    def resume(self, request: HttpRequest, form: object, object_id: str) -> HttpResponse:
        """What waits is sent now."""
        return self._set(request, object_id, WebhookEndpoint.State.ACTIVE, "已恢复投递")

    def _set(self, request: HttpRequest, object_id: str, state: WebhookEndpoint.State, done: str) -> HttpResponse:
        endpoint = WebhookEndpoint.objects.get(pk=object_id)
        return move(
            request,
            lambda: endpoints.set_state(endpoint.pk, state, by=caller(request)),
            done=done,
            onward=reverse("admin:notifications_webhookendpoint_change", args=[object_id]),
        )


class Attempts(RegisterLines):
    model = WebhookAttempt
    fields = ["at", "status", "error", "milliseconds", "answer"]
    readonly_fields = fields


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Register):
    """What was and is to be told to whom, the newest first."""

    list_display = ["created_at", "endpoint", "event", "shown_status", "attempts", "outcome", "next_attempt_at"]
    list_display_links = ["created_at"]
    list_select_related = ["endpoint", "event"]
    list_filter = ["status", "endpoint", "is_replay"]
    search_fields = ["=subject"]
    search_help_text = "对象，须完整"
    ordering = ["-id"]
    fields = ["endpoint", "event", "is_replay", "status", "attempts", "outcome", "next_attempt_at", "delivered_at"]
    inlines = [Attempts]

    @display(description="状态", ordering="status", label=_STATUS_COLOURS)
    def shown_status(self, delivery: WebhookDelivery) -> str:
        return delivery.get_status_display()
