"""The product shelf: what the bank offers through its relationship managers, and the log of each product's life."""

from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from organization.models import Staff
from organization.roles import Role
from organization.scope import ScopedQuerySet
from products.machine import ShelfMachine, ShelfState


class ProductType(models.TextChoices):
    """What is sold (domain 4.4)."""

    DEPOSIT = "DEPOSIT", "存款"
    LOAN = "LOAN", "贷款"
    WEALTH = "WEALTH", "理财"
    FUND = "FUND", "基金"
    INSURANCE = "INSURANCE", "保险"
    PRECIOUS_METAL = "PRECIOUS_METAL", "贵金属"
    TRUST = "TRUST", "信托资管"
    TREASURY_BOND = "TREASURY_BOND", "国债"
    CARD = "CARD", "银行卡"
    PAYMENT = "PAYMENT", "收单"


class Risk(models.TextChoices):
    """Risk grade of a product, from the lowest to the highest (domain 4.3)."""

    R1 = "R1", "R1 低风险"
    R2 = "R2", "R2 中低风险"
    R3 = "R3", "R3 中风险"
    R4 = "R4", "R4 中高风险"
    R5 = "R5", "R5 高风险"


#: Whose return is not promised: their rate is a benchmark and is never shown without saying so.
WITHOUT_PROMISED_RETURN = frozenset(
    {
        ProductType.WEALTH,
        ProductType.FUND,
        ProductType.INSURANCE,
        ProductType.PRECIOUS_METAL,
        ProductType.TRUST,
    }
)
_ONCE_ON_SHELF = [ShelfState.ON_SHELF, ShelfState.SUSPENDED, ShelfState.OFF_SHELF]


class ShelfProductQuerySet(ScopedQuerySet["ShelfProduct"]):
    def visible_to(self, staff: Staff) -> "ShelfProductQuerySet":
        """What is on the shelf; who keeps or audits the shelf sees everything."""
        if not staff.is_active:
            return self.none()
        if staff.has_role(Role.PRODUCT_MANAGER, Role.AUDITOR):
            return self.all()
        return self.filter(state=ShelfState.ON_SHELF)


class ShelfProduct(ShelfMachine):
    """A product of the shelf. `rate_text` and `term_text` are what customers read, `min_amount` is in yuan."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField("产品代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=80)
    type = models.CharField("类型", max_length=14, choices=ProductType)
    risk = models.CharField("风险等级", max_length=2, choices=Risk)
    min_amount = models.DecimalField("起点金额（元）", max_digits=18, decimal_places=2)
    term_text = models.CharField("期限", max_length=80)
    rate_text = models.CharField("利率或业绩比较基准", max_length=120)
    maker = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    checker = models.ForeignKey(
        Staff, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    on_shelf_at = models.DateTimeField("上架时间", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now)

    objects = ShelfProductQuerySet.as_manager()

    class Meta:
        verbose_name = "货架产品"
        verbose_name_plural = "货架产品"
        indexes = [models.Index(fields=["type", "code"], name="on_the_shelf", condition=Q(state="ON_SHELF"))]
        constraints = [
            models.CheckConstraint(condition=Q(min_amount__gte=0), name="product_begins_at_zero_or_more"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="product_checked_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_ONCE_ON_SHELF) | Q(on_shelf_at__isnull=False, checker__isnull=False),
                name="product_on_the_shelf_was_checked",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def promises_its_return(self) -> bool:
        """Whether the rate is the bank's own promise, as of a deposit; a benchmark is not."""
        return self.type not in WITHOUT_PROMISED_RETURN


class ShelfMove(models.Model):
    """One move of a product. The database refuses update and delete (see the migration)."""

    product = models.ForeignKey(ShelfProduct, on_delete=models.PROTECT, related_name="moves", verbose_name="产品")
    name = models.CharField("动作", max_length=10)
    from_state = models.CharField("原状态", max_length=20, choices=ShelfState)
    to_state = models.CharField("新状态", max_length=20, choices=ShelfState)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+", verbose_name="经办人")
    at = models.DateTimeField("时间", default=clock.now)
    reason = models.CharField("原因", max_length=200, blank=True)

    class Meta:
        verbose_name = "产品流转"
        verbose_name_plural = "产品流转"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
