"""Collateral and businesses behind the applications, to be looked up; personal data stays sealed here."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from loans.models import BusinessInformation, Collateral


@admin.register(Collateral)
class CollateralAdmin(Register):
    """What secures which application, and whether it is registered."""

    list_display = ["application", "kind", "certificate_no", "appraised_value", "appraised_on", "registered_at"]
    list_select_related = ["application"]
    list_filter = ["kind", "owner_relation"]
    search_fields = ["application__application_no", "certificate_no", "registration_no"]
    exclude = ["location_sealed", "owner_name_sealed", "co_owners_sealed"]
    ordering = ["-created_at"]


@admin.register(BusinessInformation)
class BusinessInformationAdmin(Register):
    """The trade behind an application."""

    list_display = ["of", "industry", "premises", "annual_turnover", "staff_count", "updated_at"]
    list_select_related = ["application"]
    list_filter = ["industry", "premises"]
    search_fields = ["application__application_no"]
    exclude = [
        "name_sealed",
        "credit_code_sealed",
        "credit_code_index",
        "legal_representative_sealed",
        "legal_representative_no_sealed",
        "premises_address_sealed",
    ]
    ordering = ["-created_at"]

    @display(description="申请", ordering="application__application_no")
    def of(self, business: BusinessInformation) -> str:
        return str(business.application)
