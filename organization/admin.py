"""The tree of branches, staff and their roles in the back office."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth import password_validation
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
)

from aladdin import masking
from aladdin.back_office import Kept, Register
from organization import people, tree
from organization.caller import caller
from organization.models import Branch, RoleAssignment, Staff
from organization.roles import Role, conflicts

if TYPE_CHECKING:
    _BranchForm = forms.ModelForm[Branch]
    _StaffForm = forms.ModelForm[Staff]
else:
    _BranchForm = _StaffForm = forms.ModelForm


# --- Branches ------------------------------------------------------------------------------------
class OpeningForm(_BranchForm):
    """A branch to be opened below another."""

    below = forms.ModelChoiceField(
        label="上级机构", queryset=Branch.objects.all(), help_text="开立后不能改变上级与机构号"
    )

    class Meta:
        model = Branch
        fields = ["code", "name", "kind", "area_code"]


@admin.register(Branch)
class BranchAdmin(Kept):
    """Branches in the order of the tree."""

    subject = "branch"
    list_display = ["shown_name", "code", "kind", "area_code"]
    list_filter = ["kind"]
    search_fields = ["code", "name"]
    ordering = ["path"]

    @display(description="名称", ordering="path")
    def shown_name(self, branch: Branch) -> str:
        return f"{'　　' * (branch.depth - 1)}{branch.name}"

    def get_fields(self, request: HttpRequest, obj: Branch | None = None) -> list[str]:
        return ["code", "name", "kind", "area_code"] if obj else ["below", "code", "name", "kind", "area_code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Branch | None = None) -> list[str]:
        return ["code", "kind"] if obj else []

    def get_form(self, request: HttpRequest, obj: Branch | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = OpeningForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Branch, form: Any, change: bool) -> None:
        """Open it in its place in the tree; later only its name and area change."""
        if change:
            super().save_model(request, obj, form, change)
            return
        opened = tree.open_branch(
            code=obj.code,
            name=obj.name,
            kind=Branch.Kind(obj.kind),
            below=form.cleaned_data["below"],
            area_code=obj.area_code,
        )
        obj.__dict__.update(opened.__dict__)


# --- Staff ---------------------------------------------------------------------------------------
class StaffForm(_StaffForm):
    """A person; the mobile number goes in but never comes out in clear."""

    new_mobile = forms.RegexField(
        label="新手机号",
        regex=r"^1[3-9]\d{9}$",
        required=False,
        help_text="留空则不变",
        widget=UnfoldAdminTextInputWidget,
        error_messages={"invalid": "请填写 11 位手机号"},
    )
    new_password = forms.CharField(
        label="新密码",
        strip=False,
        required=False,
        help_text="重置后该员工的全部登录即刻失效；留空则不变",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Staff
        fields = ["employee_no", "name", "branch", "position", "joined_on", "is_staff", "is_active"]
        help_texts = {"is_staff": "还须持有管理员、审计或产品经理角色", "is_active": "取消后立即不能登录"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "new_password" in self.fields:
            self.fields["new_password"].required = True
            self.fields["new_password"].label = "初始密码"
            self.fields["new_password"].help_text = ""

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password


class RolesForm(_StaffForm):
    """What roles a person holds."""

    roles = forms.MultipleChoiceField(
        label="角色", choices=Role.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Staff
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["roles"] = sorted(self.instance.roles())

    def clean_roles(self) -> list[Role]:
        roles = [Role(role) for role in self.cleaned_data["roles"]]
        if clash := conflicts(set(roles)):
            said = "；".join(f"“{one.label}”与“{other.label}”不能由同一人担任" for one, other in clash)
            raise forms.ValidationError(said, code="roles_incompatible")
        return roles


class RoleFilter(admin.SimpleListFilter):
    """By a role that is held."""

    title = "角色"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(code), str(label)) for code, label in Role.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(role_assignments__role=self.value()) if self.value() else queryset


@admin.register(Staff)
class StaffAdmin(Kept):
    """People: the system administrator keeps them, the security administrator gives them their roles."""

    subject = "staff"
    unsaid = frozenset({"new_mobile", "new_password"})
    list_display = ["name", "employee_no", "branch", "position", "shown_roles", "is_active", "is_staff"]
    list_select_related = ["branch"]
    list_filter = ["is_active", "position", RoleFilter, "is_staff"]
    search_fields = ["employee_no", "name", "branch__name"]
    ordering = ["employee_no"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("role_assignments")

    @display(description="角色")
    def shown_roles(self, staff: Staff) -> str:
        held = {each.role for each in staff.role_assignments.all()}
        return "、".join(str(role.label) for role in Role if role in held)

    @display(description="手机号")
    def masked_mobile(self, staff: Staff) -> str:
        return masking.mobile(staff.mobile)

    def get_fields(self, request: HttpRequest, obj: Staff | None = None) -> list[str]:
        person = ["employee_no", "name", "branch", "position", "joined_on"]
        doors = ["is_staff", "is_active"]
        if obj is None:
            return [*person, "new_mobile", "new_password", "is_staff"]
        if not self.has_change_permission(request, obj):
            return [*person, "masked_mobile", "shown_roles", *doors]
        if _gives_roles(request):
            return [*person, *doors, "roles"]
        return [*person, "masked_mobile", "new_mobile", "new_password", "shown_roles", *doors]

    def get_readonly_fields(self, request: HttpRequest, obj: Staff | None = None) -> list[str]:
        if _gives_roles(request):
            return ["employee_no", "name", "branch", "position", "joined_on", "is_staff", "is_active"]
        return ["masked_mobile", "shown_roles", *(["employee_no"] if obj else [])]

    def get_form(self, request: HttpRequest, obj: Staff | None = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = RolesForm if _gives_roles(request) else StaffForm
        return super().get_form(request, obj, change=change, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Nobody gives himself roles."""
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and not (_gives_roles(request) and obj is not None and obj.pk == request.user.pk)

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:
        """Through the functions of `organization/people.py`, each of which leaves its own trace besides ours."""
        said = form.cleaned_data
        if "roles" in said:
            people.set_roles(obj, said["roles"], by=caller(request))
            return
        if said.get("new_mobile"):
            obj.mobile = said["new_mobile"]
        if not change:
            obj.set_password(said["new_password"])
        obj.save()
        if change and said.get("new_password"):
            people.reset_password(obj, said["new_password"], by=caller(request))
        if change and "is_active" in form.changed_data and not obj.is_active:
            people.leave(obj, by=caller(request))


def _gives_roles(request: HttpRequest) -> bool:
    return caller(request).has_role(Role.SEC_ADMIN)


# --- Roles ---------------------------------------------------------------------------------------
@admin.register(RoleAssignment)
class RoleAssignmentAdmin(Register):
    """Who holds which role since when."""

    list_display = ["staff", "branch", "role", "given_at"]
    list_select_related = ["staff__branch"]
    list_filter = ["role"]
    search_fields = ["staff__employee_no", "staff__name"]
    ordering = ["staff__employee_no", "role"]

    @display(description="机构", ordering="staff__branch__path")
    def branch(self, assignment: RoleAssignment) -> str:
        return assignment.staff.branch.name
