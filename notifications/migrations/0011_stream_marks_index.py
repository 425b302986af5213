from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("notifications", "0010_stream_marks"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="noticeevent",
            index=models.Index(
                condition=models.Q(("mark__isnull", False)), fields=["stream", "mark"], name="notice_events_by_mark"
            ),
        ),
    ]
