"""Group robots in the back office: their keys go in and never come out."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from aladdin import clock
from aladdin.back_office import Confirmed, Kept, Register, move
from aladdin.problems import RuleBroken
from notifications import robots
from notifications.models import Robot, RobotMessage
from notifications.models.robot import Platform


class RobotForm(forms.ModelForm):  # type: ignore[type-arg]  # no class of Django is generic at run time
    """A robot; its secrets are asked for when it is made, and on a change only where they are new."""

    key = forms.CharField(
        label="Webhook 密钥",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="企业微信的 key、飞书地址末段、钉钉的 access_token；修改时留空表示不变",
    )
    secret = forms.CharField(
        label="签名密钥",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="飞书、钉钉必填；修改时留空表示不变",
    )

    class Meta:
        model = Robot
        fields = ["branch", "platform", "name", "is_active"]

    def clean(self) -> dict[str, Any]:
        """A new robot has a key, and one that has to sign has a secret."""
        said: dict[str, Any] = super().clean() or {}
        robot = self.instance
        if not said.get("key") and not robot.key_sealed:
            self.add_error("key", "请填写 Webhook 密钥")
        if said.get("platform") != Platform.WECOM and not said.get("secret") and not robot.secret_sealed:
            self.add_error("secret", "飞书和钉钉机器人须使用签名")
        for name in ("key", "secret"):
            if said.get(name):
                setattr(robot, name, said[name])
        return said


@admin.register(Robot)
class RobotAdmin(Kept):
    """Robots by branch."""

    form = RobotForm
    subject = "robot"
    unsaid = frozenset({"key", "secret"})
    list_display = ["name", "branch", "platform", "shown_state", "broken_code"]
    list_select_related = ["branch"]
    list_filter = ["platform", "is_active"]
    search_fields = ["name", "=branch__code", "branch__name"]
    ordering = ["branch__path", "platform"]
    fields = ["branch", "platform", "name", "key", "secret", "is_active"]
    actions_detail = ["try_out"]

    @display(description="状态", label={"启用": "success", "停用": "warning", "已失效": "danger"})
    def shown_state(self, robot: Robot) -> str:
        if robot.broken_at:
            return "已失效"
        return "启用" if robot.is_active else "停用"

    def save_model(self, request: HttpRequest, obj: Robot, form: Any, change: bool) -> None:
        """Switching on says that what was broken is mended."""
        if obj.is_active:
            obj.broken_at, obj.broken_code = None, ""
        super().save_model(request, obj, form, change)

    @action(
        description="发送测试消息",
        permissions=["try_out"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "发送测试消息",
            "description": "机器人将在群里发送一条测试消息。",
            "form_class": Confirmed,
            "form_submit_text": "发送",
        },
    )
    def try_out(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """One line in the branch's chats."""
        robot = Robot.objects.select_related("branch").get(pk=object_id)
        onward = reverse("admin:notifications_robotmessage_changelist")
        return move(request, lambda: self._try_out(robot), done="测试消息已提交，结果见消息列表", onward=onward)

    def _try_out(self, robot: Robot) -> None:
        if not robot.is_active:
            raise RuleBroken("robot_off", "机器人已停用")
        said = f"{robot.branch.name}的群机器人已接通。"
        reference = f"test/{clock.now():%Y%m%d%H%M%S%f}"
        robots.say(branch=robot.branch, title="阿拉丁测试消息", text=said, reference=reference, is_urgent=True)

    def has_try_out_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("notifications.change_robot")


@admin.register(RobotMessage)
class RobotMessageAdmin(Register):
    """What the robots said; aggregates, which may be read here."""

    list_display = ["created_at", "robot", "title", "shown_status", "outcome", "attempts"]
    list_display_links = ["created_at"]
    list_select_related = ["robot"]
    list_filter = ["status", "robot__platform"]
    search_fields = ["=reference", "=robot__branch__code"]
    ordering = ["-id"]
    fields = ["robot", "title", "text", "reference", "status", "outcome", "attempts", "created_at", "sent_at"]

    @display(description="状态", ordering="status", label={"已发送": "success", "失败": "danger", "待发送": "warning"})
    def shown_status(self, message: RobotMessage) -> str:
        return message.get_status_display()
