"""Changes of the authority matrix: drafted, put to past decisions, published by a second person."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from loans.codes import ApprovalLevel, Guarantee, LoanKind
from loans.models.decisions import ApprovalDecision
from organization.roles import Role
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff

#: Who keeps the matrix, and who looks at how it is kept.
_KEEPERS = (Role.PRODUCT_MANAGER, Role.SYS_ADMIN, Role.AUDITOR)


class AuthorityDraftQuerySet(ScopedQuerySet["AuthorityDraft"]):
    def visible_to(self, staff: "Staff") -> Self:
        """The whole matrix is one: whoever keeps it sees every draft."""
        return self.all() if staff.is_active and staff.has_role(*_KEEPERS) else self.none()


class AuthorityDraft(models.Model):
    """A change of the matrix that is to rule from a day on. Once published or discarded it stays as it is."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        PUBLISHED = "PUBLISHED", "已发布"
        DISCARDED = "DISCARDED", "已作废"

    code = models.CharField("编号", max_length=24, unique=True)
    title = models.CharField("名称", max_length=60)
    effective_from = models.DateField("生效日")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="制定人"
    )
    made_at = models.DateTimeField("制定时间", default=clock.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="发布人",
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = AuthorityDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "授权调整"
        verbose_name_plural = "授权调整"
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="PUBLISHED", published_by__isnull=False, published_at__isnull=False)
                | (~Q(state="PUBLISHED") & Q(published_by__isnull=True, published_at__isnull=True)),
                name="authority_draft_published_whole",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("made_by")),
                name="authority_draft_published_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class AuthorityChange(models.Model):
    """One line of a draft: a person's authority for one kind of loan at one level is given, set anew, or ended."""

    class Act(models.TextChoices):
        GIVE = "GIVE", "授予或调整"
        END = "END", "终止"

    draft = models.ForeignKey(AuthorityDraft, on_delete=models.CASCADE, related_name="changes", verbose_name="授权调整")
    act = models.CharField("动作", max_length=4, choices=Act)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="审批人"
    )
    level = models.PositiveSmallIntegerField("审批层级", choices=ApprovalLevel)
    kind = models.CharField("贷款类别", max_length=12, choices=LoanKind, blank=True)
    guarantee = models.CharField("担保方式", max_length=12, choices=Guarantee, blank=True)
    max_amount = models.DecimalField("单户上限", max_digits=18, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "授权调整明细"
        verbose_name_plural = "授权调整明细"
        ordering = ["draft", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "staff", "level", "kind", "guarantee"], name="authority_changed_once_a_draft"
            ),
            models.CheckConstraint(
                condition=Q(act="GIVE", max_amount__gt=0) | Q(act="END", max_amount__isnull=True),
                name="authority_change_says_how_much",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.staff} {self.get_level_display()}"


class AuthoritySimulation(models.Model):
    """What a draft would have made of past decisions. Append-only: a changed draft is simulated again."""

    draft = models.ForeignKey(
        AuthorityDraft, on_delete=models.PROTECT, related_name="simulations", verbose_name="授权调整"
    )
    lines_sha256 = models.CharField("明细摘要", max_length=64)
    first_day = models.DateField("决定起")
    last_day = models.DateField("决定止")
    looked_at = models.PositiveIntegerField("核对决定数")
    changed = models.PositiveIntegerField("流向改变数")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="操作人")
    at = models.DateTimeField("时间", default=clock.now)

    class Meta:
        verbose_name = "授权模拟"
        verbose_name_plural = "授权模拟"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.draft} {self.changed}/{self.looked_at}"


class SimulatedDecision(models.Model):
    """One past decision that would have gone another way."""

    class Outcome(models.TextChoices):
        GOES_UP = "GOES_UP", "超出权限，须上报"
        LAST_WORD = "LAST_WORD", "本级即可终审"
        NO_AUTHORITY = "NO_AUTHORITY", "该审批人不再有此授权"

    simulation = models.ForeignKey(
        AuthoritySimulation, on_delete=models.CASCADE, related_name="decisions", verbose_name="授权模拟"
    )
    decision = models.ForeignKey(ApprovalDecision, on_delete=models.PROTECT, related_name="+", verbose_name="审批决定")
    outcome = models.CharField("调整后", max_length=12, choices=Outcome)
    exposure = models.DecimalField("单户合计", max_digits=18, decimal_places=2)
    limit_before = models.DecimalField("原权限", max_digits=18, decimal_places=2, null=True, blank=True)
    limit_after = models.DecimalField("新权限", max_digits=18, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = "授权模拟结果"
        verbose_name_plural = "授权模拟结果"
        ordering = ["simulation", "id"]

    def __str__(self) -> str:
        return f"{self.decision_id} {self.get_outcome_display()}"
