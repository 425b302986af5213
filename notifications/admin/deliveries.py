"""Messages that leave the bank, in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from notifications.models import ChannelPause, Delivery, WeChatBinding


@admin.register(Delivery)
class DeliveryAdmin(Register):
    """What was sent to whom by which way, and what became of it; what it said is not shown."""

    list_display = [
        "created_at",
        "recipient",
        "channel",
        "kind",
        "shown_status",
        "manner",
        "attempts",
        "outcome",
        "next_attempt_at",
    ]
    list_display_links = ["created_at"]
    list_select_related = ["recipient"]
    list_filter = ["channel", "status", "manner"]
    search_fields = ["=client_ref", "=recipient__employee_no", "=provider_message_id"]
    search_help_text = "客户端标识、通道消息号或工号，须完整"
    ordering = ["-id"]
    fields = [
        "recipient",
        ("channel", "kind"),
        ("status", "manner"),
        "carried_by",
        "attempts",
        "outcome",
        "client_ref",
        "provider_message_id",
        "notice_id",
        "created_at",
        ("due_at", "next_attempt_at"),
        "sent_at",
        "delivered_at",
        "unknown_since",
    ]

    @display(
        description="状态",
        ordering="status",
        label={
            "已送达": "success",
            "已发送": "success",
            "已合并": "info",
            "已汇总": "info",
            "失败": "danger",
            "无法触达": "danger",
            "待发送": "warning",
            "延后发送": "warning",
        },
    )
    def shown_status(self, delivery: Delivery) -> str:
        return delivery.get_status_display()


@admin.register(ChannelPause)
class ChannelPauseAdmin(Register):
    """Channels that rest."""

    list_display = ["channel", "until", "reason"]
    ordering = ["channel"]


@admin.register(WeChatBinding)
class WeChatBindingAdmin(Register):
    """Which employee is bound to a follower of the official account; the follower's id stays masked."""

    list_display = ["staff", "way", "bound_at", "unbound_at", "unreachable_at", "unreachable_code"]
    list_select_related = ["staff"]
    list_filter = ["way", ("unbound_at", admin.EmptyFieldListFilter), ("unreachable_at", admin.EmptyFieldListFilter)]
    search_fields = ["=staff__employee_no", "staff__name"]
    ordering = ["-id"]
    fields = [
        "staff",
        "masked_openid",
        "way",
        "bound_at",
        "unbound_at",
        "unreachable_at",
        "unreachable_code",
    ]
    readonly_fields = ["masked_openid"]

    @display(description="OpenID")
    def masked_openid(self, binding: WeChatBinding) -> str:
        return f"{binding.openid[:4]}****{binding.openid[-4:]}"
