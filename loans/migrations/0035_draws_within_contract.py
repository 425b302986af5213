"""Draws never sum to more than their contract, are paid for what was planned and nothing else, and keep to the plan
that was signed; their log is never changed. Each look at the sums locks the contract, so that two cannot both fit."""

from django.db import migrations

FORBID = """
CREATE FUNCTION loans_refuse_plan_beyond_contract() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most numeric; planned numeric;
BEGIN
  IF NEW.state = 'CANCELLED' THEN
    RETURN NEW;
  END IF;
  SELECT amount INTO most FROM loans_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO planned
    FROM loans_draw WHERE contract_id = NEW.contract_id AND id <> NEW.id AND state <> 'CANCELLED';
  IF planned + NEW.amount > most THEN
    RAISE EXCEPTION 'planned draws beyond their contract' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loans_draw_within_contract BEFORE INSERT OR UPDATE OF amount, state, contract_id ON loans_draw
FOR EACH ROW EXECUTE FUNCTION loans_refuse_plan_beyond_contract();

CREATE FUNCTION loans_refuse_change_of_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM loans_contract WHERE id = OLD.contract_id AND signed_at IS NOT NULL) AND (
    TG_OP = 'DELETE'
    OR (NEW.contract_id, NEW.number, NEW.amount, NEW.planned_on, NEW.condition, NEW.purpose_note,
        NEW.payee_name_sealed, NEW.payee_account_sealed, NEW.payee_bank)
       IS DISTINCT FROM
       (OLD.contract_id, OLD.number, OLD.amount, OLD.planned_on, OLD.condition, OLD.purpose_note,
        OLD.payee_name_sealed, OLD.payee_account_sealed, OLD.payee_bank)
  ) THEN
    RAISE EXCEPTION 'a signed plan of draws never changes' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER loans_signed_plan_stays BEFORE UPDATE OR DELETE ON loans_draw
FOR EACH ROW EXECUTE FUNCTION loans_refuse_change_of_plan();

CREATE OR REPLACE FUNCTION loans_refuse_beyond_contract() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most numeric; drawn numeric;
BEGIN
  IF NEW.state = 'FAILED' THEN
    RETURN NEW;
  END IF;
  SELECT amount INTO most FROM loans_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
  SELECT coalesce(sum(amount), 0) INTO drawn
    FROM loans_payment WHERE contract_id = NEW.contract_id AND id <> NEW.id AND state <> 'FAILED';
  IF drawn + NEW.amount > most THEN
    RAISE EXCEPTION 'draws beyond their contract' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION loans_refuse_payment_beside_its_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'FAILED' THEN
    RETURN NEW;
  END IF;
  IF NEW.draw_id IS NULL THEN
    IF EXISTS (SELECT FROM loans_draw WHERE contract_id = NEW.contract_id) THEN
      RAISE EXCEPTION 'a contract in draws is paid out by draws' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM loans_draw WHERE id = NEW.draw_id AND contract_id = NEW.contract_id
      AND amount = NEW.amount AND state IN ('PAYING', 'PAID')
  ) THEN
    RAISE EXCEPTION 'a payment is what its draw was released for' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER loans_payment_of_its_draw BEFORE INSERT OR UPDATE OF amount, state, contract_id, draw_id
ON loans_payment FOR EACH ROW EXECUTE FUNCTION loans_refuse_payment_beside_its_draw();

CREATE TRIGGER loans_drawtransition_is_append_only BEFORE UPDATE OR DELETE ON loans_drawtransition
FOR EACH ROW EXECUTE FUNCTION aladdin_refuse_change();
"""
ALLOW = """
DROP TRIGGER loans_drawtransition_is_append_only ON loans_drawtransition;
DROP TRIGGER loans_payment_of_its_draw ON loans_payment;
DROP FUNCTION loans_refuse_payment_beside_its_draw();
CREATE OR REPLACE FUNCTION loans_refuse_beyond_contract() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER loans_signed_plan_stays ON loans_draw;
DROP FUNCTION loans_refuse_change_of_plan();
DROP TRIGGER loans_draw_within_contract ON loans_draw;
DROP FUNCTION loans_refuse_plan_beyond_contract();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0034_draws"), ("aladdin", "0003_append_only_audit")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
