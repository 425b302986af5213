"""Families of employees, and customers whose debts count as one, in the back office."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from aladdin import clock
from aladdin.back_office import Kept
from crm.identifiers import InvalidIdentifier
from crm.identity import PERSON, checked_identity
from crm.models import Customer
from loans.models import RelatedGroup, RelatedGroupMember, StaffRelative

if TYPE_CHECKING:
    _RelativeForm = forms.ModelForm[StaffRelative]
    _MemberForm = forms.ModelForm[RelatedGroupMember]
else:
    _RelativeForm = _MemberForm = forms.ModelForm


class RelativeForm(_RelativeForm):
    """The identity number is asked for and not kept: only its blind index is."""

    identity_no = forms.CharField(label="证件号码", max_length=24, required=False, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = StaffRelative
        exclude = ["id", "identity_index"]

    def clean_identity_no(self) -> str:
        text = self.cleaned_data["identity_no"]
        if self.instance.pk:
            return ""
        try:
            return checked_identity(PERSON, text, on=clock.today()).index
        except InvalidIdentifier as wrong:
            raise forms.ValidationError(wrong.message_zh, code=wrong.code) from wrong


@admin.register(StaffRelative)
class StaffRelativeAdmin(Kept):
    """Employees and their close relatives, who keep out of each other's loans."""

    subject = "staff-relative"
    unsaid = frozenset({"identity_no"})
    form = RelativeForm
    list_display = ["staff", "kinship", "effective_from", "effective_to"]
    list_select_related = ["staff"]
    list_filter = ["kinship"]
    search_fields = ["=staff__employee_no", "staff__name"]
    autocomplete_fields = ["staff"]
    ordering = ["staff__employee_no", "id"]

    def get_fields(self, request: HttpRequest, obj: StaffRelative | None = None) -> list[Any]:
        dates = ("effective_from", "effective_to")
        return ["staff", "kinship", dates] if obj else ["staff", "kinship", "identity_no", dates]

    def get_readonly_fields(self, request: HttpRequest, obj: StaffRelative | None = None) -> list[str]:
        return ["staff", "kinship", "effective_from"] if obj else []

    def save_model(self, request: HttpRequest, obj: StaffRelative, form: Any, change: bool) -> None:
        if not change:
            obj.identity_index = form.cleaned_data["identity_no"]
        super().save_model(request, obj, form, change)


class MemberForm(_MemberForm):
    """A member by his customer number: customers themselves have no page here."""

    cif_no = forms.CharField(label="客户号", max_length=20, required=False, widget=UnfoldAdminTextInputWidget())

    class Meta:
        model = RelatedGroupMember
        exclude = ["id", "customer"]

    def clean_cif_no(self) -> Customer | None:
        if self.instance.pk:
            return None
        found = Customer.objects.filter(cif_no=self.cleaned_data["cif_no"].strip()).first()
        if found is None:
            raise forms.ValidationError("没有这个客户号", code="customer_unknown")
        return found

    def save(self, commit: bool = True) -> RelatedGroupMember:
        if self.cleaned_data.get("cif_no"):
            self.instance.customer = self.cleaned_data["cif_no"]
        saved: RelatedGroupMember = super().save(commit)
        return saved


class Members(TabularInline):
    """Who belongs to the group; whoever does not any more ends on a day."""

    model = RelatedGroupMember
    form = MemberForm
    extra = 0
    can_delete = False
    fields = ["who", "cif_no", "role", "effective_from", "effective_to"]
    readonly_fields = ["who"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("customer")

    @display(description="客户（脱敏）")
    def who(self, row: RelatedGroupMember) -> str:
        return f"{row.customer} {row.customer.masked_name()}" if row.pk else "—"


@admin.register(RelatedGroup)
class RelatedGroupAdmin(Kept):
    """Customers whose debts are added up."""

    subject = "related-group"
    list_display = ["name", "kind", "created_at"]
    list_filter = ["kind"]
    search_fields = ["name"]
    ordering = ["-id"]
    fields = ["name", "kind"]
    inlines = [Members]
