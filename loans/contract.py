"""The loan contract: drawn up from versioned templates within the approval, with all its papers.

How it is signed is in `loans/contract_signing.py`, what its papers say in `loans/contract_papers.py` (商业银行法 37,
民法典 668 and 670, 个人贷款管理办法 2024).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock, masking
from aladdin.problems import Conflict, NotFound
from crm.models import Customer
from loans import contract_papers, disclosure, draw_plan, numbers, payment_mode, repricing
from loans.codes import RepaymentMethod
from loans.leading import touch
from loans.models import Contract, ContractSigner, LoanApplication, LoanPaper, LoanParty
from loans.reading import undisturbed
from loans.refusals import refuse, refuse_any
from loans.states import State
from loans.terms import Choice, LoanTerms, chosen
from loans.transitions import check_move, hold, move, subject_of
from organization.models import Staff


@dataclass(frozen=True, kw_only=True)
class Payee:
    """Who gets the money; the borrower himself for self-payment. Empty: as the application says."""

    name: str = ""
    account: str = ""
    bank: str = ""


# --- Drawing up ----------------------------------------------------------------------------------
@transaction.atomic
def draw_up(
    application: LoanApplication,
    choice: Choice,
    payee: Payee,
    *,
    by: Staff,
    draws: Sequence[draw_plan.Planned] = (),
) -> Contract:
    """Write the contract on the terms that the customer confirmed; until anybody signs it may be drawn up anew. With
    `draws` it is paid out in these parts, else at once.

    APPROVED → CONTRACTING the first time. Raises `terms_exceed_approval`, `payee_missing`,
    `entrusted_payment_required`, `payment_split_suspected`, `too_many_draws`, `draws_not_whole`,
    `draws_not_with_this_method`, `draw_planned_too_late`, `contract_value_missing`, `owner_not_in_file` (422),
    `cost_disclosure_missing`, `disclosure_outdated`, `template_missing`, `transition_blocked` (409)."""
    held = hold(application.pk)
    check_move(held, "begin_contract" if held.state == State.APPROVED else "sign_contract", by)
    with undisturbed():
        return _draw_up(held, choice, payee, by, draws)


def _draw_up(
    held: LoanApplication, choice: Choice, payee: Payee, by: Staff, draws: Sequence[draw_plan.Planned]
) -> Contract:
    is_first = held.state == State.APPROVED
    terms = chosen(held, choice)
    shown = disclosure.confirmed_on(held, terms)
    contract: Contract = getattr(held, "contract", None) or _new(held, by)
    _let_go_of_signatures(contract, by)
    to = _payee(held, payee, draws)
    planned = draw_plan.with_payees(draws, to.name, to.account, to.bank)
    _put_terms(contract, terms, to)
    if planned:
        refuse_any(draw_plan.against(held, terms, planned))
    else:
        refuse_any(payment_mode.against(held, contract.amount, contract.payee_name))
    draw_plan.keep(contract, planned)
    contract_papers.write(contract, shown)
    audit.record(by=by, action="loan.draw_up_contract", subject=subject_of(held), sha256=contract.sha256)
    if is_first:
        move(held, "begin_contract", by=by, reason=f"合同{contract.contract_no}")
    else:
        touch(held)
    return contract


def _new(held: LoanApplication, by: Staff) -> Contract:
    return Contract(application=held, contract_no=numbers.contract_no(), created_by=by, version=0)


def _let_go_of_signatures(contract: Contract, by: Staff) -> None:
    """Who has signed the words that no longer hold signs again; that he had signed stays on record. Raises
    `electronic_signing_under_way` (409)."""
    if contract.signing == Contract.Signing.ELECTRONIC:
        raise Conflict("electronic_signing_under_way", "该合同正在电子签约，撤回后方可重新制作")
    for signer in contract.signers.filter(state=ContractSigner.State.SIGNED) if contract.version else ():
        said = {"signer": str(signer.pk), "signature": signer.signature_sha256, "sha256": contract.sha256}
        audit.record(by=by, action="loan.void_signature", subject=subject_of(contract.application), **said)
    contract.signing, contract.recording_reference = "", ""


def _payee(held: LoanApplication, payee: Payee, draws: Sequence[draw_plan.Planned]) -> Payee:
    """Whom the contract names: as said now, as the application says, or the payee of the first draw."""
    first = draws[0] if draws else draw_plan.Planned(amount=Decimal(0))
    found = Payee(
        name=payee.name or held.payee_name or first.payee_name,
        account=payee.account or held.payee_account or first.payee_account,
        bank=payee.bank or held.payee_bank or first.payee_bank,
    )
    if not found.name or not found.account:
        raise refuse("payee_missing", "请填写收款人户名与账号（自主支付填写借款人本人账户）", "payee_account")
    return found


def _put_terms(contract: Contract, terms: LoanTerms, payee: Payee) -> None:
    contract.amount, contract.term_months, contract.rate = terms.amount, terms.term_months, terms.rate
    contract.repayment_method, contract.repayment_day = terms.repayment_method, terms.repayment_day or 0
    is_seasonal = terms.repayment_method == RepaymentMethod.SEASONAL
    contract.payment_months = list(terms.plan.payment_months) if is_seasonal else []
    contract.spread_bp = repricing.spread_bp(contract.application.product_version, terms.rate, clock.today())
    contract.payee_name, contract.payee_account, contract.payee_bank = payee.name, payee.account, payee.bank
    contract.version += 1


# --- Reading -------------------------------------------------------------------------------------
def of(application: LoanApplication) -> Contract:
    """The application's contract. Raises NotFound."""
    found: Contract | None = getattr(application, "contract", None)
    if found is None:
        raise NotFound("合同尚未制作")
    return found


def paper_of(application: LoanApplication, paper_id: UUID) -> LoanPaper:
    """One of the contract's papers. Raises NotFound."""
    papers = LoanPaper.objects.select_related("contract__application__customer", "party")
    found = papers.filter(contract__application=application, pk=paper_id).first()
    if found is None:
        raise NotFound("没有找到该合同文本")
    return found


def text_for(contract: Contract, reader: Staff) -> str:
    """The text of all papers as this person may read it: whole for the RM in charge, who has them signed; for others
    with the personal data masked."""
    if reader.pk == contract.application.investigator_id:
        return contract.text
    return _masked(contract.text, contract)


def _masked(text: str, contract: Contract) -> str:
    people: list[Customer | LoanParty] = [contract.application.customer]
    people += [signer.party for signer in contract.signers.select_related("party") if signer.party]
    paid = payment_mode.payouts(contract)
    hidden = {
        contract.payee_account: masking.bank_card_in_list(contract.payee_account),
        contract.payee_name: masking.name(contract.payee_name),
        **{each.payee_account: masking.bank_card_in_list(each.payee_account) for each in paid},
        **{each.payee_name: masking.name(each.payee_name) for each in paid},
        **{each.identity_no: masking.identity_number_in_list(each.identity_no) for each in people},
        **{each.name: each.masked_name() for each in people},
        **{each.location: masking.address(each.location) for each in contract.application.collaterals.all()},
    }
    for clear, masked in hidden.items():
        text = text.replace(clear, masked) if clear else text
    return text
