"""Business numbers never repeat; log, opinions, decisions and report views are never changed."""

from django.db import migrations

TABLES = (
    "loans_applicationtransition",
    "loans_reviewopinion",
    "loans_approvaldecision",
    "loans_creditreportview",
)
FORBID = "\n".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
    for table in TABLES
)
ALLOW = "\n".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_initial"), ("aladdin", "0003_append_only_audit")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE loans_business_no", "DROP SEQUENCE loans_business_no"),
        migrations.RunSQL(FORBID, ALLOW),
    ]
