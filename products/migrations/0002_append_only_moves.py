"""The log of product moves refuses update and delete in the database itself."""

from django.db import migrations

FORBID = """
CREATE TRIGGER shelf_moves_are_append_only BEFORE UPDATE OR DELETE ON products_shelfmove
    FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = "DROP TRIGGER shelf_moves_are_append_only ON products_shelfmove;"


class Migration(migrations.Migration):
    dependencies = [("products", "0001_initial"), ("aladdin", "0003_append_only_audit")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
