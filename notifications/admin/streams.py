"""How far people's devices have received their notices, in the back office."""

from django.contrib import admin
from unfold.decorators import display

from aladdin.back_office import Register
from notifications.models import Marks


@admin.register(Marks)
class MarksAdmin(Register):
    """The first thing to look at where somebody says that he was told nothing."""

    list_display = ["person", "sent", "acknowledged", "last"]
    list_select_related = ["stream__staff"]
    search_fields = ["=stream__staff__employee_no", "stream__staff__name"]
    search_help_text = "工号（须完整）或姓名"
    ordering = ["stream"]
    fields = ["person", "sent", "acknowledged", "last"]
    readonly_fields = ["person", "sent"]

    @display(description="员工", ordering="stream__staff__employee_no")
    def person(self, marks: Marks) -> str:
        return str(marks.stream.staff)

    @display(description="末号")
    def sent(self, marks: Marks) -> int:
        return marks.stream.last_sequence
