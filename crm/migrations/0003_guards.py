"""What the database itself forbids: two managing RMs on one day, shares above one, a changed reveal."""

from django.db import migrations

FORBID = """
CREATE FUNCTION crm_check_ownership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong date;
BEGIN
    SELECT started.effective_from INTO wrong
    FROM crm_ownership started JOIN crm_ownership in_force
        ON in_force.customer_id = started.customer_id
        AND in_force.effective_from <= started.effective_from
        AND (in_force.effective_to IS NULL OR in_force.effective_to > started.effective_from)
    WHERE started.customer_id = NEW.customer_id
        AND (started.effective_to IS NULL OR started.effective_to > started.effective_from)
    GROUP BY started.id, started.effective_from
    HAVING sum(in_force.share) > 1 OR count(*) FILTER (WHERE in_force.role = 'MANAGING') > 1
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'ownership of customer % is not one managing RM with shares up to 1 on %',
            NEW.customer_id, wrong USING ERRCODE = 'check_violation', CONSTRAINT = 'ownership_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_adds_up AFTER INSERT OR UPDATE ON crm_ownership
    FOR EACH ROW EXECUTE FUNCTION crm_check_ownership();
CREATE TRIGGER reveal_is_append_only BEFORE UPDATE OR DELETE ON crm_reveal
    FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = """
DROP TRIGGER reveal_is_append_only ON crm_reveal;
DROP TRIGGER ownership_adds_up ON crm_ownership;
DROP FUNCTION crm_check_ownership();
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_transaction")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
