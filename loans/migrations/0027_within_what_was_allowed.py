"""Invariant (e) of domain 1.4 in the database: no contract beyond its approval, no draws beyond their contract."""

from django.db import migrations

FORBID = """
CREATE FUNCTION loans_refuse_beyond_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most numeric; longest integer;
BEGIN
  SELECT approved_amount, approved_term_months INTO most, longest
    FROM loans_loanapplication WHERE id = NEW.application_id;
  IF NEW.amount > most OR NEW.term_months > longest THEN
    RAISE EXCEPTION 'contract beyond its approval' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loans_contract_within_approval BEFORE INSERT OR UPDATE OF amount, term_months ON loans_contract
FOR EACH ROW EXECUTE FUNCTION loans_refuse_beyond_approval();

CREATE FUNCTION loans_refuse_beyond_contract() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most numeric; drawn numeric;
BEGIN
  IF NEW.state = 'FAILED' THEN
    RETURN NEW;
  END IF;
  SELECT amount INTO most FROM loans_contract WHERE id = NEW.contract_id;
  SELECT coalesce(sum(amount), 0) INTO drawn
    FROM loans_payment WHERE contract_id = NEW.contract_id AND id <> NEW.id AND state <> 'FAILED';
  IF drawn + NEW.amount > most THEN
    RAISE EXCEPTION 'draws beyond their contract' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loans_payment_within_contract BEFORE INSERT OR UPDATE OF amount, state, contract_id ON loans_payment
FOR EACH ROW EXECUTE FUNCTION loans_refuse_beyond_contract();
"""
ALLOW = """
DROP TRIGGER loans_payment_within_contract ON loans_payment;
DROP FUNCTION loans_refuse_beyond_contract();
DROP TRIGGER loans_contract_within_approval ON loans_contract;
DROP FUNCTION loans_refuse_beyond_approval();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0026_electronic_signing")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
