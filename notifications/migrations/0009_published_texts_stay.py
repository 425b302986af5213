"""A published text of a notice never changes: processes keep what they read, and notices what they were written with."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0008_notice_templates"), ("aladdin", "0003_append_only_audit")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER published_notice_template_stays BEFORE UPDATE OR DELETE ON notifications_noticetemplate "
            "FOR EACH ROW WHEN (OLD.state = 'PUBLISHED') EXECUTE FUNCTION aladdin_refuse_change();",
            "DROP TRIGGER published_notice_template_stays ON notifications_noticetemplate;",
        ),
    ]
