"""The audit trail refuses update and delete in the database itself."""

from django.db import migrations

FORBID = """
CREATE FUNCTION aladdin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON aladdin_auditentry
    FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = """
DROP TRIGGER audit_is_append_only ON aladdin_auditentry;
DROP FUNCTION aladdin_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("aladdin", "0002_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
