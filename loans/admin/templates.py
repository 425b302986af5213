"""Contract templates in the back office: written by one person, published by another, previewed by all."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from aladdin.back_office import Confirmed, Kept, WithReason, move
from aladdin.problems import Problem
from loans import contract_templates
from loans.contract_variables import KNOWN, VARIABLES
from loans.models import ContractTemplate, TemplateClause
from organization import access
from organization.caller import caller

S = ContractTemplate.State
Dialog = Callable[..., HttpResponse]


class Clauses(TabularInline):
    """The clauses, which change with the draft alone."""

    model = TemplateClause
    extra = 0
    fields = ["position", "number", "text", "condition", "emphasis"]
    formfield_overrides = {
        TemplateClause._meta.get_field("text").__class__: {
            "widget": UnfoldAdminTextareaWidget(attrs={"rows": 3, "cols": 80})
        }
    }

    def has_add_permission(self, request: HttpRequest, obj: ContractTemplate | None = None) -> bool:
        return _is_open(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: ContractTemplate | None = None) -> bool:
        return _is_open(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: ContractTemplate | None = None) -> bool:
        return self.has_change_permission(request, obj)


def _is_open(template: ContractTemplate | None) -> bool:
    return template is None or template.state == S.DRAFT


_DONE = {"submit": "提交复核", "send_back": "退回修改", "publish": "发布", "draft_next": "新建下一版本"}


def _dialog(name: str, variant: ActionVariant, *, asks_why: bool = False) -> Dialog:
    """One move of a template as a button with a dialog."""

    def run(self: "ContractTemplateAdmin", request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        template = ContractTemplate.objects.get(pk=object_id)
        said = {"reason": form.cleaned_data["reason"]} if asks_why else {}
        return move(
            request,
            lambda: getattr(contract_templates, name)(template, by=caller(request), **said),
            done=f"“{template}”已{_DONE[name]}",
            onward=reverse("admin:loans_contracttemplate_changelist") + f"?q={template.code}",
        )

    run.__name__ = name
    dialog = {
        "title": _DONE[name],
        "description": "",
        "form_class": WithReason if asks_why else Confirmed,
        "form_submit_text": _DONE[name],
    }
    made: Dialog = action(description=_DONE[name], permissions=[name], variant=variant, dialog=dialog)(run)
    return made


@admin.register(ContractTemplate)
class ContractTemplateAdmin(Kept):
    """Versions of every contract text; what is published is only read."""

    subject = "contract-template"
    list_display = [
        "title",
        "code",
        "version",
        "document",
        "shown_state",
        "scope",
        "effective_from",
        "maker",
        "checker",
    ]
    list_select_related = ["maker", "checker", "product"]
    list_filter = ["document", "state"]
    search_fields = ["code", "title"]
    ordering = ["code", "-version"]
    inlines = [Clauses]
    actions_detail = ["preview", "submit", "publish", "send_back", "draft_next"]

    submit = _dialog("submit", ActionVariant.PRIMARY)
    publish = _dialog("publish", ActionVariant.SUCCESS)
    send_back = _dialog("send_back", ActionVariant.WARNING, asks_why=True)
    draft_next = _dialog("draft_next", ActionVariant.PRIMARY)

    @display(description="状态", ordering="state", label={"已发布": "success", "待复核": "warning", "草稿": "info"})
    def shown_state(self, template: ContractTemplate) -> str:
        return template.get_state_display()

    @display(description="适用范围")
    def scope(self, template: ContractTemplate) -> str:
        return contract_templates.scope_of(template)

    @display(description="可用变量")
    def variables(self, template: ContractTemplate) -> str:
        known = [VARIABLES[name] for name in VARIABLES if name in KNOWN[template.document]]
        return "；".join(f"{{{{ {each.name} }}}} {each.label}" for each in known)

    def get_fields(self, request: HttpRequest, obj: ContractTemplate | None = None) -> list[Any]:
        said = [("code", "title"), ("document", "effective_from"), ("loan_kind", "guarantee", "product")]
        kept = [("version", "state"), ("maker", "checker"), "returned_because", "published_at", "variables"]
        return [*said, *kept] if obj else said

    def get_readonly_fields(self, request: HttpRequest, obj: ContractTemplate | None = None) -> list[str]:
        kept = ["version", "state", "maker", "checker", "returned_because", "published_at", "variables"]
        return [*kept, "code", "document"] if obj else kept

    def has_change_permission(self, request: HttpRequest, obj: ContractTemplate | None = None) -> bool:
        """A draft belongs to its maker: the audit trail says whose words are checked."""
        allowed: bool = super().has_change_permission(request, obj)
        return allowed and (obj is None or (_is_open(obj) and obj.maker_id == caller(request).pk))

    def save_model(
        self, request: HttpRequest, obj: ContractTemplate, form: "forms.ModelForm[Any]", change: bool
    ) -> None:
        """The versions of a code are counted; a code in the making has one draft."""
        if not change:
            contract_templates.begin(obj, by=caller(request))
        super().save_model(request, obj, form, change)

    # --- Which buttons a person sees -----------------------------------------------------------
    def has_preview_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return access.may(caller(request), "contract_template.read")

    def has_submit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.DRAFT, is_maker=True)

    def has_publish_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.SUBMITTED, is_maker=False)

    def has_send_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.SUBMITTED, is_maker=False)

    def has_draft_next_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._stands(request, object_id, S.PUBLISHED)

    def _stands(self, request: HttpRequest, object_id: str | None, state: str, *, is_maker: bool | None = None) -> bool:
        template = ContractTemplate.objects.filter(pk=object_id, state=state).first() if object_id else None
        if template is None or not request.user.has_perm("loans.change_contracttemplate"):
            return False
        return is_maker is None or (template.maker_id == caller(request).pk) == is_maker

    @action(description="预览", permissions=["preview"])
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The template as a PDF, with made-up values."""
        template = ContractTemplate.objects.get(pk=object_id)
        try:
            made = contract_templates.preview(template, by=caller(request))
        except Problem as refusal:
            self.message_user(request, refusal.detail, level="ERROR")
            return HttpResponseRedirect(reverse("admin:loans_contracttemplate_change", args=[object_id]))
        return HttpResponse(
            made,
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{template.code}-v{template.version}.pdf"'},
        )
