"""The steps after submission, each taken by the phone of the person whose turn it is."""

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from rest_framework.test import APIClient

from aladdin import clock, signatures
from crm.identity import checked_identity
from loans import approval, contract, disbursement, disclosure, intake, review
from loans.draw_plan import Planned
from loans.gates import fingerprint
from loans.gateways.core_banking import Outcome, PaymentResult
from loans.models import (
    Collateral,
    Contract,
    ContractSigner,
    CostDisclosure,
    IdentityCheck,
    LoanAccount,
    LoanApplication,
    LoanParty,
    Payment,
)
from loans.terms import Choice
from loans.transitions import move
from tests.loans.builders import TERMS, Case, identity_no, signature
from tests.world import hire

_AMOUNTS = ("amount", "monthly_income", "monthly_debt")

OWN_ACCOUNT = {"payee_name": "张三丰", "payee_account": "6222020402000000016", "payee_bank": "本行"}
SHOP = {"payee_name": "廊坊市好家装饰有限公司", "payee_account": "6222020402000000024", "payee_bank": "工商银行"}

OPINION: dict[str, Any] = {"recommendation": "APPROVE", "opinion": "收入稳定，负债适中，建议同意。"}
GRANT: dict[str, Any] = {"amount": "100000.00", "term_months": 12, "opinion": "同意"}


# --- One step each -------------------------------------------------------------------------------
def claim(case: Case, **said: Any) -> Any:
    return case.post("review/claim", by=said.get("by", case.bank.reviewer))


def give_opinion(case: Case, **said: Any) -> Any:
    by = said.pop("by", case.bank.reviewer)
    return case.post("review/opinion", OPINION | said, by=by)


def approve(case: Case, **said: Any) -> Any:
    by = said.pop("by", case.bank.approver)
    return case.post("approve", GRANT | said, by=by)


def show_cost(case: Case, **choice: Any) -> Any:
    return case.post("cost-disclosure", choice)


def confirm_cost(case: Case, sha256: str) -> Any:
    return case.upload("cost-disclosure/confirm", signature=signature(), sha256=sha256, place="广阳支行")


def draw_up(case: Case, **said: Any) -> Any:
    return case.post("contract", OWN_ACCOUNT | said)


def sign_contract(case: Case, sha256: str, **said: Any) -> Any:
    how = {"recording_reference": "SL-20261124-0001", "place": "广阳支行"} | said
    return case.upload("contract/sign", signature=signature(), sha256=sha256, **how)


def request(case: Case, **said: Any) -> Any:
    return case.post("disbursement/request", said)


def release(case: Case, **said: Any) -> Any:
    return case.post("disbursement/release", by=said.get("by", case.bank.disbursement_officer))


# --- Who else is in the file ---------------------------------------------------------------------------
def beside(case: Case, role: str = "GUARANTOR", name: str = "李建国", relation: str = "FRIEND") -> LoanParty:
    """Somebody beside the borrower, his identity checked."""
    number = identity_no()
    party = LoanParty(
        application=case.row,
        role=role,
        relation=relation,
        is_obligor=True,
        created_by=case.bank.rm,
        identity_is_long_term=True,
    )
    party.give_key()
    party.identify(checked_identity("PERSON", number, on=clock.today()))
    party.name, party.mobile = name, "13911112222"
    party.save(force_insert=True)
    IdentityCheck.objects.create(
        application=case.row,
        party=party,
        method="ONLINE",
        outcome="MATCH_WITH_PHOTO",
        passed=True,
        subject_fingerprint=fingerprint(party),
    )
    return party


def secured(case: Case, **said: Any) -> Collateral:
    """A flat of the borrower's, mortgaged for the case."""
    collateral = Collateral(
        application=case.row,
        **{
            "kind": "RESIDENTIAL",
            "description": "三居室",
            "owner_relation": "BORROWER",
            "certificate_no": "冀（2026）廊坊市不动产权第0012345号",
            "appraised_value": Decimal(900_000),
            "appraised_on": clock.today(),
            **said,
        },
    )
    collateral.location = "河北省廊坊市广阳区新华路12号3单元501室"
    collateral.save(force_insert=True)
    return collateral


# --- As far as a state, by the shortest way: what comes before has its own tests -----------------------
def submitted(case: Case, **terms: Any) -> Case:
    """The case as if handed in, with these terms instead of the usual."""
    said: dict[str, Any] = {"product": "PERSONAL_CONSUMPTION", **TERMS, **terms}
    said |= {name: Decimal(said[name]) for name in _AMOUNTS}
    application, _ = intake.create(
        by=case.bank.rm, customer_id=case.customer.pk, co_investigator_id=case.bank.co_rm.pk, **said
    )
    IdentityCheck.objects.create(
        application=application,
        method="ONLINE",
        outcome="MATCH_WITH_PHOTO",
        passed=True,
        subject_fingerprint=fingerprint(case.customer),
    )
    now = clock.now()
    LoanApplication.objects.filter(pk=application.pk).update(
        state="SUBMITTED", accepted_at=now, submitted_at=now, state_since=now
    )
    case.id = str(application.pk)
    return case


def in_approval(case: Case, **terms: Any) -> Case:
    """The case at the first level of approval."""
    submitted(case, **terms)
    review.claim(case.row, by=case.bank.reviewer)
    review.give_opinion(case.row, review.Opinion(**OPINION), by=case.bank.reviewer)
    return case


def approved(case: Case, *, conditions: str = "", max_draws: int = 1, **terms: Any) -> Case:
    """The case granted as applied for, by as many levels as it takes."""
    row = in_approval(case, **terms).row
    grant = approval.Grant(
        amount=row.amount or Decimal(0),
        term_months=row.term_months or 0,
        conditions=conditions,
        max_draws=max_draws,
        opinion="同意",
    )
    if approval.approve(row, grant, by=case.bank.approver).state == "IN_APPROVAL":
        approval.approve(case.row, grant, by=case.bank.senior_approver)
    assert case.row.state == "APPROVED"
    return case


def disclosed(case: Case, **terms: Any) -> Case:
    """The cost shown and confirmed."""
    shown = disclosure.show(approved(case, **terms).row, Choice(), by=case.bank.rm)
    CostDisclosure.objects.filter(pk=shown.pk).update(
        way="ON_SITE",
        read_seconds=30,
        confirmed_at=clock.now(),
        signing_method="HANDWRITTEN",
        signature_sha256="0" * 64,
    )
    return case


def contracted(case: Case, *, payee: dict[str, str] | None = None, draws: Sequence[Planned] = (), **terms: Any) -> Case:
    """The contract signed in person, to be paid out at once or in these draws."""
    disclosed(case, **terms, max_draws=len(draws) or 1)
    to = {name.removeprefix("payee_"): value for name, value in (payee or OWN_ACCOUNT).items()}
    drawn = contract.draw_up(case.row, Choice(), contract.Payee(**to), by=case.bank.rm, draws=draws)
    Contract.objects.filter(pk=drawn.pk).update(
        signing="IN_PERSON",
        recording_reference="SL-1",
        signed_at=clock.now(),
        signing_method="HANDWRITTEN",
        signature_sha256="0" * 64,
    )
    ContractSigner.objects.filter(contract=drawn).update(
        state="SIGNED", signed_at=clock.now(), signing_method="HANDWRITTEN", signature_sha256="0" * 64
    )
    with transaction.atomic():
        move(case.row, "sign_contract", by=case.bank.rm)
    return case


def disbursing(case: Case, **terms: Any) -> Case:
    """The money asked for."""
    contracted(case, **terms)
    disbursement.request(case.row, by=case.bank.rm, conditions_met="已落实")
    return case


def released(case: Case, **terms: Any) -> Payment:
    """The order written, not yet sent."""
    return disbursement.release(disbursing(case, **terms).row, by=case.bank.disbursement_officer)


def disbursed(case: Case, **terms: Any) -> LoanAccount:
    """The money paid out, without asking core banking."""
    payment = released(case, **terms)
    Payment.objects.filter(pk=payment.pk).update(state="UNKNOWN")
    disbursement.settle(payment, PaymentResult(Outcome.SUCCESS, serial_no=f"CB{payment.client_ref}"))
    return LoanAccount.objects.get(application=case.row)


def handed_in_again(case: Case) -> Case:
    """A returned case as if handed in again."""
    now = clock.now()
    LoanApplication.objects.filter(pk=case.id).update(state="SUBMITTED", submitted_at=now, reviewer=None)
    return case


# --- Around --------------------------------------------------------------------------------------
def later(days: int = 0, **more: float) -> Any:
    """A moment after now, for `clock.at`."""
    return clock.now() + timedelta(days=days, **more)


def newcomer(case: Case, like: Any) -> Any:
    """Another holder of the same role at the same branch."""
    role = like.role_assignments.first().role
    return hire(like.branch, like.position, role)


def tell_result(payment: Payment, status: str = "SUCCESS", **said: Any) -> Any:
    """The core banking system's own call about a payment, rightly signed."""
    content = {
        "client_ref": payment.client_ref,
        "serial_no": f"CB{payment.client_ref}" if status == "SUCCESS" else "",
        "status": status,
        "reason": "",
    } | said
    body = json.dumps(content, ensure_ascii=False).encode()
    return call_core(body, signatures.sign(settings.CORE_BANKING["SIGNING_KEY"], body))


def call_core(body: bytes, headers: dict[str, str]) -> Any:
    """POST to the door of payment results."""
    return APIClient().post(
        "/api/v1/core-banking/payment-results", body, content_type="application/json", headers=headers
    )
