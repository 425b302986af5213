"""The API of one's own notices and one's own WeChat binding."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.views import BankView
from aladdin.problems import Conflict, NotFound, NotPermitted
from notifications import notices
from notifications.kinds import Severity
from notifications.models import Notice, WeChatBinding, WeChatInvitation
from notifications.streams import person_stream
from notifications.wechat import bindings, qrcodes
from organization.caller import caller

MOST_AT_ONCE = 100


# --- Notices ------------------------------------------------------------------------------------
class NoticeSerializer(serializers.ModelSerializer[Notice]):
    link = serializers.CharField(help_text="手机端打开的页面；空为无")
    alert = serializers.BooleanField(help_text="手机是否响铃提醒；否则原因见 silent_because")

    class Meta:
        model = Notice
        fields = [
            "id",
            "sequence",
            "kind",
            "severity",
            "title",
            "body",
            "subject",
            "link",
            "values",
            "template_version",
            "alert",
            "silent_because",
            "created_at",
            "read_at",
            "acted_at",
        ]


class NoticeFilter(filters.FilterSet):
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull", label="只看未读（true）或已读（false）")
    severity = filters.ChoiceFilter(choices=Severity.choices)

    class Meta:
        model = Notice
        fields = ["kind"]


class ResumeSerializer(serializers.Serializer[Any]):
    since = serializers.IntegerField(min_value=0, max_value=2**63 - 1)
    epoch = serializers.UUIDField(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=MOST_AT_ONCE)


class NoticePageSerializer(serializers.Serializer[Any]):
    """A page of the list."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = NoticeSerializer(many=True)


class ResumedSerializer(serializers.Serializer[Any]):
    """What came after a number, in order."""

    epoch = serializers.UUIDField()
    sequence = serializers.IntegerField(help_text="本人流的末号；大于最后一条的序号时请继续读取")
    results = NoticeSerializer(many=True)


_PARAMETERS = [
    OpenApiParameter("cursor", str, description="翻页标记"),
    OpenApiParameter("limit", int, description="每页条数，至多 100"),
    OpenApiParameter("unread", bool, description="只看未读（true）或已读（false）"),
    OpenApiParameter("kind", str, description="种类，例如 loan.approved"),
    OpenApiParameter("severity", str, enum=Severity.values, description="级别"),
    OpenApiParameter("since", int, description="续传：只取此序号之后的通知，按序号升序；此时不用翻页标记和筛选"),
    OpenApiParameter("epoch", str, description="续传时本机所持的纪元；与服务端不符时返回 409 stream_reset"),
]
_NOTICES = PolymorphicProxySerializer(
    component_name="Notices",
    serializers=[NoticePageSerializer, ResumedSerializer],
    resource_type_field_name=None,
)


class NoticeListView(BankView):
    """One's own notices, the newest first; or with `since`, what came after a number, in order."""

    access = {"GET": "notice.read"}
    filterset_class = NoticeFilter
    ordering = ("-sequence",)

    @extend_schema(tags=["通知"], summary="我的通知", responses=_NOTICES, parameters=_PARAMETERS)
    def get(self, request: Request) -> Response:
        if "since" in request.query_params:
            return self._resume(request)
        return self.page(Notice.objects.visible_to(caller(request)), NoticeSerializer)

    def _resume(self, request: Request) -> Response:
        """As the WebSocket does it: gap-free from `since`, or `stream_reset` where the numbers are not ours."""
        asked = self.read(ResumeSerializer, request.query_params.dict())
        stream = person_stream(caller(request))
        if asked.get("epoch", stream.epoch) != stream.epoch or asked["since"] > stream.last_sequence:
            raise Conflict(
                "stream_reset",
                "通知序列已重置，请重新读取全部通知",
                epoch=stream.epoch,
                sequence=stream.last_sequence,
            )
        rows = Notice.objects.visible_to(caller(request)).after(stream, asked["since"], limit=asked["limit"])
        return self.one({"epoch": stream.epoch, "sequence": stream.last_sequence, "results": rows}, ResumedSerializer)


class UnreadSerializer(serializers.Serializer[Any]):
    unread = serializers.IntegerField()
    by_severity = serializers.DictField(child=serializers.IntegerField())
    epoch = serializers.UUIDField()
    sequence = serializers.IntegerField(help_text="本人流的末号")


class UnreadCountView(BankView):
    """How many notices one has not read."""

    access = {"GET": "notice.read"}

    @extend_schema(tags=["通知"], summary="未读数", responses=UnreadSerializer)
    def get(self, request: Request) -> Response:
        stream, counted = person_stream(caller(request)), notices.count_unread(caller(request))
        return self.one(
            {
                "unread": sum(counted.values()),
                "by_severity": counted,
                "epoch": stream.epoch,
                "sequence": stream.last_sequence,
            },
            UnreadSerializer,
        )


class ReadView(BankView):
    """Mark one notice as read."""

    access = {"POST": "notice.act"}

    @extend_schema(tags=["通知"], summary="标为已读", request=None, responses=NoticeSerializer)
    def post(self, request: Request, notice_id: UUID) -> Response:
        return self.one(notices.read(notice_id, by=caller(request)), NoticeSerializer)


class ActView(BankView):
    """Mark what a notice asked for as done."""

    access = {"POST": "notice.act"}

    @extend_schema(tags=["通知"], summary="标为已办理", request=None, responses=NoticeSerializer)
    def post(self, request: Request, notice_id: UUID) -> Response:
        return self.one(notices.act(notice_id, by=caller(request)), NoticeSerializer)


class ReadAllSerializer(serializers.Serializer[Any]):
    up_to = serializers.IntegerField(min_value=0, max_value=2**63 - 1, help_text="屏幕上最新一条的序号")


class MarkedSerializer(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text="由未读变为已读的条数")


class ReadAllView(BankView):
    """Mark everything up to a number as read: what came meanwhile stays unread."""

    access = {"POST": "notice.act"}

    @extend_schema(tags=["通知"], summary="全部标为已读", request=ReadAllSerializer, responses=MarkedSerializer)
    def post(self, request: Request) -> Response:
        marked = notices.read_all(by=caller(request), **self.read(ReadAllSerializer))
        return self.one({"marked": marked}, MarkedSerializer)


# --- WeChat -------------------------------------------------------------------------------------
class BindingSerializer(serializers.ModelSerializer[WeChatBinding]):
    is_reachable = serializers.SerializerMethodField(help_text="能否收到；否则请取消绑定后重新绑定")

    class Meta:
        model = WeChatBinding
        fields = ["way", "bound_at", "is_reachable"]

    def get_is_reachable(self, binding: WeChatBinding) -> bool:
        return binding.unreachable_at is None


class BindSerializer(serializers.Serializer[Any]):
    openid = serializers.RegexField(r"^[A-Za-z0-9_-]{6,64}$", help_text="仅限沙箱")


class WeChatBindingView(BankView):
    """Which follower of the official account one is."""

    access = {"GET": "wechat.bind", "POST": "wechat.bind", "DELETE": "wechat.bind"}

    @extend_schema(tags=["微信"], summary="我的微信绑定", responses=BindingSerializer)
    def get(self, request: Request) -> Response:
        binding = bindings.binding_of(caller(request))
        if binding is None:
            raise NotFound("尚未绑定微信", code="wechat_not_bound")
        return self.one(binding, BindingSerializer)

    @extend_schema(
        tags=["微信"], summary="绑定微信（仅限沙箱）", request=BindSerializer, responses={201: BindingSerializer}
    )
    def post(self, request: Request) -> Response:
        """Outside a sandbox the follower proves himself by taking up an invitation."""
        if not settings.ACCEPT_TEST_IDENTITIES:
            raise NotPermitted("sandbox_only", "请用微信扫描绑定二维码")
        openid = self.read(BindSerializer)["openid"]
        binding = bindings.bind(caller(request), openid=openid, way=WeChatBinding.Way.SANDBOX)
        return self.one(binding, BindingSerializer, status=201)

    @extend_schema(tags=["微信"], summary="取消微信绑定", responses={204: None})
    def delete(self, request: Request) -> Response:
        bindings.unbind(caller(request), by=caller(request))
        return Response(status=204)


class InvitationSerializer(serializers.ModelSerializer[WeChatInvitation]):
    scene = serializers.SerializerMethodField(help_text="临时二维码的场景值（QR_STR_SCENE）")
    code = serializers.CharField(source="nonce", help_text="也可在公众号内发送“绑定”加此码")

    class Meta:
        model = WeChatInvitation
        fields = ["scene", "code", "expires_at"]

    def get_scene(self, invitation: WeChatInvitation) -> str:
        return bindings.scene(invitation)


class WeChatInvitationView(BankView):
    """A one-time offer to bind: scan it, or send its code to the account."""

    access = {"POST": "wechat.bind"}

    @extend_schema(tags=["微信"], summary="发起微信绑定", request=None, responses={201: InvitationSerializer})
    def post(self, request: Request) -> Response:
        return self.one(bindings.invite(caller(request)), InvitationSerializer, status=201)


class QRCodeSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="二维码图片地址，用微信扫描即绑定")


class WeChatQRCodeView(BankView):
    """The open invitation as a picture to scan."""

    access = {"GET": "wechat.bind"}

    @extend_schema(tags=["微信"], summary="绑定二维码", responses=QRCodeSerializer)
    def get(self, request: Request) -> Response:
        return self.one({"url": qrcodes.picture_of(caller(request))}, QRCodeSerializer)
