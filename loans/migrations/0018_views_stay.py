"""Looks at pictures are never changed."""

from django.db import migrations

FORBID = (
    "CREATE TRIGGER loans_materialview_is_append_only BEFORE UPDATE OR DELETE ON loans_materialview "
    "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
)
ALLOW = "DROP TRIGGER loans_materialview_is_append_only ON loans_materialview;"


class Migration(migrations.Migration):
    dependencies = [("loans", "0017_imaging"), ("aladdin", "0003_append_only_audit")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
