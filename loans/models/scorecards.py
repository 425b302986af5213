"""Scorecards kept as data, and what they said of each application."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aladdin import clock
from aladdin.ids import uuid7
from loans.models.rules import DecisionRun


class Scorecard(models.Model):
    """A scorecard by its code; its points stand in its versions."""

    code = models.CharField("评分卡代码", max_length=40, unique=True)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "评分卡"
        verbose_name_plural = "评分卡"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ScorecardVersionQuerySet(models.QuerySet["ScorecardVersion"]):
    def in_force(self, role: str, on: date) -> Self:
        """Published versions of a role that have begun, the newest first: the first one counts."""
        begun = self.filter(state=ScorecardVersion.State.PUBLISHED, role=role, effective_from__lte=on)
        return begun.select_related("scorecard").order_by("-effective_from", "-published_at", "-version")


class ScorecardVersion(models.Model):
    """Points from a date on. Another person than who loaded it publishes it; then the database refuses change."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", "草稿"
        PUBLISHED = "PUBLISHED", "已发布"

    class Role(models.TextChoices):
        CHAMPION = "CHAMPION", "现行"
        CHALLENGER = "CHALLENGER", "影子（只记录，不展示）"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="versions", verbose_name="评分卡")
    version = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    role = models.CharField("用途", max_length=10, choices=Role)
    effective_from = models.DateField("生效日")
    base = models.IntegerField("基础分")
    trained_on = models.CharField("训练数据", max_length=300)
    figures = models.JSONField("检验指标", default=dict)

    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    drafted_at = models.DateTimeField("载入时间", default=clock.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)

    objects = ScorecardVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "评分卡版本"
        verbose_name_plural = "评分卡版本"
        ordering = ["scorecard__code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "version"], name="scorecard_version_counted_once"),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("drafted_by")),
                name="scorecard_published_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT", published_at__isnull=True)
                | Q(state="PUBLISHED", published_at__isnull=False),
                name="published_scorecard_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} v{self.version}"


class ScorecardAttribute(models.Model):
    """One fact of a card, in which direction it is better, and what is given where it is not known."""

    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.CASCADE, related_name="attributes", verbose_name="评分卡版本"
    )
    place = models.PositiveSmallIntegerField("次序")
    fact = models.CharField("事实", max_length=40)
    more_is_better = models.BooleanField("越大越好")
    missing_points = models.IntegerField("缺失时分值")
    missing_text = models.CharField("缺失说明", max_length=100)
    improvement = models.CharField("可改善之处", max_length=100, blank=True)

    class Meta:
        verbose_name = "评分项"
        verbose_name_plural = "评分项"
        ordering = ["version", "place"]
        constraints = [models.UniqueConstraint(fields=["version", "fact"], name="fact_scored_once")]

    def __str__(self) -> str:
        return self.fact


class ScorecardBin(models.Model):
    """Points of a range: from `lower` (included) to `upper` (not included). `share` and `bad_rate` are those of the
    sample that it was trained on."""

    attribute = models.ForeignKey(
        ScorecardAttribute, on_delete=models.CASCADE, related_name="bins", verbose_name="评分项"
    )
    place = models.PositiveSmallIntegerField("次序")
    lower = models.DecimalField("下限（含）", max_digits=18, decimal_places=4, null=True, blank=True)
    upper = models.DecimalField("上限（不含）", max_digits=18, decimal_places=4, null=True, blank=True)
    points = models.IntegerField("分值")
    text = models.CharField("说明", max_length=100)
    share = models.DecimalField("样本占比", max_digits=6, decimal_places=4, default=0)
    bad_rate = models.DecimalField("样本坏账率", max_digits=6, decimal_places=4, default=0)

    class Meta:
        verbose_name = "分箱"
        verbose_name_plural = "分箱"
        ordering = ["attribute", "place"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lower__isnull=True) | Q(upper__isnull=True) | Q(lower__lt=F("upper")),
                name="bin_begins_before_it_ends",
            ),
            models.UniqueConstraint(fields=["attribute", "place"], name="bin_has_its_place"),
        ]

    def __str__(self) -> str:
        return f"{self.text} {self.points}"


class ScorecardBand(models.Model):
    """A class of scores, from its lowest points up to the next."""

    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.CASCADE, related_name="bands", verbose_name="评分卡版本"
    )
    code = models.CharField("等级", max_length=4)
    label = models.CharField("名称", max_length=20)
    lowest = models.IntegerField("最低分")
    meaning = models.CharField("含义", max_length=200, blank=True)

    class Meta:
        verbose_name = "评分等级"
        verbose_name_plural = "评分等级"
        ordering = ["version", "-lowest"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="band_once"),
            models.UniqueConstraint(fields=["version", "lowest"], name="band_begins_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"


class ApplicationScore(models.Model):
    """What one card said in one run; a challenger's is kept for comparison and shown to nobody who decides.
    Append-only."""

    run = models.ForeignKey(DecisionRun, on_delete=models.PROTECT, related_name="scores", verbose_name="评估")
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+", verbose_name="评分卡版本")
    is_shadow = models.BooleanField("影子评分")
    points = models.IntegerField("分数")
    band = models.CharField("等级", max_length=4)

    class Meta:
        verbose_name = "申请评分"
        verbose_name_plural = "申请评分"
        ordering = ["run", "is_shadow"]
        constraints = [models.UniqueConstraint(fields=["run", "version"], name="card_scores_once_a_run")]

    def __str__(self) -> str:
        return f"{self.version} {self.points}（{self.band}）"


class ScoreContribution(models.Model):
    """What one attribute brought to a score. Append-only."""

    score = models.ForeignKey(
        ApplicationScore, on_delete=models.PROTECT, related_name="contributions", verbose_name="评分"
    )
    fact = models.CharField("事实", max_length=40)
    value = models.DecimalField("取值", max_digits=18, decimal_places=2, null=True)
    points = models.IntegerField("得分")
    most = models.IntegerField("满分")
    text = models.CharField("说明", max_length=100)

    class Meta:
        verbose_name = "评分理由"
        verbose_name_plural = "评分理由"
        ordering = ["score", "id"]

    def __str__(self) -> str:
        return f"{self.text} {self.points}"
