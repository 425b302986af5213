"""The bank's tree of branches, its staff and their roles, and the phones they are signed in on."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from knox.models import AbstractAuthToken, AuthTokenManager
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from aladdin import clock
from aladdin.ids import uuid7
from organization.back_office import rights
from organization.roles import Role
from organization.scope import ScopedQuerySet


class BranchQuerySet(MP_NodeQuerySet, ScopedQuerySet["Branch"]):
    def within(self, branch: "Branch") -> "BranchQuerySet":
        """The branch and everything below it."""
        return self.filter(path__startswith=branch.path)

    def visible_to(self, staff: "Staff") -> "BranchQuerySet":
        """The tree itself is no secret inside the bank: every active employee may read it."""
        return self.all() if staff.is_active else self.none()


class BranchManager(MP_NodeManager.from_queryset(BranchQuerySet)):  # type: ignore[misc]  # built at run time
    """Branches in the order of the tree."""

    def get_queryset(self) -> BranchQuerySet:
        return BranchQuerySet(self.model, using=self._db).order_by("path")


class Branch(MP_Node):
    """Head office, branch (分行) or sub-branch (支行); the tree may have any depth."""

    class Kind(models.TextChoices):
        HEAD_OFFICE = "HEAD_OFFICE", "总行"
        BRANCH = "BRANCH", "分行"
        SUB_BRANCH = "SUB_BRANCH", "支行"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("机构号", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=12, choices=Kind)
    area_code = models.CharField("行政区划", max_length=6, blank=True)

    objects = BranchManager()

    class Meta:
        verbose_name = "机构"
        verbose_name_plural = "机构"

    def __str__(self) -> str:
        return self.name

    def contains(self, other: "Branch") -> bool:
        """Whether `other` is this branch or lies below it."""
        return str(other.path).startswith(self.path)


class StaffQuerySet(ScopedQuerySet["Staff"]):
    def visible_to(self, staff: "Staff") -> "StaffQuerySet":
        """Colleagues by the viewer's data scope; everyone sees himself."""
        return self.by_branch(staff, own=Q(pk=staff.pk))

    def active(self) -> "StaffQuerySet":
        return self.filter(is_active=True)

    def with_role(self, *roles: Role) -> "StaffQuerySet":
        return self.filter(role_assignments__role__in=roles).distinct()


class StaffManager(BaseUserManager.from_queryset(StaffQuerySet)):  # type: ignore[misc]  # built at run time
    """Employees; `create_user` hashes the password."""

    def create_user(self, employee_no: str, password: str | None = None, **fields: Any) -> "Staff":
        staff: Staff = self.model(employee_no=employee_no, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, employee_no: str, password: str | None = None, **fields: Any) -> "Staff":
        return self.create_user(employee_no, password, is_staff=True, is_superuser=True, **fields)


class Staff(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # knox makes it at run time
    """An employee of the bank (行员), known by the employee number."""

    class Position(models.TextChoices):
        RM = "RM", "客户经理"
        TEAM_LEAD = "TEAM_LEAD", "团队长"
        MANAGER = "MANAGER", "行长"
        CREDIT = "CREDIT", "授信岗"
        OPERATIONS = "OPERATIONS", "运营岗"
        HEAD_OFFICE = "HEAD_OFFICE", "总行管理岗"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    employee_no = models.CharField("工号", max_length=12, unique=True)
    name = models.CharField("姓名", max_length=40)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="staff", verbose_name="机构")
    position = models.CharField("岗位", max_length=12, choices=Position)
    mobile = models.CharField("手机号", max_length=11, blank=True)
    joined_on = models.DateField("入行日期", null=True, blank=True)
    is_active = models.BooleanField("在职", default=True)
    is_staff = models.BooleanField("可进后台", default=False)
    failed_sign_ins = models.PositiveSmallIntegerField("连续登录失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)

    USERNAME_FIELD = "employee_no"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "branch", "position"]
    objects = StaffManager()

    class Meta:
        verbose_name = "员工"
        verbose_name_plural = "员工"
        indexes = [models.Index(fields=["branch", "position"], name="staff_of_branch")]

    def __str__(self) -> str:
        return f"{self.name}（{self.employee_no}）"

    def roles(self) -> frozenset[Role]:
        """The roles held now; read once for one request's person."""
        held: frozenset[Role] | None = self.__dict__.get("_roles")
        return self.hold_roles(self.role_assignments.values_list("role", flat=True)) if held is None else held

    def hold_roles(self, codes: Iterable[str]) -> frozenset[Role]:
        """The roles that were read together with the person, who is not asked again for them."""
        held = frozenset(Role(code) for code in codes)
        self.__dict__["_roles"] = held
        return held

    def has_role(self, *roles: Role) -> bool:
        return not self.roles().isdisjoint(roles)

    def get_full_name(self) -> str:
        """The name, for Django's own pages."""
        return self.name

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether the back office lets him; by roles alone, `is_superuser` opens nothing."""
        return rights.may(self, perm)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the back office shows him anything of a room."""
        return rights.may_in_room(self, app_label)


class RoleAssignment(models.Model):
    """A role given to an employee; some pairs exclude each other (see `roles.INCOMPATIBLE`)."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="role_assignments", verbose_name="员工")
    role = models.CharField("角色", max_length=24, choices=Role)
    given_at = models.DateTimeField("授予时间", default=clock.now)

    class Meta:
        verbose_name = "角色授予"
        verbose_name_plural = "角色授予"
        constraints = [models.UniqueConstraint(fields=["staff", "role"], name="role_given_once")]

    def __str__(self) -> str:
        return f"{self.staff} {self.get_role_display()}"


class DeviceTokenManager(AuthTokenManager):
    """Sign-ins with what every request asks of their holder: his branch and the roles that he holds now."""

    def get_queryset(self) -> models.QuerySet["DeviceToken"]:
        held = RoleAssignment.objects.filter(staff=OuterRef("user")).values("role")
        every: models.QuerySet[DeviceToken] = super().get_queryset()
        found: models.QuerySet[DeviceToken] = every.select_related("user__branch").annotate(
            held_roles=ArraySubquery(held)
        )
        return found


class DeviceToken(AbstractAuthToken):
    """A phone's sign-in: the token is kept hashed and is good on that device alone."""

    device_id = models.CharField("设备", max_length=64)
    last_used_at = models.DateTimeField("最近使用", null=True)

    objects = DeviceTokenManager()

    class Meta:
        verbose_name = "手机登录"
        verbose_name_plural = "手机登录"
