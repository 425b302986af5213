"""The blacklist and the list of related persons in the back office."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from aladdin import clock
from aladdin.back_office import Kept
from crm.identifiers import InvalidIdentifier
from crm.identity import PERSON, checked_identity
from loans.models import ListedPerson

if TYPE_CHECKING:
    _ListedForm = forms.ModelForm[ListedPerson]
else:
    _ListedForm = forms.ModelForm


def index_of(number: str) -> str | None:
    """Under which a person (18 characters, by birth date) or a firm is listed; None where it is no number."""
    for kind in (PERSON, "BUSINESS"):
        try:
            return checked_identity(kind, number, on=clock.today()).index
        except InvalidIdentifier:
            continue
    return None


class ListedForm(_ListedForm):
    """An entry to be made, or the day on which one ends. The number is turned into its index and not kept."""

    identity_no = forms.CharField(
        label="证件号码", help_text="身份证号码或统一社会信用代码；只保存索引", widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = ListedPerson
        fields = ["list", "reason", "effective_from", "effective_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["identity_no"]

    def clean_identity_no(self) -> str:
        index = index_of(self.cleaned_data["identity_no"])
        if index is None:
            raise forms.ValidationError("证件号码不正确", code="identity_number_invalid")
        self.instance.identity_index = index
        return index

    def clean_effective_to(self) -> Any:
        day = self.cleaned_data["effective_to"]
        if day is not None and day < clock.today():
            raise forms.ValidationError("失效日不能早于今日：已据此作出的决定须有依据", code="listing_backdated")
        return day


@admin.register(ListedPerson)
class ListedPersonAdmin(Kept):
    """Who is on which list, known by the index of the number alone. An entry is ended, never changed."""

    subject = "listed-person"
    unsaid = frozenset({"identity_no"})
    form = ListedForm
    list_display = ["list", "reason", "effective_from", "effective_to"]
    list_display_links = ["list", "reason"]
    list_filter = ["list"]
    search_fields = ["reason"]
    search_help_text = "证件号码（须完整）或列入原因"
    ordering = ["-effective_from", "-id"]

    def get_fields(self, request: HttpRequest, obj: ListedPerson | None = None) -> list[str]:
        kept = ["list", "reason", "effective_from", "effective_to"]
        return kept if obj else [kept[0], "identity_no", *kept[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: ListedPerson | None = None) -> list[str]:
        return ["list", "reason", "effective_from"] if obj else []

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ListedPerson], search_term: str
    ) -> tuple[QuerySet[ListedPerson], bool]:
        """A whole number finds its entries by the index."""
        index = index_of(search_term) if search_term else None
        if index is not None:
            return queryset.filter(identity_index=index), False
        found: tuple[QuerySet[ListedPerson], bool] = super().get_search_results(request, queryset, search_term)
        return found
