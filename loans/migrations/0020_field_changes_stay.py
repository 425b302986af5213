"""What was filled in, by whom and when, is never changed afterwards."""

from django.db import migrations

FORBID = """
CREATE TRIGGER loans_fieldchange_is_append_only BEFORE UPDATE OR DELETE ON loans_fieldchange
    FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = "DROP TRIGGER loans_fieldchange_is_append_only ON loans_fieldchange;"


class Migration(migrations.Migration):
    dependencies = [("loans", "0019_offline_drafts"), ("aladdin", "0003_append_only_audit")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
