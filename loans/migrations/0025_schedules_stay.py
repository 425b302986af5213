"""Every line belongs to a version; what was planned, told or accrued is never rewritten."""

import django.db.models.deletion
from django.db import migrations, models

#: Not changed at all.
APPEND_ONLY = ("loans_scheduleversion", "loans_latenessofday")
FORBID = "\n".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
    for table in APPEND_ONLY
)
ALLOW = "\n".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in APPEND_ONLY)
#: Of a line only what is paid of it changes, and which version replaced it; of a repayment only its reversal.
KEPT = {
    "loans_repaymentinstalment": ("account_id", "schedule_id", "number", "due_on", "principal", "interest"),
    "loans_repayment": (
        "account_id",
        "reference",
        "kind",
        "paid_on",
        "amount",
        "fee",
        "compound",
        "penalty",
        "interest",
        "principal",
        "principal_first",
        "prepayment_id",
        "schedule_id",
        "told_at",
    ),
}
FORBID_PARTS = "\n".join(
    f"CREATE TRIGGER {table}_stays BEFORE UPDATE OF {', '.join(columns)} ON {table} "
    f"FOR EACH ROW WHEN (({', '.join('OLD.' + each for each in columns)}) IS DISTINCT FROM "
    f"({', '.join('NEW.' + each for each in columns)})) EXECUTE FUNCTION aladdin_refuse_change();\n"
    f"CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
    for table, columns in KEPT.items()
)
ALLOW_PARTS = "\n".join(
    f"DROP TRIGGER {table}_stays ON {table};\nDROP TRIGGER {table}_is_kept ON {table};" for table in KEPT
)
#: A product's rule of repayment is frozen with its version.
FREEZE = """
CREATE TRIGGER loans_repaymentrule_stays BEFORE INSERT OR UPDATE OR DELETE ON loans_repaymentrule
    FOR EACH ROW EXECUTE FUNCTION loans_refuse_change_of_part();
"""
THAW = "DROP TRIGGER loans_repaymentrule_stays ON loans_repaymentrule"


class Migration(migrations.Migration):
    dependencies = [("loans", "0024_first_schedules"), ("aladdin", "0003_append_only_audit")]
    operations = [
        migrations.AlterField(
            model_name="repaymentinstalment",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="loans.scheduleversion",
                verbose_name="计划版本",
            ),
        ),
        migrations.RunSQL(FORBID, ALLOW),
        migrations.RunSQL(FORBID_PARTS, ALLOW_PARTS),
        migrations.RunSQL(FREEZE, THAW),
    ]
