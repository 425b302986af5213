"""Readings of cards and licences in the back office: what was read how well; the values stay sealed."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register, RegisterLines
from loans.models import DocumentReading, ReadField
from loans.ocr.documents import DOCUMENTS


class ReadFieldLines(RegisterLines):
    """The fields by their quality figures."""

    model = ReadField
    fields = ["label", "confidence", "was_corrected", "distance"]
    readonly_fields = fields

    @display(description="字段")
    def label(self, row: ReadField) -> str:
        return DOCUMENTS[row.reading.kind].labels[row.name]


@admin.register(DocumentReading)
class DocumentReadingAdmin(Register):
    """The newest first."""

    list_display = ["created_at", "application", "kind", "state", "engine", "milliseconds", "failure", "created_by"]
    list_display_links = ["created_at"]
    list_select_related = ["application", "created_by"]
    list_filter = ["kind", "state", ("created_at", admin.DateFieldListFilter)]
    search_fields = ["=application__application_no"]
    search_help_text = "申请编号，须完整"
    ordering = ["-id"]
    fields = [
        "application",
        "kind",
        "state",
        "engine",
        "milliseconds",
        "attempts",
        "failure",
        "created_at",
        "created_by",
        "confirmed_at",
        "confirmed_by",
    ]
    inlines = [ReadFieldLines]
