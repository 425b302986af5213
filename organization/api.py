"""The API of sign-in, oneself, the tree of branches and colleagues."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin import masking
from aladdin.api.views import BankView
from aladdin.problems import NotFound, Problem
from organization import sign_in
from organization.access import ACCESS, may
from organization.models import Branch, Staff
from organization.scope import scope_of
from organization.tree import path_of


class BranchSerializer(serializers.ModelSerializer[Branch]):
    parent = serializers.SerializerMethodField()  # type: ignore[assignment]  # a field's name, not DRF's attribute

    class Meta:
        model = Branch
        fields = ["id", "code", "name", "kind", "depth", "parent"]

    def get_parent(self, branch: Branch) -> str | None:
        parents: dict[str, str] = self.context.get("parents", {})
        return parents.get(str(branch.path)[: -Branch.steplen])


class StaffSerializer(serializers.ModelSerializer[Staff]):
    branch_name = serializers.CharField(source="branch.name", read_only=True)
    mobile = serializers.SerializerMethodField()

    class Meta:
        model = Staff
        fields = ["id", "employee_no", "name", "branch", "branch_name", "position", "mobile", "is_active"]

    def get_mobile(self, staff: Staff) -> str:
        return masking.mobile(staff.mobile) if staff.mobile else ""


class MeSerializer(StaffSerializer):
    roles = serializers.SerializerMethodField()
    scope = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField(help_text="本人可进行的操作，手机据此显示菜单")
    path = serializers.SerializerMethodField(help_text="从总行到本机构的名称")

    class Meta(StaffSerializer.Meta):
        fields = [*StaffSerializer.Meta.fields, "roles", "scope", "actions", "path"]

    def get_roles(self, staff: Staff) -> list[str]:
        return sorted(staff.roles())

    def get_scope(self, staff: Staff) -> str:
        return scope_of(staff).name

    def get_actions(self, staff: Staff) -> list[str]:
        return [action for action in ACCESS if may(staff, action)]

    def get_path(self, staff: Staff) -> list[str]:
        return path_of(staff.branch)


class SignInSerializer(serializers.Serializer[Any]):
    employee_no = serializers.CharField(max_length=12, help_text="工号")
    password = serializers.CharField(max_length=128, trim_whitespace=False, help_text="密码")


class SignedInSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    staff = MeSerializer()


_DEVICE = OpenApiParameter(
    sign_in.DEVICE_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="设备标识，登录令牌只在该设备有效",
)


class TokenView(BankView):
    """Sign in with a phone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    idempotent_post = False

    @extend_schema(
        tags=["登录"],
        summary="手机登录",
        request=SignInSerializer,
        responses=SignedInSerializer,
        parameters=[_DEVICE],
    )
    def post(self, request: Request) -> Response:
        device = request.headers.get(sign_in.DEVICE_HEADER, "").strip()
        if not device or len(device) > 64:
            raise Problem("device_required", "缺少设备标识", errors={sign_in.DEVICE_HEADER: ["必填，至多64个字符"]})
        said = self.read(SignInSerializer)
        return self.one(sign_in.sign_in(**said, device_id=device), SignedInSerializer)


class SignOutView(BankView):
    """Sign this phone out."""

    access = {"POST": "self.sign_out"}
    idempotent_post = False

    @extend_schema(tags=["登录"], summary="退出登录", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        sign_in.sign_out(request.auth)  # type: ignore[arg-type]  # DeviceTokenAuthentication's token
        return Response(status=204)


class MeView(BankView):
    """Oneself: roles, scope and what one may do."""

    access = {"GET": "self.read"}

    @extend_schema(tags=["机构与员工"], summary="本人信息", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return self.one(request.user, MeSerializer)


class BranchListView(BankView):
    """The tree of branches, from the top down."""

    access = {"GET": "branch.read"}
    pagination_class = None

    @extend_schema(tags=["机构与员工"], summary="机构树", responses=BranchSerializer(many=True))
    def get(self, request: Request) -> Response:
        branches = list(Branch.objects.visible_to(request.user).order_by("path"))
        parents = {str(branch.path): str(branch.pk) for branch in branches}
        return Response(BranchSerializer(branches, many=True, context={"parents": parents}).data)


class StaffFilter(filters.FilterSet):
    name = filters.CharFilter(lookup_expr="contains")
    within = filters.ModelChoiceFilter(queryset=Branch.objects.all(), method="below", label="机构及下级")
    role = filters.CharFilter(field_name="role_assignments__role")

    class Meta:
        model = Staff
        fields = ["branch", "position", "is_active"]

    def below(self, queryset: Any, name: str, branch: Branch) -> Any:
        return queryset.filter(branch__path__startswith=branch.path)


class StaffListView(BankView):
    """Colleagues within one's scope."""

    access = {"GET": "staff.read"}
    filterset_class = StaffFilter

    @extend_schema(tags=["机构与员工"], summary="员工列表", responses=StaffSerializer(many=True))
    def get(self, request: Request) -> Response:
        staff = Staff.objects.visible_to(request.user).select_related("branch")
        return self.page(staff, StaffSerializer, ordering=("employee_no",))


class StaffView(BankView):
    """One colleague within one's scope."""

    access = {"GET": "staff.read"}

    @extend_schema(tags=["机构与员工"], summary="员工", responses=StaffSerializer)
    def get(self, request: Request, staff_id: str) -> Response:
        staff = Staff.objects.visible_to(request.user).select_related("branch").filter(pk=staff_id).first()
        if staff is None:
            raise NotFound
        return self.one(staff, StaffSerializer)
