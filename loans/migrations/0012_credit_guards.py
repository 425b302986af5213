"""What the database itself promises about consents to queries: none changes, each buys one query, none is asked
without one."""

from django.db import migrations

GRANT_USE = """
CREATE FUNCTION loans_check_grant_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE consent loans_creditauthorization%ROWTYPE;
BEGIN
    SELECT * INTO consent FROM loans_creditauthorization WHERE id = NEW.authorization_id FOR UPDATE;
    IF consent.revoked_at IS NOT NULL OR consent.spent_at IS NOT NULL OR consent.valid_until < NEW."on"
       OR NEW."on" < (consent.signed_at AT TIME ZONE 'Asia/Shanghai')::date
       OR NOT NEW.reason = ANY (consent.reasons) THEN
        RAISE EXCEPTION 'consent % does not cover this query', consent.authorization_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'grant_use_is_covered', TABLE = 'loans_creditgrantuse';
    END IF;
    UPDATE loans_creditauthorization SET spent_at = NEW.at WHERE id = consent.id;
    RETURN NEW;
END $$;
CREATE TRIGGER grant_use_is_covered BEFORE INSERT ON loans_creditgrantuse
    FOR EACH ROW EXECUTE FUNCTION loans_check_grant_use();
"""
NO_GRANT_USE = "DROP FUNCTION loans_check_grant_use() CASCADE;"

REPORT = """
CREATE FUNCTION loans_check_credit_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT 1 FROM loans_creditgrantuse used JOIN loans_creditauthorization consent
                ON consent.id = used.authorization_id
            WHERE used.authorization_id = NEW.authorization_id AND used.reason = NEW.reason
              AND consent.application_id = NEW.application_id AND consent.party_id IS NOT DISTINCT FROM NEW.party_id
        ) THEN
            RAISE EXCEPTION 'a query without a consent spent on it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'report_has_a_grant', TABLE = 'loans_creditreport';
        END IF;
    ELSIF (NEW.authorization_id, NEW.reason, NEW.application_id, NEW.party_id)
          IS DISTINCT FROM (OLD.authorization_id, OLD.reason, OLD.application_id, OLD.party_id) THEN
        RAISE EXCEPTION 'a report stays that of its consent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'report_has_a_grant', TABLE = 'loans_creditreport';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_has_a_grant BEFORE INSERT OR UPDATE ON loans_creditreport
    FOR EACH ROW EXECUTE FUNCTION loans_check_credit_report();
"""
NO_REPORT = "DROP FUNCTION loans_check_credit_report() CASCADE;"

#: A signed consent changes in two ways only: it is spent, or it is taken back; never both, and never again.
AUTHORIZATION = """
CREATE FUNCTION loans_check_authorization_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was jsonb := to_jsonb(OLD) - 'spent_at' - 'revoked_at';
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - 'spent_at' - 'revoked_at' IS DISTINCT FROM was
       OR (OLD.spent_at IS NOT NULL AND NEW.spent_at IS DISTINCT FROM OLD.spent_at)
       OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
       OR (NEW.spent_at IS NOT NULL AND NEW.revoked_at IS NOT NULL) THEN
        RAISE EXCEPTION 'consent % is signed and does not change', OLD.authorization_no
            USING ERRCODE = 'check_violation', CONSTRAINT = 'authorization_is_signed_for_good',
                  TABLE = 'loans_creditauthorization';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER authorization_is_signed_for_good BEFORE UPDATE OR DELETE ON loans_creditauthorization
    FOR EACH ROW EXECUTE FUNCTION loans_check_authorization_change();
"""
NO_AUTHORIZATION = "DROP FUNCTION loans_check_authorization_change() CASCADE;"

_APPEND_ONLY = ("loans_creditgrantuse", "loans_consenttext")
FORBID = "\n".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
    for table in _APPEND_ONLY
)
ALLOW = "\n".join(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in _APPEND_ONLY)


class Migration(migrations.Migration):
    dependencies = [("loans", "0011_credit_consents"), ("aladdin", "0003_append_only_audit")]
    operations = [
        migrations.RunSQL(AUTHORIZATION, NO_AUTHORIZATION),
        migrations.RunSQL(GRANT_USE, NO_GRANT_USE),
        migrations.RunSQL(REPORT, NO_REPORT),
        migrations.RunSQL(FORBID, ALLOW),
    ]
