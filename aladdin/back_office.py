"""How every table of the back office behaves: nothing is deleted, every change is on the record, a refusal is told.

Who may do what stands in `organization/back_office/rights.py`; Django asks it through `Staff.has_perm`. An admin
class may forbid more (what is published, what has ruled), it never allows more.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import BaseDialogForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget

from aladdin import audit
from aladdin.problems import Problem


class Kept(ModelAdmin):
    """A table that people keep."""

    list_per_page = 50
    show_full_result_count = False
    warn_unsaved_form = True
    subject = ""
    """How the audit trail names a row, e.g. "branch": `branch/<id>`."""
    unsaid: frozenset[str] = frozenset()
    """Fields whose values the audit trail does not repeat."""
    is_audited_by_capability = False
    """Whether what saves a row writes its own audit entry."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: what was configured stays on the record; what no longer holds ends by its date or state."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form; what a capability refuses is undone and told in its own words."""
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except Problem as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(request.get_full_path())
        return answer

    def save_related(self, request: HttpRequest, form: "forms.ModelForm[Any]", formsets: Any, change: bool) -> None:
        """Save what hangs on the row, then write down what was done, in the same transaction."""
        super().save_related(request, form, formsets, change)
        if not self.is_audited_by_capability:
            audit.record(
                by=request.user,
                action=f"{'change' if change else 'add'}_{self.opts.model_name}",
                subject=f"{self.subject}/{form.instance.pk}",
                changes={name: self._change(form, name) for name in form.changed_data},
                parts=[part for formset in formsets for part in _parts(formset)],
            )

    def _change(self, form: "forms.ModelForm[Any]", name: str) -> list[str]:
        if name in self.unsaid:
            return ["", ""]
        after = form.cleaned_data.get(name)
        return [_text(form.initial.get(name)), _text(after.pk if isinstance(after, Model) else after)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _parts(formset: Any) -> list[str]:
    """What was done to the rows that hang on this one, a line each."""
    name = formset.model._meta.verbose_name
    return [
        *(f"新增{name}：{part}" for part in formset.new_objects),
        *(f"修改{name}：{part}（{'、'.join(fields)}）" for part, fields in formset.changed_objects),
        *(f"删除{name}：{part}" for part in formset.deleted_objects),
    ]


class Register(Kept):
    """A table that is only read here: it is written by the bank's work, or by the database alone."""

    paginator = InfinitePaginator  # counting a ledger of millions would cost more than reading a page of it

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class RegisterLines(TabularInline):
    """Rows that hang on one of a register."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# --- Moves of a row ------------------------------------------------------------------------------
class Confirmed(BaseDialogForm):
    """A move that asks for nothing but a second look."""


class WithReason(BaseDialogForm):
    """A move that says why."""

    reason = forms.CharField(label="原因", max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


def move(request: HttpRequest, work: Callable[[], object], *, done: str, onward: str) -> HttpResponse:
    """Do `work` from a dialog, tell how it went, and take the page to `onward`."""
    try:
        work()
        messages.success(request, done)
    except Problem as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseClientRedirect(onward)
