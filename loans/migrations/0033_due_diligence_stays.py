"""What was asked, reckoned and answered in due diligence stays; a report that was sealed says what it said."""

from django.db import migrations

_REFUSE = "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
LOGS = (
    "loans_interview",
    "loans_interviewanswer",
    "loans_cashflowsheet",
    "loans_cashflowline",
    "loans_findinganswer",
)
FORBID = "\n".join(
    [
        *(f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} {_REFUSE}" for table in LOGS),
        f"CREATE TRIGGER loans_report_is_kept BEFORE DELETE ON loans_investigationreport {_REFUSE}",
        # Only its file comes later, once.
        "CREATE TRIGGER loans_report_says_what_it_said BEFORE UPDATE ON loans_investigationreport FOR EACH ROW "
        "WHEN (OLD.sealed_at IS NOT NULL OR (OLD.application_id, OLD.version, OLD.content_sealed, OLD.sha256) "
        "IS DISTINCT FROM (NEW.application_id, NEW.version, NEW.content_sealed, NEW.sha256)) "
        "EXECUTE FUNCTION aladdin_refuse_change();",
    ]
)
ALLOW = "\n".join(
    [
        "DROP TRIGGER loans_report_says_what_it_said ON loans_investigationreport;",
        "DROP TRIGGER loans_report_is_kept ON loans_investigationreport;",
        *(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in LOGS),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0032_due_diligence")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
