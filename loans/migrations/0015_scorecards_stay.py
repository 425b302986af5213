"""A published scorecard never changes, in none of its parts; what a card said of a case stays as it was said."""

from django.db import migrations

_REFUSE = "FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();"
LOGS = ("loans_applicationscore", "loans_scorecontribution")

PARTS = """
CREATE FUNCTION loans_refuse_published_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    card uuid;
BEGIN
    IF TG_TABLE_NAME = 'loans_scorecardbin' THEN
        SELECT version_id INTO card FROM loans_scorecardattribute
        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.attribute_id ELSE OLD.attribute_id END;
    ELSE
        card := CASE TG_OP WHEN 'INSERT' THEN NEW.version_id ELSE OLD.version_id END;
    END IF;
    IF EXISTS (SELECT FROM loans_scorecardversion WHERE id = card AND state = 'PUBLISHED') THEN
        RAISE EXCEPTION 'a published scorecard does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
_TABLES = ("loans_scorecardattribute", "loans_scorecardbin", "loans_scorecardband")
FORBID = "\n".join(
    [
        *(f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} {_REFUSE}" for table in LOGS),
        "CREATE TRIGGER loans_published_scorecard_stays BEFORE UPDATE OR DELETE ON loans_scorecardversion "
        "FOR EACH ROW WHEN (OLD.state = 'PUBLISHED') EXECUTE FUNCTION aladdin_refuse_change();",
        PARTS,
        *(
            f"CREATE TRIGGER {table}_stays BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION loans_refuse_published_part();"
            for table in _TABLES
        ),
    ]
)
ALLOW = "\n".join(
    [
        *(f"DROP TRIGGER {table}_stays ON {table};" for table in _TABLES),
        "DROP FUNCTION loans_refuse_published_part();",
        "DROP TRIGGER loans_published_scorecard_stays ON loans_scorecardversion;",
        *(f"DROP TRIGGER {table}_is_append_only ON {table};" for table in LOGS),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0014_scorecards")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
