"""Consent to queries of the credit bureau in the back office: its texts, its ledgers, its alerts."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from aladdin.back_office import Kept, Register
from loans import consent_texts
from loans.models import ConsentText, CreditAuthorization, CreditGrantUse, CreditQueryAlert, CreditReportView

if TYPE_CHECKING:
    _TextForm = forms.ModelForm[ConsentText]
else:
    _TextForm = forms.ModelForm

_HELP = "占位符：" + "；".join(f"{{{{ {name} }}}} {label}" for name, label in consent_texts.BLANKS.items())


class TextForm(_TextForm):
    """Another version of the clause."""

    class Meta:
        model = ConsentText
        fields = ["version", "signer", "effective_from", "body"]
        help_texts = {"body": _HELP}

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if faults := list(consent_texts.faults_of(body)):
            raise forms.ValidationError(faults, code="consent_text_faulty")
        return body


@admin.register(ConsentText)
class ConsentTextAdmin(Kept):
    """The clauses that people sign; one that was entered never changes, another takes its place from its day on."""

    subject = "consent-text"
    is_audited_by_capability = True
    form = TextForm
    list_display = ["version", "signer", "effective_from", "sha256", "created_at"]
    ordering = ["-effective_from"]
    fields = ["version", "signer", "effective_from", "body"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        said = form.cleaned_data
        saved = consent_texts.add(
            version=said["version"],
            body=said["body"],
            effective_from=said["effective_from"],
            signer=said["signer"],
            by=request.user,  # type: ignore[arg-type]  # whoever gets here is staff
        )
        obj.pk = saved.pk


@admin.register(CreditAuthorization)
class CreditAuthorizationAdmin(Register):
    """Who consented to which query, and what became of it; neither text nor signature is shown."""

    list_display = ["signed_at", "authorization_no", "application", "who", "reasons", "valid_until", "spent_at"]
    list_display_links = ["authorization_no"]
    list_select_related = ["application__customer", "party", "customer"]
    list_filter = ["channel", "signing_method", ("signed_at", admin.DateFieldListFilter)]
    search_fields = ["=authorization_no", "=application__application_no"]
    search_help_text = "授权编号或申请编号，须完整"
    ordering = ["-signed_at"]
    fields = [
        ("authorization_no", "application", "who"),
        ("reasons", "valid_until"),
        ("text_version", "text_sha256"),
        ("signing_method", "signature_sha256", "channel"),
        ("signed_at", "signed_place", "signed_device", "signed_ip"),
        ("paper_sha256", "witnessed_by"),
        ("spent_at", "revoked_at"),
    ]
    readonly_fields = ["who"]

    @display(description="授权人（脱敏）")
    def who(self, row: CreditAuthorization) -> str:
        return row.party.title() if row.party else row.application.customer.masked_name()


@admin.register(CreditGrantUse)
class CreditGrantUseAdmin(Register):
    """The ledger of consents spent: one line a query."""

    list_display = ["at", "authorization", "reason", "by"]
    list_select_related = ["authorization", "by"]
    list_filter = ["reason", ("at", admin.DateFieldListFilter)]
    search_fields = ["=authorization__authorization_no", "=by__employee_no"]
    ordering = ["-id"]
    fields = ["at", "authorization", "reason", "by"]


@admin.register(CreditReportView)
class CreditReportViewAdmin(Register):
    """Every look at every report."""

    list_display = ["at", "report", "by", "ip"]
    list_select_related = ["report", "by"]
    list_filter = [("at", admin.DateFieldListFilter)]
    search_fields = ["=report__report_no", "=by__employee_no"]
    ordering = ["-id"]
    fields = ["at", "report", "by", "ip"]


@admin.register(CreditQueryAlert)
class CreditQueryAlertAdmin(Register):
    """What was odd, who has to look into it, and what he found."""

    list_display = ["created_at", "kind", "state", "branch", "detail", "owner", "handled_at"]
    list_display_links = ["created_at"]
    list_select_related = ["branch", "owner"]
    list_filter = ["state", "kind", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=officer__employee_no"]
    ordering = ["-id"]
    fields = [
        "created_at",
        "kind",
        "state",
        "branch",
        "detail",
        "application",
        "officer",
        "owner",
        "handled_by",
        "note",
    ]
