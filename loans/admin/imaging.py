"""Imaging in the back office: who looked at which picture, what was used twice, uploads in pieces."""

from django.contrib import admin

from aladdin.back_office import Register
from loans.models import MaterialView, PictureMatch, Upload


@admin.register(MaterialView)
class MaterialViewAdmin(Register):
    """Every look at a picture; the newest first."""

    list_display = ["at", "by", "material", "purpose", "is_thumbnail", "ip", "device"]
    list_display_links = ["at"]
    list_select_related = ["by", "material"]
    list_filter = ["purpose", "is_thumbnail", ("at", admin.DateFieldListFilter)]
    search_fields = ["=by__employee_no", "=material__application__application_no"]
    search_help_text = "工号或申请编号，须完整"
    ordering = ["-id"]


@admin.register(PictureMatch)
class PictureMatchAdmin(Register):
    """Pictures that were used in another application before."""

    list_display = ["found_at", "application", "material", "is_identical", "distance", "verdict", "settled_by"]
    list_display_links = ["found_at"]
    list_select_related = ["material__application", "settled_by"]
    list_filter = ["verdict", "is_identical", ("found_at", admin.DateFieldListFilter)]
    search_fields = ["=material__application__application_no", "=other__application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]

    @admin.display(description="申请")
    def application(self, row: PictureMatch) -> str:
        return row.material.application.application_no


@admin.register(Upload)
class UploadAdmin(Register):
    """Uploads in pieces and what became of them."""

    list_display = ["created_at", "application", "type", "size", "received", "state", "refusal", "created_by"]
    list_display_links = ["created_at"]
    list_select_related = ["application", "created_by"]
    list_filter = ["state", "type", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no", "=created_by__employee_no"]
    search_help_text = "申请编号或工号，须完整"
    ordering = ["-id"]
