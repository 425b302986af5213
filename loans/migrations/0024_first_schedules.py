"""Accounts from before schedules had versions get their agreement and a first version, to which their lines belong."""

from django.db import migrations

AGREEMENTS = """
INSERT INTO loans_repaymentagreement (
    account_id, repayment_day, day_count, holidays, interest_follows, remainder, groups, payment_months,
    interest_between, grace_days, repricing, lpr_tenor, overdue_surcharge, misuse_surcharge, prepayment_fee_percent
)
SELECT account.id, contract.repayment_day, '', 'NONE', false, 'LAST', '[]', '{}', 'MONTHLY', 0, 'FIXED', '', 50, 100, 0
FROM loans_loanaccount account JOIN loans_contract contract ON contract.id = account.contract_id
WHERE NOT EXISTS (SELECT 1 FROM loans_repaymentagreement known WHERE known.account_id = account.id)
"""
VERSIONS = """
INSERT INTO loans_scheduleversion (
    account_id, version, cause, effective_from, rate, method, principal, first_number, carried, flat_base, matures_on,
    note, created_at
)
SELECT id, 1, 'OPENING', disbursed_on, rate, repayment_method, principal, 1, 0,
    CASE WHEN repayment_method = 'FLAT_INTEREST' THEN principal END, matures_on, '', created_at
FROM loans_loanaccount account
WHERE NOT EXISTS (SELECT 1 FROM loans_scheduleversion known WHERE known.account_id = account.id)
"""
LINES = """
UPDATE loans_repaymentinstalment line SET schedule_id = version.id
FROM loans_scheduleversion version
WHERE line.schedule_id IS NULL AND version.account_id = line.account_id AND version.version = 1
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0023_repayments")]
    operations = [
        migrations.RunSQL(AGREEMENTS, migrations.RunSQL.noop),
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
    ]
