"""The customer, in whose care he is, and who looked at his clear data."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from aladdin import clock, masking
from aladdin.crypto import Sealed, new_data_key, open_data_key, row_place, search_tokens
from aladdin.ids import uuid7
from crm.identifiers import Sex as IdentitySex
from crm.identity import Identity, mobile_index
from organization.models import Branch, Staff
from organization.scope import ScopedQuerySet


class CustomerQuerySet(ScopedQuerySet["Customer"]):
    def visible_to(self, staff: Staff) -> "CustomerQuerySet":
        """Those whom the person manages or co-manages today; besides by branch, as far as the scope reaches."""
        in_care = Ownership.objects.on(clock.today()).filter(staff=staff)
        return self.by_branch(staff, own=Q(pk__in=in_care.values("customer")))


class Customer(models.Model):
    """A person or a business that the bank deals with.

    Name, identity number, mobile and address are sealed with the customer's own key; what is searched for
    exactly has a blind index, the name keyed tokens. An RM may enter a customer before the core banking system
    knows him: the customer number is then empty until the feed brings it."""

    class Kind(models.TextChoices):
        PERSON = "PERSON", "个人"
        BUSINESS = "BUSINESS", "企业"

    class Sex(models.TextChoices):
        MALE = IdentitySex.MALE.value, "男"
        FEMALE = IdentitySex.FEMALE.value, "女"

    class Source(models.TextChoices):
        FEED = "FEED", "核心系统"
        RM = "RM", "客户经理录入"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cif_no = models.CharField("客户号", max_length=20, unique=True, null=True, blank=True)
    kind = models.CharField("类型", max_length=8, choices=Kind)
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, db_index=False, related_name="customers", verbose_name="机构"
    )
    birth_on = models.DateField("出生日期", null=True, blank=True)
    sex = models.CharField("性别", max_length=6, choices=Sex, blank=True)
    opened_on = models.DateField("开户日期")
    source = models.CharField("来源", max_length=4, choices=Source)
    created_at = models.DateTimeField("建档时间", default=clock.now)
    version = models.PositiveIntegerField("版本", default=1)

    data_key_sealed = models.TextField()
    name_sealed = models.TextField()
    identity_no_sealed = models.TextField()
    mobile_sealed = models.TextField(blank=True)
    address_sealed = models.TextField(blank=True)
    identity_index = models.CharField(max_length=43, unique=True)
    mobile_index = models.CharField(max_length=43, blank=True)
    name_tokens = ArrayField(models.BigIntegerField())
    fed_digest = models.CharField(max_length=43, blank=True)

    name = Sealed("name_sealed")
    identity_no = Sealed("identity_no_sealed")
    mobile = Sealed("mobile_sealed")
    address = Sealed("address_sealed")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = "客户"
        verbose_name_plural = "客户"
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="PERSON") | Q(birth_on__isnull=True, sex=""), name="only_persons_are_born"
            ),
            models.CheckConstraint(
                condition=Q(source="RM") | Q(cif_no__isnull=False), name="core_customers_have_a_number"
            ),
        ]
        indexes = [
            GinIndex(fields=["name_tokens"], name="customer_by_name"),
            models.Index(fields=["mobile_index"], condition=~Q(mobile_index=""), name="customer_by_mobile"),
            models.Index(fields=["branch", "-id"], name="customers_of_branch"),
        ]

    def __str__(self) -> str:
        return self.cif_no or str(self.pk)

    def give_key(self) -> None:
        """The customer's own data key, before anything is sealed."""
        self.data_key_sealed = new_data_key(bound_to=row_place(self._meta.db_table, self.pk))

    def data_key(self) -> bytes:
        """The opened key. Raises CustomerErased, Unreadable."""
        return open_data_key(self.data_key_sealed, row_place(self._meta.db_table, self.pk))

    def identify(self, identity: Identity) -> None:
        """Seal the identity number, with its index and what it tells."""
        self.identity_no = identity.number
        self.identity_index = identity.index
        self.birth_on, self.sex = identity.birth_on, identity.sex

    def describe(self, *, name: str | None = None, mobile: str | None = None, address: str | None = None) -> None:
        """Seal what is given, with what it is found by."""
        if name is not None:
            self.name, self.name_tokens = name, search_tokens(name)
        if mobile is not None:
            self.mobile, self.mobile_index = mobile, mobile_index(mobile) if mobile else ""
        if address is not None:
            self.address = address

    def masked_name(self) -> str:
        """The name as lists, notices and boards may show it."""
        hide = masking.name if self.kind == self.Kind.PERSON else masking.business_name
        return hide(self.name)


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def on(self, day: date) -> "OwnershipQuerySet":
        """In force on a business date."""
        return self.filter(effective_from__lte=day).filter(Q(effective_to__isnull=True) | Q(effective_to__gt=day))


class Ownership(models.Model):
    """In whose care a customer is, from a day until a day (not included) or further notice, with what share of
    the credit. The database holds one managing RM a day and shares that sum to no more than one (see the
    migration)."""

    class Role(models.TextChoices):
        MANAGING = "MANAGING", "管户"
        CO_MANAGING = "CO_MANAGING", "共管"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ownerships", verbose_name="客户")
    staff = models.ForeignKey(
        Staff, on_delete=models.PROTECT, db_index=False, related_name="ownerships", verbose_name="客户经理"
    )
    role = models.CharField("角色", max_length=11, choices=Role)
    share = models.DecimalField("比例", max_digits=5, decimal_places=4)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日（不含）", null=True, blank=True)
    assigned_by = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = "管户关系"
        verbose_name_plural = "管户关系"
        constraints = [
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="ownership_share_is_a_fraction"),
            models.CheckConstraint(
                condition=Q(effective_to__isnull=True) | Q(effective_to__gte=F("effective_from")),
                name="ownership_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(role="MANAGING", effective_to__isnull=True),
                name="one_managing_rm",
            ),
            models.UniqueConstraint(
                fields=["customer", "staff"], condition=Q(effective_to__isnull=True), name="one_open_ownership_a_person"
            ),
        ]
        indexes = [models.Index(fields=["staff", "customer"], name="customers_of_staff")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.role} {self.staff_id} {self.share}"


class Reveal(models.Model):
    """One look at a clear value, with its reason; append-only, and counted against the day's limit."""

    class Field(models.TextChoices):
        NAME = "name", "姓名"
        IDENTITY_NO = "identity_no", "证件号码"
        MOBILE = "mobile", "手机号"
        ADDRESS = "address", "地址"

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="reveals", verbose_name="客户")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="查看人")
    field = models.CharField("内容", max_length=11, choices=Field)
    reason = models.CharField("事由", max_length=200)
    at = models.DateTimeField("时间", default=clock.now)
    business_date = models.DateField("业务日期", default=clock.today)

    class Meta:
        verbose_name = "明文查看记录"
        verbose_name_plural = "明文查看记录"
        indexes = [models.Index(fields=["staff", "business_date"], name="reveals_of_a_day")]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.field} {self.at:%Y-%m-%d %H:%M}"
