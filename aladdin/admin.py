"""The kernel's tables in the back office: parameters, the audit trail, jobs."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelect2Widget

from aladdin import clock, parameters
from aladdin.audit import AuditEntry
from aladdin.back_office import Kept, Register, RegisterLines
from aladdin.parameters import Parameter
from aladdin.problems import Problem
from aladdin.work_queue import Job, run_again

if TYPE_CHECKING:
    _ParameterForm = forms.ModelForm[Parameter]
else:
    _ParameterForm = forms.ModelForm


# --- Parameters ----------------------------------------------------------------------------------
class NewValueForm(_ParameterForm):
    """A known parameter's value from a day on."""

    class Meta:
        model = Parameter
        fields = ["code", "value", "effective_from", "legal_basis"]
        widgets = {"code": UnfoldAdminSelect2Widget}
        help_texts = {"effective_from": "最早自次日起；原值到该日自动失效"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" not in self.fields:
            return  # the page of a row that is only read
        known = Parameter.objects.order_by("code", "effective_from").values_list("code", "description")
        choices = [("", "—"), *((code, f"{code} · {text}") for code, text in dict(known).items())]
        self.fields["code"] = forms.ChoiceField(label="参数", choices=choices, widget=self.fields["code"].widget)

    def clean_effective_from(self) -> Any:
        day = self.cleaned_data["effective_from"]
        if day <= clock.today():
            raise forms.ValidationError("新值最早自次日起生效，已适用过的值不能更改", code="parameter_backdated")
        return day


class InForceFilter(admin.SimpleListFilter):
    """Today's values, or those of other days."""

    title = "效力"
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", "现行"), ("later", "待生效"), ("past", "已失效")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Parameter]) -> QuerySet[Parameter]:
        today = clock.today()
        open_end = Q(effective_to__isnull=True) | Q(effective_to__gt=today)
        wanted = {
            "now": Q(effective_from__lte=today) & open_end,
            "later": Q(effective_from__gt=today),
            "past": Q(effective_to__lte=today),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(Parameter)
class ParameterAdmin(Kept):
    """Values that have ruled never change; a new one is set from a day on."""

    form = NewValueForm
    is_audited_by_capability = True
    list_display = ["code", "shown_value", "effective_from", "effective_to", "description", "legal_basis"]
    list_filter = [InForceFilter]
    search_fields = ["code", "description"]
    ordering = ["code", "-effective_from"]

    @display(description="数值", ordering="value")
    def shown_value(self, row: Parameter) -> str:
        return f"{row.value.normalize():,f} {row.unit}"

    def has_change_permission(self, request: HttpRequest, obj: Parameter | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Parameter | None = None) -> list[str]:
        if obj is None:
            return ["code", "value", "effective_from", "legal_basis"]
        return ["code", "description", "value", "unit", "effective_from", "effective_to", "legal_basis"]

    def save_model(self, request: HttpRequest, obj: Parameter, form: Any, change: bool) -> None:
        """Through the one function that keeps the days of a parameter without gap or overlap."""
        row = parameters.set_from(
            obj.effective_from, code=obj.code, value=obj.value, legal_basis=obj.legal_basis, by=request.user
        )
        obj.__dict__.update(row.__dict__)


# --- Audit trail ---------------------------------------------------------------------------------
@admin.register(AuditEntry)
class AuditEntryAdmin(Register):
    """Who did what to what; the newest first."""

    list_display = ["moment", "person", "deed", "on_what", "detail_in_brief"]
    list_select_related = ["by"]
    list_filter = [("at", admin.DateFieldListFilter)]
    search_fields = ["=subject", "=action", "=by__employee_no"]
    search_help_text = "对象（如 staff/…）、动作或工号，须完整"
    ordering = ["-id"]
    fields = ["moment", "person", "deed", "on_what", "whole_detail"]
    readonly_fields = fields

    @display(description="时间", ordering="id")
    def moment(self, entry: AuditEntry) -> datetime:
        return entry.at

    @display(description="经办人")
    def person(self, entry: AuditEntry) -> str:
        return str(entry.by or "系统")

    @display(description="动作")
    def deed(self, entry: AuditEntry) -> str:
        return entry.action

    @display(description="对象")
    def on_what(self, entry: AuditEntry) -> str:
        return entry.subject

    @display(description="内容")
    def detail_in_brief(self, entry: AuditEntry) -> str:
        text = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
        return text if len(text) <= 90 else f"{text[:90]}…"

    @display(description="内容")
    def whole_detail(self, entry: AuditEntry) -> str:
        return json.dumps(entry.detail, ensure_ascii=False, indent=2)


# --- Jobs ----------------------------------------------------------------------------------------
admin.site.unregister(ProcrastinateJob)

_STATUS = {
    "todo": "待运行",
    "doing": "运行中",
    "succeeded": "成功",
    "failed": "失败",
    "cancelled": "已取消",
    "aborted": "已中止",
}
_EVENTS = {
    "deferred": "排队",
    "started": "开始",
    "deferred_for_retry": "等待重试",
    "failed": "失败",
    "succeeded": "成功",
    "cancelled": "取消",
    "abort_requested": "请求中止",
    "aborted": "已中止",
    "scheduled": "到期",
}


class StatusFilter(admin.SimpleListFilter):
    """By status, in Chinese."""

    title = "状态"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_STATUS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class JobEvents(RegisterLines):
    """What became of a job."""

    model = ProcrastinateEvent
    verbose_name_plural = "经过"
    fields = ["happened", "moment"]
    readonly_fields = fields
    ordering = ["id"]

    @display(description="事件")
    def happened(self, event: ProcrastinateEvent) -> str:
        return _EVENTS.get(event.type, event.type)

    @display(description="时间")
    def moment(self, event: ProcrastinateEvent) -> datetime | None:
        return event.at


@admin.register(Job)
class JobAdmin(Register):
    """Work in the queue; what is out of tries can be run again."""

    list_display = ["number", "task", "shown_status", "tries", "queue", "due_at"]
    list_filter = [StatusFilter]
    search_fields = ["=id", "task_name"]
    ordering = ["-id"]
    fields = ["number", "task", "shown_status", "arguments", "tries", "queue", "due_at"]
    readonly_fields = fields
    inlines = [JobEvents]
    actions = ["run_again"]

    @display(description="状态", label={"失败": "danger", "成功": "success", "运行中": "info", "待运行": "warning"})
    def shown_status(self, job: Job) -> str:
        return _STATUS.get(job.status, job.status)

    @display(description="编号", ordering="id")
    def number(self, job: Job) -> int:
        return job.pk

    @display(description="任务", ordering="task_name")
    def task(self, job: Job) -> str:
        return job.task_name

    @display(description="参数")
    def arguments(self, job: Job) -> str:
        return json.dumps(job.args, ensure_ascii=False)

    @display(description="尝试次数")
    def tries(self, job: Job) -> int:
        return job.attempts

    @display(description="队列")
    def queue(self, job: Job) -> str:
        return job.queue_name

    @display(description="预定时间")
    def due_at(self, job: Job) -> datetime | None:
        return job.scheduled_at

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("aladdin.change_job")

    @admin.action(description="重新运行失败的任务", permissions=["run"])
    def run_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        done = 0
        for job in queryset:
            try:
                run_again(job, by=request.user)
                done += 1
            except Problem as refusal:
                messages.warning(request, refusal.detail)
        if done:
            messages.success(request, f"已重新排队 {done} 个任务")
