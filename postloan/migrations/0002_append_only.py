"""What happened to a check is never changed."""

from django.db import migrations

FORBID = """
CREATE TRIGGER postloan_log_is_append_only BEFORE UPDATE OR DELETE ON postloan_postloanchecktransition
    FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = "DROP TRIGGER postloan_log_is_append_only ON postloan_postloanchecktransition;"


class Migration(migrations.Migration):
    dependencies = [("postloan", "0001_initial"), ("aladdin", "0003_append_only_audit")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
