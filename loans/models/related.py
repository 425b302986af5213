"""Who belongs together: the bank's own people and their families, and customers whose debts count as one."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from crm.models import Customer
from loans.codes import GroupKind, Kinship


class StaffRelativeQuerySet(models.QuerySet["StaffRelative"]):
    def on(self, day: date) -> Self:
        """In force on a business date."""
        return self.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day), effective_from__lte=day)


class StaffRelative(models.Model):
    """An employee himself, or one of his family, known by the blind index of the identity number alone.

    Nobody takes part in a loan of his own or of a relative; credit staff and their close relatives get no unsecured
    loan (商业银行法 40)."""

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="relatives", verbose_name="员工"
    )
    kinship = models.CharField("与员工关系", max_length=8, choices=Kinship)
    identity_index = models.CharField("证件索引", max_length=43, db_index=True)
    effective_from = models.DateField("生效日", default=clock.today)
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    objects = StaffRelativeQuerySet.as_manager()

    class Meta:
        verbose_name = "员工亲属"
        verbose_name_plural = "员工亲属"
        ordering = ["staff", "id"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "identity_index", "effective_from"], name="relative_entered_once"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="relative_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.get_kinship_display()}"


class RelatedGroup(models.Model):
    """Customers whose debts the bank adds up: a household, or firms in one hand (集团客户)."""

    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=10, choices=GroupKind)
    created_at = models.DateTimeField("建立时间", default=clock.now, editable=False)

    class Meta:
        verbose_name = "关联客户组"
        verbose_name_plural = "关联客户组"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class RelatedGroupMemberQuerySet(models.QuerySet["RelatedGroupMember"]):
    def on(self, day: date) -> Self:
        """In force on a business date."""
        return self.filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day), effective_from__lte=day)


class RelatedGroupMember(models.Model):
    """That a customer belongs to a group, from a day until a day or further notice."""

    group = models.ForeignKey(RelatedGroup, on_delete=models.CASCADE, related_name="members", verbose_name="关联组")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="groups", verbose_name="客户")
    role = models.CharField("在组中的身份", max_length=40, blank=True)
    effective_from = models.DateField("生效日", default=clock.today)
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)

    objects = RelatedGroupMemberQuerySet.as_manager()

    class Meta:
        verbose_name = "关联组成员"
        verbose_name_plural = "关联组成员"
        ordering = ["group", "id"]
        constraints = [
            models.UniqueConstraint(fields=["group", "customer", "effective_from"], name="group_member_entered_once"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gt=F("effective_from")),
                name="group_member_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.customer}"
