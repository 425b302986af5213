"""The loan contract: drawn up from a versioned template within the approval, signed by the customer.

In person with a recording, or by electronic signature where the law and the product allow it (商业银行法 37,
民法典 668 and 670, 个人贷款管理办法 2024).
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.template.loader import render_to_string

from aladdin import audit, clock, masking, parameters
from aladdin.money import fen, yuan
from aladdin.problems import Conflict, NotFound, RuleBroken
from loans import disclosure, numbers, payment_mode
from loans.capital_numerals import in_capitals
from loans.codes import LoanKind, RepaymentMethod
from loans.leading import touch
from loans.models import Contract, CostDisclosure, LoanApplication
from loans.refusals import refuse, refuse_any
from loans.signing import Signature, affix
from loans.states import State
from loans.terms import Choice, LoanTerms, chosen
from loans.transitions import check_move, hold, move, subject_of
from organization.models import Staff

TEMPLATE_CODE, TEMPLATE_VERSION = "PERSONAL", "2026.1"
IN_PERSON, ELECTRONIC = Contract.Signing.IN_PERSON, Contract.Signing.ELECTRONIC


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Who gets the money; the borrower himself for self-payment. Empty: as the application says."""

    name: str = ""
    account: str = ""
    bank: str = ""


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How the text with this digest was signed; a recording's reference for signing in person."""

    way: str
    sha256: str
    signature: Signature
    recording_reference: str = ""


# --- Drawing up ----------------------------------------------------------------------------------
@transaction.atomic
def draw_up(application: LoanApplication, choice: Choice, payee: Payee, *, by: Staff) -> Contract:
    """Write the contract on the terms that the customer confirmed; until it is signed it may be drawn up anew.

    APPROVED → CONTRACTING the first time. Raises `terms_exceed_approval`, `payee_missing`,
    `entrusted_payment_required`, `payment_split_suspected` (422), `cost_disclosure_missing`,
    `disclosure_outdated`, `transition_blocked` (409)."""
    held = hold(application.pk)
    is_first = held.state == State.APPROVED
    check_move(held, "begin_contract" if is_first else "sign_contract", by)
    terms = chosen(held, choice)
    shown = disclosure.confirmed_on(held, terms)
    contract = Contract.objects.filter(application=held).first() or _new(held, by)
    _put_terms(contract, terms, _payee(held, payee))
    refuse_any(payment_mode.against(contract))
    _put_text(contract, shown)
    contract.save()
    audit.record(by=by, action="loan.draw_up_contract", subject=subject_of(held), sha256=contract.sha256)
    if is_first:
        move(held, "begin_contract", by=by, reason=f"合同{contract.contract_no}")
    else:
        touch(held)
    return contract


def _new(held: LoanApplication, by: Staff) -> Contract:
    return Contract(application=held, contract_no=numbers.contract_no(), created_by=by, version=0)


def _payee(held: LoanApplication, payee: Payee) -> Payee:
    found = Payee(
        name=payee.name or held.payee_name,
        account=payee.account or held.payee_account,
        bank=payee.bank or held.payee_bank,
    )
    if not found.name or not found.account:
        raise refuse("payee_missing", "请填写收款人户名与账号（自主支付填写借款人本人账户）", "payee_account")
    return found


def _put_terms(contract: Contract, terms: LoanTerms, payee: Payee) -> None:
    contract.amount, contract.term_months, contract.rate = terms.amount, terms.term_months, terms.rate
    contract.repayment_method, contract.repayment_day = terms.repayment_method, terms.repayment_day
    contract.payee_name, contract.payee_account, contract.payee_bank = payee.name, payee.account, payee.bank
    contract.version += 1


def _put_text(contract: Contract, shown: CostDisclosure) -> None:
    contract.template_code, contract.template_version = TEMPLATE_CODE, TEMPLATE_VERSION
    text = render_to_string(f"loans/contracts/{TEMPLATE_CODE}-{TEMPLATE_VERSION}.txt", _clauses(contract, shown))
    contract.text, contract.sha256 = text, hashlib.sha256(text.encode()).hexdigest()


def _clauses(contract: Contract, shown: CostDisclosure) -> dict[str, object]:
    """What the template's clauses name."""
    application, day = contract.application, clock.today()
    product, customer = application.product, application.customer
    return {
        "product_name": product.name,
        "contract_no": contract.contract_no,
        "lender": application.branch.name,
        "borrower": customer.name,
        "identity_no": customer.identity_no,
        "loan_kind": product.get_kind_display(),
        "is_housing": product.kind == LoanKind.HOUSING,
        "guarantee": product.get_guarantee_display(),
        "purpose": application.get_purpose_display(),
        "amount": yuan(contract.amount),
        "amount_in_words": in_capitals(contract.amount),
        "term_months": contract.term_months,
        "annual_rate": _percent(contract.rate),
        "rate_rule": "固定不变",
        "disclosure_sha256": shown.sha256,
        "annual_cost": f"{fen(shown.annualised_cost)}",
        "payment_mode": payment_mode.mode_of(application, contract.payee_name).label,
        "payee": f"{contract.payee_name}，账号{contract.payee_account}（{contract.payee_bank or '本行'}）",
        "repayment_method": RepaymentMethod(contract.repayment_method).label,
        "repayment_day": contract.repayment_day,
        "overdue_surcharge": _percent(parameters.decimal("loan.overdue_surcharge", day)),
        "misuse_surcharge": _percent(parameters.decimal("loan.misuse_surcharge", day)),
    }


def _percent(number: Decimal) -> str:
    return f"{number.normalize():f}"


# --- Reading -------------------------------------------------------------------------------------
def of(application: LoanApplication) -> Contract:
    """The application's contract. Raises NotFound."""
    found = Contract.objects.filter(application=application).first()
    if found is None:
        raise NotFound("合同尚未制作")
    return found


def text_for(contract: Contract, reader: Staff) -> str:
    """The text as this person may read it: whole for the RM in charge, who has the customer sign it; for others
    with the personal data masked."""
    application, text = contract.application, contract.text
    if reader.pk == application.investigator_id:
        return text
    customer = application.customer
    hidden = {
        customer.identity_no: masking.identity_number_in_list(customer.identity_no),
        contract.payee_account: masking.bank_card_in_list(contract.payee_account),
        contract.payee_name: masking.name(contract.payee_name),
        customer.name: customer.masked_name(),
    }
    for clear, masked in hidden.items():
        text = text.replace(clear, masked) if clear else text
    return text


# --- Signing -------------------------------------------------------------------------------------
@transaction.atomic
def sign(application: LoanApplication, signing: Signing, *, by: Staff) -> Contract:
    """The customer signs: CONTRACTING → CONTRACTED.

    Raises `contract_text_changed`, `in_person_signing_required`, `recording_missing`, `signature_blank` (422),
    `contract_altered` (409: the stored text is not the one that was drawn up), `transition_blocked` (409)."""
    held = hold(application.pk)
    check_move(held, "sign_contract", by)
    contract = Contract.objects.select_for_update().get(application=held)
    _check_text(contract, signing)
    _check_way(contract, signing)
    affix(contract, signing.signature, application=held)
    contract.signing, contract.recording_reference = signing.way, signing.recording_reference
    contract.signed_at = clock.now()
    contract.version += 1
    contract.save()
    move(held, "sign_contract", by=by, reason=f"{contract.get_signing_display()}，合同{contract.contract_no}")
    return contract


def may_be_electronic(contract: Contract) -> bool:
    """Small and not for housing: within the law's limit and the product's."""
    application = contract.application
    limit = min(
        application.product_version.electronic_signing_up_to, parameters.decimal("loan.electronic_signing_up_to")
    )
    return contract.amount <= limit and application.product.kind != LoanKind.HOUSING


def _check_text(contract: Contract, signing: Signing) -> None:
    if signing.sha256 != contract.sha256:
        raise refuse("contract_text_changed", "合同文本已更新，请客户重新阅读后签署", "sha256")
    if hashlib.sha256(contract.text.encode()).hexdigest() != contract.sha256:
        raise Conflict("contract_altered", "合同文本与制作时不一致，请重新制作合同")


def _check_way(contract: Contract, signing: Signing) -> None:
    if signing.way == ELECTRONIC and not may_be_electronic(contract):
        raise RuleBroken("in_person_signing_required", "该笔贷款须当面签约并双录", errors={"signing": ["须面签"]})
    if signing.way == IN_PERSON and not signing.recording_reference:
        raise refuse("recording_missing", "面签须录音录像，请填写双录编号", "recording_reference")
