"""A published rule never changes, and what rules said of a case stays as it was said."""

from django.db import migrations

LOGS = ("loans_decisionrun", "loans_ruleresult")
_REFUSE = "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
FORBID = "\n".join(
    [
        *(f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} {_REFUSE}" for table in LOGS),
        "CREATE TRIGGER loans_published_rule_stays BEFORE UPDATE OR DELETE ON loans_decisionruleversion "
        "FOR EACH ROW WHEN (OLD.state = 'PUBLISHED') EXECUTE FUNCTION aladdin_refuse_change();",
    ]
)
ALLOW = "\n".join(
    [
        *(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in LOGS),
        "DROP TRIGGER loans_published_rule_stays ON loans_decisionruleversion;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0005_decision_rules")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
