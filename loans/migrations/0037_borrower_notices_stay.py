"""The words of what a borrower must be told never change; that he was told is added once."""

from django.db import migrations

_REFUSE = "EXECUTE FUNCTION aladdin_refuse_change();"
FORBID = f"""
CREATE TRIGGER loans_borrower_notice_is_kept BEFORE DELETE ON loans_borrowernotice FOR EACH ROW {_REFUSE}
CREATE TRIGGER loans_borrower_notice_says_what_it_said BEFORE UPDATE ON loans_borrowernotice FOR EACH ROW
WHEN (OLD.told_at IS NOT NULL OR (OLD.application_id, OLD.account_id, OLD.occasion, OLD.event_key, OLD.report_id,
    OLD.words_sealed, OLD.sms_reference, OLD.written_at) IS DISTINCT FROM (NEW.application_id, NEW.account_id,
    NEW.occasion, NEW.event_key, NEW.report_id, NEW.words_sealed, NEW.sms_reference, NEW.written_at)) {_REFUSE}
"""
ALLOW = """
DROP TRIGGER loans_borrower_notice_says_what_it_said ON loans_borrowernotice;
DROP TRIGGER loans_borrower_notice_is_kept ON loans_borrowernotice;
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0036_borrower_notices")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
