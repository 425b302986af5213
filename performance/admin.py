"""The performance ledger in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Register
from performance.metrics import METRICS
from performance.models import LedgerEntry


class MetricFilter(admin.SimpleListFilter):
    """By metric."""

    title = "指标"
    parameter_name = "metric"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(metric.code, metric.name) for metric in METRICS.values()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(LedgerEntry)
class LedgerEntryAdmin(Register):
    """Credits as they were posted; customers by their number's id alone."""

    list_display = ["business_date", "shown_metric", "amount", "share", "staff", "branch", "source", "reversal_of"]
    list_display_links = ["business_date"]
    list_select_related = ["staff", "branch"]
    list_filter = [MetricFilter, ("business_date", admin.DateFieldListFilter)]
    search_fields = ["=source", "=staff__employee_no"]
    search_help_text = "来源或工号，须完整"
    ordering = ["-id"]
    fields = [
        "business_date",
        "shown_metric",
        "amount",
        "share",
        "staff",
        "branch",
        "source",
        "customer_id",
        "occurred_at",
        "recorded_at",
        "reversal_of",
        "reason",
    ]
    readonly_fields = ["shown_metric"]

    @display(description="指标", ordering="metric")
    def shown_metric(self, entry: LedgerEntry) -> str:
        return METRICS[entry.metric].name
