"""Disbursement: five different people, the money once, and everything that follows from it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin import clock, signatures
from loans import disbursement, sending
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.models import Contract, LoanAccount, LoanApplication, Payment
from notifications.models import BoardEvent
from organization.models import RoleAssignment
from organization.roles import Role
from performance.models import LedgerEntry
from postloan.models import PostLoanCheck
from tests.loans.builders import Case, done, refused
from tests.loans.lending import (
    SHOP,
    approved,
    call_core,
    contracted,
    disbursed,
    disbursing,
    later,
    newcomer,
    release,
    released,
    request,
    tell_result,
)
from tests.sandbox_server import Sandbox

REFUSE = {"reason_code": "CONDITIONS_UNMET", "note": "缺少装修合同原件"}


def state_of(payment: Payment) -> str:
    return Payment.objects.get(pk=payment.pk).state


# --- The good way --------------------------------------------------------------------------------
def test_the_money_is_paid_and_everything_follows(case: Case, sandbox: Sandbox) -> None:
    contracted(case)
    assert done(request(case))["state"] == "DISBURSING"
    answer = release(case)
    assert (answer.status_code, done(answer)["state"], done(answer)["mode"]) == (202, "SENT", "SELF")
    case.run_jobs()

    (paid,) = sandbox.payments()
    assert (paid["order"]["amount"], paid["order"]["purpose"]) == ("100000.00", "房屋装修")
    row, account = case.row, LoanAccount.objects.get(application=case.row)
    assert (row.state, row.disbursement_officer) == ("DISBURSED", case.bank.disbursement_officer)
    assert (account.principal, account.balance, account.disbursed_on) == (Decimal(100_000),) * 2 + (clock.today(),)
    payment = account.payment
    assert (payment.state, payment.core_serial_no) == ("SUCCEEDED", paid["serial_no"])

    assert sum(line.principal for line in account.instalments.all()) == Decimal(100_000)
    assert account.instalments.count() == 12
    credited = {entry.metric: entry for entry in LedgerEntry.objects.filter(source=f"loan/{account.pk}")}
    assert {metric: entry.amount for metric, entry in credited.items()} == {
        "LOAN_DISBURSED": Decimal(100_000),
        "LOAN_COUNT": Decimal(1),
    }
    assert {entry.staff_id for entry in credited.values()} == {case.bank.rm.pk}
    for staff in (case.bank.rm, case.bank.co_rm):
        told = [each["kind"] for each in done(case.phone(staff).get("/api/v1/notices"))["results"]]
        assert "loan.disbursed" in told
    assert PostLoanCheck.objects.get(loan_account=account).kind == "FIRST"
    assert BoardEvent.objects.filter(kind="pipeline_changed").exists()


def test_an_entrusted_payment_goes_to_the_named_payee(case: Case, sandbox: Sandbox) -> None:
    payment = released(case, payee=SHOP)
    assert payment.mode == "ENTRUSTED"
    case.run_jobs()
    assert sandbox.payments()[0]["order"]["payee_account"] == SHOP["payee_account"]


def test_the_officers_queue(case: Case) -> None:
    disbursing(case)
    desk = case.phone(case.bank.disbursement_officer)
    assert [each["id"] for each in done(desk.get("/api/v1/loan-queues/disbursement"))["results"]] == [case.id]
    done(release(case))
    assert done(desk.get("/api/v1/loan-queues/disbursement"))["results"] == []
    (payment,) = done(case.rm.get(f"{case.url}/payments"))
    assert (payment["state"], payment["payee_account"]) == ("SENT", "6222 **** **** 0016")


# --- Asking --------------------------------------------------------------------------------------
def codes(answer: Any) -> list[str]:
    return [each["code"] for each in refused(answer, 409, "transition_blocked")["blockers"]]


def test_conditions_of_the_approval_are_said_to_be_met(case: Case) -> None:
    contracted(case, conditions="追加共同还款人")
    assert codes(request(case)) == ["condition_unmet"]
    done(request(case, conditions_met="共同还款人已签署"))
    assert case.row.transitions.get(name="request_disbursement").reason == "共同还款人已签署"


def test_an_expired_approval_pays_nothing(case: Case) -> None:
    contracted(case)
    LoanApplication.objects.filter(pk=case.id).update(approval_expires_on=clock.today() - timedelta(days=1))
    assert codes(request(case)) == ["approval_expired"]


def test_a_customer_in_arrears_gets_nothing(case: Case) -> None:
    account = disbursed(case)
    contracted(case)
    LoanAccount.objects.filter(pk=account.pk).update(status="OVERDUE")
    assert codes(request(case)) == ["overdue_at_bank"]


def test_without_a_contract_there_is_nothing_to_ask_for(case: Case) -> None:
    approved(case)
    refused(request(case), 409, "illegal_transition")


def test_only_the_rm_in_charge_asks(case: Case) -> None:
    contracted(case)
    refused(case.post("disbursement/request", by=case.bank.co_rm), 403, "not_in_charge")
    refused(case.post("disbursement/request", by=case.bank.disbursement_officer), 403, "not_permitted")


# --- Releasing -----------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["rm", "co_rm", "reviewer", "approver"])
def test_who_had_a_part_in_the_case_may_not_pay_it_out(case: Case, person: str) -> None:
    """Invariant (b): A, B, reviewer, approver and officer are five people."""
    disbursing(case)
    staff = getattr(case.bank, person)
    RoleAssignment.objects.create(staff=staff, role=Role.DISBURSEMENT_OFFICER)
    refused(release(case, by=staff), 403, "separation_of_duties")
    refused(case.post("disbursement/refuse", REFUSE, by=staff), 403, "separation_of_duties")
    assert not Payment.objects.exists()


def test_who_decided_on_a_lower_level_may_not_pay_out_either(case: Case) -> None:
    disbursing(case, amount="400000.00", term_months=36, payee=SHOP)
    assert case.row.approver == case.bank.senior_approver
    RoleAssignment.objects.create(staff=case.bank.approver, role=Role.DISBURSEMENT_OFFICER)
    refused(release(case, by=case.bank.approver), 403, "separation_of_duties")
    done(release(case))


def test_a_second_release_waits_for_the_first(case: Case) -> None:
    released(case)
    refused(release(case), 409, "payment_under_way")
    refused(release(case, by=newcomer(case, case.bank.disbursement_officer)), 409, "payment_under_way")
    assert Payment.objects.count() == 1


def test_what_changed_since_the_request_is_seen_at_the_release(case: Case) -> None:
    disbursing(case)
    LoanApplication.objects.filter(pk=case.id).update(approval_expires_on=clock.today() - timedelta(days=1))
    assert codes(release(case)) == ["approval_expired"]


def test_an_officer_gives_the_request_back(case: Case) -> None:
    disbursing(case)
    answer = case.post("disbursement/refuse", REFUSE, by=case.bank.disbursement_officer)
    assert done(answer)["state"] == "CONTRACTED"
    notices = done(case.rm.get("/api/v1/notices"))["results"]
    (told,) = [each for each in notices if each["kind"] == "loan.disbursement_refused"]
    assert "放款条件未落实：缺少装修合同原件" in told["body"]
    done(request(case))


def test_what_is_on_its_way_is_not_given_back(case: Case) -> None:
    released(case)
    assert codes(case.post("disbursement/refuse", REFUSE, by=case.bank.disbursement_officer)) == ["payment_under_way"]


def test_a_customer_cannot_withdraw_while_the_money_moves(case: Case) -> None:
    released(case)
    assert codes(case.post("withdraw", {"reason": "后悔", "evidence": "书面申请"})) == ["payment_under_way"]


# --- What core banking says ----------------------------------------------------------------------
def test_a_failed_payment_goes_back_and_is_tried_under_a_new_reference(case: Case, sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "failed", reason="账户余额不足")
    first = released(case)
    case.run_jobs()
    assert (state_of(first), case.row.state) == ("FAILED", "CONTRACTED")
    told = [each for each in done(case.rm.get("/api/v1/notices"))["results"] if "disburse" in each["kind"]]
    assert [each["kind"] for each in told] == ["loan.disbursement_failed"]
    assert "账户余额不足" in told[0]["body"]

    done(request(case))
    second = Payment.objects.get(pk=done(release(case))["id"])
    case.run_jobs()
    assert second.client_ref != first.client_ref
    assert (state_of(second), case.row.state) == ("SUCCEEDED", "DISBURSED")
    assert LoanAccount.objects.count() == 1


def test_a_payee_that_core_banking_does_not_know_fails(case: Case) -> None:
    payment = released(case, payee=SHOP | {"payee_account": "6222020402000000404"})
    case.run_jobs()
    assert (state_of(payment), Payment.objects.get().failure) == ("FAILED", "收款账户不存在")


def test_a_timeout_after_paying_is_asked_for_and_paid_once(case: Case, sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "timeout_after")
    payment = released(case)
    case.run_jobs()
    assert (state_of(payment), case.row.state) == ("UNKNOWN", "DISBURSING")
    sandbox.heal()
    with clock.at(later(seconds=30)):
        case.run_jobs()
    assert (state_of(payment), case.row.state) == ("SUCCEEDED", "DISBURSED")
    assert len(sandbox.payments()) == 1
    assert len(sandbox.log("core-banking", "pay")) == 1


def test_an_order_that_never_arrived_is_sent_under_the_same_reference(case: Case, sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "timeout_before")
    payment = released(case)
    case.run_jobs()
    assert (state_of(payment), sandbox.payments()) == ("UNKNOWN", [])
    sandbox.heal()
    with clock.at(later(seconds=30)):
        case.run_jobs()
    assert state_of(payment) == "SUCCEEDED"
    assert [each["client_ref"] for each in sandbox.payments()] == [payment.client_ref]


def test_while_core_banking_does_not_answer_nothing_is_sent_again(case: Case, sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "timeout_after")
    sandbox.fault("core-banking", "query", "http", times=None)
    payment = released(case)
    case.run_jobs()
    for asked in range(3):
        sending.resolve(payment.pk, asked=asked)
    assert state_of(payment) == "UNKNOWN"
    assert len(sandbox.log("core-banking", "pay")) == 1
    assert len(sandbox.log("core-banking", "query")) == 3


def test_a_crash_between_sending_and_its_answer_is_resolved_by_asking(case: Case, sandbox: Sandbox) -> None:
    """The job had claimed the order and sent it, and died: the job that runs again asks first."""
    payment = released(case)
    Payment.objects.filter(pk=payment.pk).update(state="UNKNOWN")
    sending._pay(Payment.objects.get(pk=payment.pk))
    sending.send(payment.pk)
    assert state_of(payment) == "SUCCEEDED"
    assert len(sandbox.log("core-banking", "pay")) == 1


def test_the_send_job_run_twice_pays_once(case: Case, sandbox: Sandbox) -> None:
    payment = released(case)
    sending.send(payment.pk)
    sending.send(payment.pk)
    assert len(sandbox.log("core-banking", "pay")) == 1
    assert LedgerEntry.objects.filter(metric="LOAN_COUNT").count() == 1


def test_payments_that_no_job_asks_about_are_taken_up_again(case: Case, sandbox: Sandbox) -> None:
    payment = released(case)
    long_ago = clock.now() - timedelta(hours=1)
    Payment.objects.filter(pk=payment.pk).update(sent_at=long_ago)
    assert sending.take_up_forgotten() == 0  # its first job still waits
    case.run_jobs()
    Payment.objects.filter(pk=payment.pk).update(state="UNKNOWN", core_serial_no=None)
    assert sending.take_up_forgotten() == 1
    assert sending.take_up_forgotten() == 0


# --- Told by core banking ------------------------------------------------------------------------
def test_a_pending_payment_ends_with_the_cores_call(case: Case, sandbox: Sandbox) -> None:
    sandbox.fault("core-banking", "pay", "pending", seconds=None)
    payment = released(case)
    case.run_jobs()
    assert (state_of(payment), case.row.state) == ("PENDING", "DISBURSING")
    assert done(tell_result(payment)) == {"client_ref": payment.client_ref, "state": "SUCCEEDED"}
    assert case.row.state == "DISBURSED"


def test_the_cores_call_twice_counts_once(case: Case) -> None:
    payment = released(case)
    Payment.objects.filter(pk=payment.pk).update(state="PENDING")
    assert done(tell_result(payment)) == done(tell_result(payment))
    assert LoanAccount.objects.count() == 1
    assert LedgerEntry.objects.filter(metric="LOAN_DISBURSED").count() == 1
    assert case.row.transitions.filter(to_state="DISBURSED").count() == 1


def test_a_pending_payment_may_fail(case: Case) -> None:
    payment = released(case)
    done(tell_result(payment, "FAILED", reason="收款户名不符"))
    assert (state_of(payment), case.row.state) == ("FAILED", "CONTRACTED")


def test_two_ends_of_one_payment_are_a_matter_for_people(case: Case) -> None:
    payment = released(case)
    done(tell_result(payment))
    refused(tell_result(payment, "FAILED"), 409, "payment_already_settled")
    assert (state_of(payment), case.row.state) == ("SUCCEEDED", "DISBURSED")


def test_a_call_that_is_not_the_cores_is_refused(case: Case) -> None:
    payment = released(case)
    body = f'{{"client_ref": "{payment.client_ref}", "status": "SUCCESS", "serial_no": "X1"}}'.encode()
    refused(call_core(body, {}), 401, "signature_missing")
    refused(call_core(body, signatures.sign("another key", body)), 401, "signature_wrong")
    assert state_of(payment) == "SENT"


def test_the_very_same_call_is_not_taken_twice(case: Case, settings: Any) -> None:
    payment = released(case)
    body = f'{{"client_ref": "{payment.client_ref}", "status": "FAILED", "reason": "x"}}'.encode()
    headers = signatures.sign(settings.CORE_BANKING["SIGNING_KEY"], body)
    done(call_core(body, headers))
    refused(call_core(body, headers), 401, "nonce_replayed")


def test_an_unknown_payment_and_an_unreadable_call(case: Case, settings: Any) -> None:
    payment = released(case)
    unknown = Payment(client_ref="ZF00000000000000")
    refused(tell_result(unknown), 404, "not_found")
    refused(tell_result(payment, "PENDING"), 400, "malformed")
    body = b"[]"
    refused(call_core(body, signatures.sign(settings.CORE_BANKING["SIGNING_KEY"], body)), 400, "malformed")


def test_a_success_without_a_serial_number_is_none(case: Case) -> None:
    payment = released(case)
    assert done(tell_result(payment, serial_no=""))["state"] == "SENT"
    assert case.row.state == "DISBURSING"


# --- Invariants ----------------------------------------------------------------------------------
def test_the_database_allows_one_open_payment(case: Case) -> None:
    payment = released(case)
    payment.pk, payment.client_ref, payment._state.adding = None, "ZF1", True
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save(force_insert=True)


def test_no_draw_beyond_the_contract(case: Case) -> None:
    """Invariant (e): the database refuses a payment that is more than the contract, however it became so."""
    payment = released(case)
    with pytest.raises(IntegrityError, match="beyond their contract"), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(amount=payment.amount + 1)
    Contract.objects.filter(pk=payment.contract_id).update(amount=payment.amount - 1)
    with pytest.raises(IntegrityError, match="beyond their contract"), transaction.atomic():
        disbursement.settle(payment, PaymentResult(Outcome.SUCCESS, serial_no="CB1"))
    assert case.row.state == "DISBURSING"


def test_a_customer_in_nobodys_care_is_credited_to_the_rm_of_the_case(case: Case) -> None:
    payment = released(case)
    case.customer.ownerships.all().delete()
    disbursement.settle(payment, PaymentResult(Outcome.SUCCESS, serial_no="CB1"))
    assert set(LedgerEntry.objects.values_list("staff_id", flat=True)) == {case.bank.rm.pk}


def test_sharers_are_credited_with_their_parts(case: Case) -> None:
    payment = released(case)
    owner = case.customer.ownerships.get()
    owner.share = Decimal("0.7")
    owner.save()
    case.customer.ownerships.create(
        staff=case.bank.co_rm, role="CO_MANAGING", share=Decimal("0.3"), effective_from=clock.today()
    )
    disbursement.settle(payment, PaymentResult(Outcome.SUCCESS, serial_no="CB1"))
    amounts = LedgerEntry.objects.filter(metric="LOAN_DISBURSED").values_list("staff_id", "amount")
    assert dict(amounts) == {case.bank.rm.pk: Decimal(70_000), case.bank.co_rm.pk: Decimal(30_000)}
