"""A published version of a loan product, and what hangs on it, never changes; a version in check is not edited."""

from django.db import migrations

PARTS = (
    "loans_productfee",
    "loans_requiredmaterial",
    "loans_approvaltier",
    "loans_producttemplate",
    "loans_plannedcheck",
    "loans_stepfieldrule",
)
FUNCTIONS = """
CREATE FUNCTION loans_refuse_change_of_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published loan product version never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION loans_refuse_change_of_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT FROM loans_loanproductversion WHERE id = OLD.version_id AND state <> 'DRAFT'
    ) OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT FROM loans_loanproductversion WHERE id = NEW.version_id AND state <> 'DRAFT'
    ) THEN
        RAISE EXCEPTION 'rows of % change with a draft alone', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE FUNCTION loans_refuse_change_of_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_loanproductversion WHERE product_id = OLD.id AND state = 'PUBLISHED') THEN
        RAISE EXCEPTION 'what a published product is never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_version_stays BEFORE UPDATE OR DELETE ON loans_loanproductversion
    FOR EACH ROW WHEN (OLD.state = 'PUBLISHED') EXECUTE FUNCTION loans_refuse_change_of_version();
CREATE TRIGGER published_product_stays BEFORE UPDATE OF code, kind, guarantee ON loans_loanproduct
    FOR EACH ROW WHEN ((OLD.code, OLD.kind, OLD.guarantee) IS DISTINCT FROM (NEW.code, NEW.kind, NEW.guarantee))
    EXECUTE FUNCTION loans_refuse_change_of_product();
"""
TRIGGERS = "\n".join(
    f"CREATE TRIGGER {table}_stays BEFORE INSERT OR UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION loans_refuse_change_of_part();"
    for table in PARTS
)
NO_TRIGGERS = "\n".join(f"DROP TRIGGER {table}_stays ON {table};" for table in PARTS)
NO_FUNCTIONS = """
DROP TRIGGER published_product_stays ON loans_loanproduct;
DROP TRIGGER published_version_stays ON loans_loanproductversion;
DROP FUNCTION loans_refuse_change_of_product();
DROP FUNCTION loans_refuse_change_of_part();
DROP FUNCTION loans_refuse_change_of_version();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0007_products_as_configuration")]
    operations = [migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS), migrations.RunSQL(TRIGGERS, NO_TRIGGERS)]
