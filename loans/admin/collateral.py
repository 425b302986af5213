"""What was filled in behind the applications, to be looked up; personal data stays sealed here."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from loans.models import BusinessInformation, Collateral, FieldChange, FieldConflict


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


@admin.register(FieldChange)
class FieldChangeAdmin(Register):
    """Who filled in which field when, and what became of it; the values stay sealed here."""

    list_display = ["received_at", "application", "step", "field", "by", "device", "changed_at", "outcome"]
    list_select_related = ["application", "by"]
    list_filter = ["step", "outcome"]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    exclude = ["value_sealed"]
    ordering = ["-id"]


@admin.register(FieldConflict)
class FieldConflictAdmin(Register):
    """Fields that two phones filled in differently, and how that was settled."""

    list_display = ["found_at", "application", "label", "standing_by", "other_by", "settled_as", "settled_by"]
    list_select_related = ["application", "standing_by", "other_by", "settled_by"]
    list_filter = ["step", "settled_as"]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    exclude = ["standing_sealed", "other_sealed"]
    ordering = ["-id"]
