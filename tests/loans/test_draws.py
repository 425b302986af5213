"""A loan in parts: planned within contract and approval, each draw asked for, released, paid and opened once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin import clock
from aladdin.calendar import add_months
from loans import draws, exposure
from loans.draw_plan import until
from loans.gateways.core_banking import Outcome
from loans.models import Contract, Draw, DrawTransition, LoanAccount, Payment
from organization.models import RoleAssignment
from organization.roles import Role
from performance.models import LedgerEntry
from postloan.models import PostLoanCheck
from tests.loans.builders import Case, done, refused
from tests.loans.drawing import ASKED, BUSINESS, PARTS, ask, begun, draw, in_parts, let_go, settle
from tests.loans.lending import (
    OWN_ACCOUNT,
    SHOP,
    approve,
    approved,
    contracted,
    disclosed,
    draw_up,
    in_approval,
    later,
    newcomer,
    release,
    request,
)
from tests.sandbox_server import Sandbox

GIVEN_UP = {"reason": "经营计划缩减", "evidence": "客户书面说明20261201"}
REFUSE = {"reason_code": "CONDITIONS_UNMET", "note": "缺少验收单"}


def codes(answer: Any) -> set[str]:
    return {each["code"] for each in refused(answer, 409, "transition_blocked")["blockers"]}


def kinds_told(case: Case, staff: Any) -> list[str]:
    return [each["kind"] for each in done(case.phone(staff).get("/api/v1/notices"))["results"]]


def rows(case: Case) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = done(case.rm.get(f"{case.url}/draws"))
    return found


# --- The good way --------------------------------------------------------------------------------
def test_three_draws_are_three_payments_three_accounts_and_one_loan(case: Case, sandbox: Sandbox) -> None:
    in_parts(case)
    assert done(request(case))["state"] == "DISBURSING"
    first = done(release(case))
    assert (first["amount"], first["mode"]) == ("50000.00", "ENTRUSTED")
    case.run_jobs()
    assert (case.row.state, [each["state"] for each in rows(case)]) == ("DISBURSED", ["PAID", "PLANNED", "PLANNED"])

    with clock.at(later(days=45)):
        assert done(ask(case, 2))["state"] == "REQUESTED"
        (waiting,) = done(case.phone(case.bank.disbursement_officer).get("/api/v1/loan-queues/draws"))["results"]
        assert (waiting["number"], waiting["use_of_last"]) == (2, ASKED["use_of_last"])
        second = let_go(case, 2)
        assert (second.status_code, done(second)["amount"], done(second)["mode"]) == (202, "20000.00", "SELF")
        case.run_jobs()
        done(ask(case, 3))
        done(let_go(case, 3))
        case.run_jobs()

    paid = sandbox.payments()
    assert [each["order"]["amount"] for each in paid] == ["50000.00", "20000.00", "30000.00"]
    assert len({each["client_ref"] for each in paid}) == 3
    assert case.row.state == "DISBURSED", "the application ended with its first draw"
    assert [each["state"] for each in rows(case)] == ["PAID"] * 3
    accounts = list(LoanAccount.objects.order_by("id"))
    assert [each.principal for each in accounts] == [Decimal(50_000), Decimal(20_000), Decimal(30_000)]
    assert [each.term_months for each in accounts] == [12, 10, 10], "none ends after the first"
    assert all(each.matures_on <= add_months(accounts[0].disbursed_on, 12) for each in accounts)
    for account in accounts:
        assert sum(line.principal for line in account.instalments.all()) == account.principal
    lent = LedgerEntry.objects.filter(metric="LOAN_DISBURSED").values_list("amount", flat=True)
    assert sorted(lent) == [Decimal(20_000), Decimal(30_000), Decimal(50_000)]
    assert LedgerEntry.objects.filter(metric="LOAN_COUNT").count() == 1, "draws of one contract are one loan"
    assert PostLoanCheck.objects.filter(loan_account__in=accounts, kind="FIRST").count() == 3
    assert kinds_told(case, case.bank.rm).count("loan.draw_paid") == 2
    assert "task.draw" in kinds_told(case, case.bank.disbursement_officer)
    log = DrawTransition.objects.filter(draw__number=3).values_list("name", "from_state", "to_state")
    assert list(log) == [
        ("request", "PLANNED", "REQUESTED"),
        ("release", "REQUESTED", "PAYING"),
        ("pay", "PAYING", "PAID"),
    ]


def test_the_contract_says_how_it_is_drawn(case: Case) -> None:
    in_parts(case)
    shown = done(case.rm.get(f"{case.url}/contract"))
    assert shown["draw_until"] == f"{until(case.row.product_version, 12, clock.today())}"
    for words in ("分3次提取", "提款计划", "首批货物验收合格", "受托支付与自主支付", SHOP["payee_account"]):
        assert words in shown["text"]
    assert [each["document"] for each in shown["papers"]] == [
        "LOAN_CONTRACT",
        "ENTRUSTED_PAYMENT_ORDER",
        "SELF_PAYMENT_CLAUSE",
    ]
    masked = done(case.phone(case.bank.disbursement_officer).get(f"{case.url}/contract"))["text"]
    assert SHOP["payee_account"] not in masked


def test_a_contract_that_is_paid_out_at_once_has_no_draws(case: Case) -> None:
    contracted(case)
    assert rows(case) == []
    shown = done(case.rm.get(f"{case.url}/contract"))
    assert (shown["draw_until"], "次提取" in shown["text"]) == (None, False)


# --- Planning ------------------------------------------------------------------------------------
def test_the_approval_allows_no_more_draws_than_the_product(case: Case) -> None:
    in_approval(case, **BUSINESS)
    assert "max_draws" in refused(approve(case, max_draws=4), 422, "offer_out_of_range")["errors"]
    assert done(approve(case, max_draws=2))["state"] == "APPROVED"
    assert case.row.approved_draws == 2


def test_a_product_that_is_paid_out_at_once_is(case: Case) -> None:
    in_approval(case)
    refused(approve(case, max_draws=2), 422, "offer_out_of_range")


@pytest.mark.parametrize(
    "parts, code",
    [
        ((*PARTS[:2], {**PARTS[2], "amount": "29999.99"}), "draws_not_whole"),
        ((*PARTS[:2], {**PARTS[2], "amount": "30000.01"}), "draws_not_whole"),
        ((*PARTS, {**PARTS[2], "amount": "1.00"}), "too_many_draws"),
    ],
)
def test_a_plan_that_does_not_add_up_is_refused(case: Case, parts: Any, code: str) -> None:
    disclosed(case, max_draws=3, **BUSINESS)
    refused(draw_up(case, draws=[*parts]), 422, code)
    assert not Contract.objects.exists()


def test_other_plans_that_are_refused(case: Case) -> None:
    disclosed(case, max_draws=3, **BUSINESS)
    half = {"amount": "50000.00"}
    far = f"{clock.today() + timedelta(days=200)}"
    refused(draw_up(case, draws=[half, half | {"planned_on": far}]), 422, "draw_planned_too_late")
    assert "draws" in refused(draw_up(case, draws=[{"amount": "100000.00"}]), 400, "invalid")["errors"]
    done(draw_up(case, draws=[half, half]))
    done(draw_up(case, draws=[*PARTS]))
    assert [each.amount for each in Draw.objects.all()] == [Decimal(50_000), Decimal(20_000), Decimal(30_000)]
    done(draw_up(case))
    assert not Draw.objects.exists(), "a contract drawn up anew without a plan has none"


def test_self_payment_in_pieces_is_seen_in_the_plan(case: Case) -> None:
    """Each is within 500,000 yuan, together and within a month they are not."""
    disclosed(case, max_draws=3, amount="800000.00", monthly_income="90000.00", **BUSINESS)
    own = {"amount": "400000.00", **OWN_ACCOUNT}
    refused(draw_up(case, draws=[own, own]), 422, "payment_split_suspected")
    too_much = [{**own, "amount": "600000.00"}, {**own, "amount": "200000.00"}]
    refused(draw_up(case, draws=too_much), 422, "entrusted_payment_required")
    done(draw_up(case, draws=[own, own | {"planned_on": f"{clock.today() + timedelta(days=40)}"}]))


# --- Asking for a later draw ---------------------------------------------------------------------
def test_before_the_first_draw_there_is_no_later_one(case: Case) -> None:
    in_parts(case)
    refused(ask(case, 2), 409, "first_draw_missing")
    refused(case.post("draws/cancel", GIVEN_UP), 409, "first_draw_missing")


def test_a_draw_is_asked_for_with_vouchers_and_with_the_use_of_the_last(case: Case) -> None:
    begun(case)
    assert codes(ask(case, 3, evidence="", use_of_last="")) == {
        "draw_condition_unmet",
        "draw_evidence_missing",
        "use_of_last_draw_missing",
    }
    assert draw(case, 3).state == "PLANNED"


def test_a_draw_waits_for_its_day_and_ends_with_its_time(case: Case) -> None:
    begun(case, (PARTS[0], {"amount": "50000.00", "planned_on": clock.today() + timedelta(days=30), **SHOP}))
    assert codes(ask(case, 2)) == {"draw_too_early"}
    with clock.at(later(days=31)):
        done(ask(case, 2))
    with clock.at(later(days=200)):
        assert codes(let_go(case, 2)) == {"draw_period_over"}


def test_whoever_is_in_arrears_draws_nothing_more(case: Case) -> None:
    begun(case)
    LoanAccount.objects.update(status="OVERDUE")
    assert codes(ask(case, 2)) == {"overdue_at_bank"}


def test_what_happened_since_the_request_is_seen_at_the_release(case: Case) -> None:
    begun(case)
    done(ask(case, 2))
    LoanAccount.objects.update(status="OVERDUE")
    assert codes(let_go(case, 2)) == {"overdue_at_bank"}


def test_an_expired_approval_was_used_in_time_by_the_first_draw(case: Case) -> None:
    begun(case)
    with clock.at(later(days=120)):
        assert (case.row.approval_expires_on or clock.today()) < clock.today()
        done(ask(case, 2))


def test_one_draw_at_a_time_and_by_the_rm_in_charge(case: Case) -> None:
    begun(case)
    refused(ask(case, 2, by=case.bank.co_rm), 403, "not_in_charge")
    refused(ask(case, 2, by=case.bank.disbursement_officer), 403, "not_permitted")
    done(ask(case, 2))
    refused(ask(case, 3), 409, "draw_under_way")
    refused(ask(case, 2), 409, "illegal_transition")
    refused(ask(case, 1), 409, "illegal_transition")


def test_self_payments_on_top_of_each_other_are_seen_at_the_request(case: Case) -> None:
    """The plan lay a month apart; then the first came late."""
    own = {"amount": "400000.00", **OWN_ACCOUNT}
    parts = (own, own | {"planned_on": clock.today() + timedelta(days=40)})
    in_parts(case, parts, amount="800000.00", monthly_income="90000.00")
    with clock.at(later(days=30)):
        done(request(case))
        settle(Payment.objects.get(pk=done(release(case))["id"]))
    with clock.at(later(days=41)):
        assert codes(ask(case, 2)) == {"payment_split_suspected"}
    with clock.at(later(days=61)):
        done(ask(case, 2))


# --- Releasing -----------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["rm", "co_rm", "reviewer", "approver"])
def test_who_had_a_part_in_the_case_may_not_pay_out_a_draw(case: Case, person: str) -> None:
    begun(case)
    done(ask(case, 2))
    staff = getattr(case.bank, person)
    RoleAssignment.objects.create(staff=staff, role=Role.DISBURSEMENT_OFFICER)
    refused(let_go(case, 2, by=staff), 403, "separation_of_duties")
    refused(case.post(f"draws/{draw(case, 2).pk}/refuse", REFUSE, by=staff), 403, "separation_of_duties")


def test_another_officer_may_release_the_next_draw_and_none_twice(case: Case) -> None:
    begun(case)
    refused(let_go(case, 2), 409, "illegal_transition")
    done(ask(case, 2))
    done(let_go(case, 2, by=newcomer(case, case.bank.disbursement_officer)))
    refused(let_go(case, 2), 409, "payment_under_way")
    assert Payment.objects.filter(draw=draw(case, 2)).count() == 1


def test_an_officer_gives_a_draw_back(case: Case) -> None:
    begun(case)
    done(ask(case, 2))
    answer = case.post(f"draws/{draw(case, 2).pk}/refuse", REFUSE, by=case.bank.disbursement_officer)
    assert done(answer)["state"] == "PLANNED"
    assert "loan.draw_refused" in kinds_told(case, case.bank.rm)
    assert case.row.state == "DISBURSED"
    done(ask(case, 2))


# --- What core banking says ----------------------------------------------------------------------
def test_a_failed_draw_is_asked_for_again_under_another_reference(case: Case, sandbox: Sandbox) -> None:
    begun(case)
    sandbox.fault("core-banking", "pay", "failed", reason="收款户名不符")
    done(ask(case, 2))
    first = done(let_go(case, 2))
    case.run_jobs()
    assert (draw(case, 2).state, case.row.state) == ("PLANNED", "DISBURSED")
    assert "loan.draw_failed" in kinds_told(case, case.bank.rm)
    done(ask(case, 2))
    second = done(let_go(case, 2))
    case.run_jobs()
    assert (draw(case, 2).state, first["client_ref"] == second["client_ref"]) == ("PAID", False)
    assert LoanAccount.objects.count() == 2


def test_a_timeout_after_paying_a_draw_is_asked_for_and_paid_once(case: Case, sandbox: Sandbox) -> None:
    begun(case)
    sandbox.fault("core-banking", "pay", "timeout_after")
    done(ask(case, 2))
    done(let_go(case, 2))
    case.run_jobs()
    assert draw(case, 2).state == "PAYING"
    refused(let_go(case, 2), 409, "payment_under_way")
    sandbox.heal()
    with clock.at(later(seconds=30)):
        case.run_jobs()
    assert draw(case, 2).state == "PAID"
    assert (len(sandbox.payments()), len(sandbox.log("core-banking", "pay"))) == (1, 1)


def test_a_first_draw_that_fails_goes_back_with_the_application(case: Case) -> None:
    in_parts(case)
    done(request(case))
    settle(Payment.objects.get(pk=done(release(case))["id"]), Outcome.FAILED)
    assert (case.row.state, draw(case, 1).state) == ("CONTRACTED", "PLANNED")
    done(request(case))
    done(case.post("disbursement/refuse", REFUSE, by=case.bank.disbursement_officer))
    assert (case.row.state, draw(case, 1).state) == ("CONTRACTED", "PLANNED")


# --- The rest ------------------------------------------------------------------------------------
def test_the_customer_gives_up_what_is_not_drawn(case: Case) -> None:
    begun(case)
    refused(case.post("draws/cancel", GIVEN_UP | {"evidence": ""}), 422, "withdrawal_evidence_missing")
    refused(case.post("draws/cancel", GIVEN_UP, by=case.bank.co_rm), 403, "not_in_charge")
    (third,) = done(case.post("draws/cancel", GIVEN_UP | {"draws": [str(draw(case, 3).pk)]}))
    assert (third["number"], third["state"]) == (3, "CANCELLED")
    assert [each["number"] for each in done(case.post("draws/cancel", GIVEN_UP))] == [2]
    refused(case.post("draws/cancel", GIVEN_UP), 409, "no_draw_left")
    refused(ask(case, 2), 409, "illegal_transition")
    assert kinds_told(case, case.bank.rm).count("loan.draw_cancelled") == 2


def test_what_is_on_its_way_is_not_given_up(case: Case) -> None:
    begun(case)
    done(ask(case, 2))
    done(let_go(case, 2))
    refused(case.post("draws/cancel", GIVEN_UP | {"draws": [str(draw(case, 2).pk)]}), 409, "illegal_transition")
    assert [each["number"] for each in done(case.post("draws/cancel", GIVEN_UP))] == [3]


def test_what_is_not_drawn_in_time_lapses(case: Case) -> None:
    begun(case)
    assert draws.lapse() == 0
    with clock.at(later(days=200)):
        assert (draws.lapse(), draws.lapse()) == (2, 0)
    assert [each["state"] for each in rows(case)] == ["PAID", "CANCELLED", "CANCELLED"]


def test_a_withdrawn_application_draws_nothing(case: Case) -> None:
    in_parts(case)
    done(request(case))
    done(case.post("withdraw", {"reason": "不再需要", "evidence": "书面申请"}))
    assert {each["state"] for each in rows(case)} == {"CANCELLED"}


def test_what_is_promised_and_not_drawn_counts_as_owed(case: Case) -> None:
    """Of 100,000 yuan one half is a balance, the other is to come; a second loan is decided on both."""
    begun(case)
    second = approved(Case(case.bank, case.run_jobs, case.customer, phones=case.phones), amount="10000.00")
    found = exposure.of(second.row, Decimal(10_000))
    assert (found.owed, found.promised, found.total) == (Decimal(50_000), Decimal(50_000), Decimal(110_000))
    done(case.post("draws/cancel", GIVEN_UP))
    assert exposure.of(second.row, Decimal(10_000)).promised == 0
    assert exposure.of(case.row, Decimal(100_000)).total == Decimal(110_000), "its own draws are not counted twice"


# --- What the database refuses -------------------------------------------------------------------
def test_no_plan_beyond_its_contract_whoever_writes(case: Case) -> None:
    in_parts(case)
    third = draw(case, 3)
    extra = Draw(contract=third.contract, number=4, amount=Decimal("0.01"))
    with pytest.raises(IntegrityError, match="beyond their contract"), transaction.atomic():
        extra.save(force_insert=True)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Draw.objects.filter(pk=third.pk).update(amount=Decimal(1))
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Draw.objects.filter(pk=third.pk).delete()


def test_no_payment_beside_its_draw_whoever_writes(case: Case) -> None:
    begun(case)
    done(ask(case, 2))
    payment = Payment.objects.get(pk=done(let_go(case, 2))["id"])
    for lie in ({"amount": Decimal("19999.99")}, {"draw": draw(case, 3)}, {"draw": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.filter(pk=payment.pk).update(**lie)
    settle(payment)
    payment.pk, payment.client_ref, payment._state.adding = None, "ZF-AGAIN", True
    payment.id = type(payment)().id
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        DrawTransition.objects.update(reason="x")


def test_a_stranger_finds_no_draw(case: Case) -> None:
    begun(case)
    refused(case.phone(case.bank.stranger).get(f"{case.url}/draws"), 404, "not_found")
    refused(case.post("draws/01990000-0000-7000-8000-000000000000/request", ASKED), 404, "not_found")
    assert not Draw.objects.visible_to(case.bank.stranger).exists()
