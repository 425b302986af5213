"""The papers of a contract: which there are, what they say, and the sealed PDF of each.

A loan has its contract and the customer's order or agreement about the payment; each guarantor has his own contract.
What people sign is the digest of all papers' words together. A PDF is made when it is first needed (somebody reads
it, a provider wants it, or the night comes), then sealed and kept: thousands of them cost nothing at the counter.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from aladdin import audit, clock, papers, parameters
from aladdin.money import yuan
from aladdin.papers import Block, Facts, Paper, Paragraph, SignatureBox, Table, storing
from aladdin.problems import Conflict
from loans import contract_templates, evidence, obligors, payment_mode, sealed_files
from loans.capital_numerals import in_capitals
from loans.codes import Guarantee, LegalDocument, LoanKind, PartyRole, Relation, RepaymentMethod
from loans.contract_codes import ClauseCondition, SignerRole
from loans.contract_variables import Value
from loans.models import Collateral, Contract, ContractSigner, CostDisclosure, LoanApplication, LoanPaper, LoanParty
from loans.refusals import refuse
from loans.repayment_rules import rate_in_words
from loans.transitions import subject_of
from organization.models import Staff

Values = Mapping[str, Value]
C = ClauseCondition
D = LegalDocument
#: Without letters and digits that look alike (I L O U, 0 and 1 stay): read out over the phone, typed from paper.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 16


# --- Writing -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Wanted:
    """One paper to be written: what it says besides the words common to all, and who beside the borrower signs it."""

    document: LegalDocument
    values: Values = field(default_factory=dict)
    party: LoanParty | None = None


def write(contract: Contract, shown: CostDisclosure) -> None:
    """Write the contract's papers anew, with their signers; text, digest and template of the contract follow.

    Raises `template_missing` (409), `contract_value_missing` (422)."""
    contract.papers.all().delete()
    contract.signers.all().delete()
    holding = _holding(contract)
    common = _values(contract, shown)
    written = [_paper(contract, position, wanted, common, holding) for position, wanted in enumerate(_wanted(contract))]
    first = written[0].template
    contract.template_code, contract.template_version = first.code, str(first.version)
    contract.text = "\n\n".join(text_of(paper) for paper in written)
    contract.sha256 = hashlib.sha256(contract.text.encode()).hexdigest()
    contract.save()
    for paper in written:
        paper.save(force_insert=True)
    ContractSigner.objects.bulk_create(_signers(contract, [paper.party for paper in written]))


def text_of(paper: LoanPaper) -> str:
    """The paper's words, which its digest is taken of."""
    return storing.plain(paper.title, paper.number, storing.from_text(paper.blocks))


_OF_MODE = {
    payment_mode.Mode.ENTRUSTED: D.ENTRUSTED_PAYMENT_ORDER,
    payment_mode.Mode.SELF: D.SELF_PAYMENT_CLAUSE,
}


def _wanted(contract: Contract) -> list[_Wanted]:
    application = contract.application
    modes = {each.mode for each in payment_mode.payouts(contract)}
    return [
        _Wanted(D.LOAN_CONTRACT),
        *(_Wanted(document) for mode, document in _OF_MODE.items() if mode in modes),
        *(_guarantee(each) for each in application.parties.guarantors()),
        *(_security(each, application) for each in application.collaterals.all()),
    ]


def _guarantee(guarantor: LoanParty) -> _Wanted:
    values: Values = {"guarantor": guarantor.name, "guarantor_identity_no": guarantor.identity_no}
    return _Wanted(D.GUARANTEE_CONTRACT, values, party=guarantor)


def _security(collateral: Collateral, application: LoanApplication) -> _Wanted:
    owner = _owner(collateral, application)
    described = [collateral.get_kind_display() if collateral.kind else "", collateral.description]
    values: Values = {
        "mortgagor": owner.name if owner else application.customer.name,
        "collateral": "，".join(filter(None, described)),
        "collateral_place": collateral.location,
        "collateral_certificate": collateral.certificate_no,
        "collateral_value": collateral.appraised_value or "",
    }
    is_pledge = application.product.guarantee == Guarantee.PLEDGED
    return _Wanted(D.PLEDGE_CONTRACT if is_pledge else D.MORTGAGE_CONTRACT, values, party=owner)


def _owner(collateral: Collateral, application: LoanApplication) -> LoanParty | None:
    """Who signs as owner: the borrower (None), or somebody of the file. Raises `owner_not_in_file` (422)."""
    if collateral.owner_relation in ("", Collateral.Owner.BORROWER):
        return None
    standing = LoanParty.objects.filter(application=application).standing()
    for party in standing:
        is_spouse = collateral.owner_relation == Collateral.Owner.SPOUSE and party.relation == Relation.SPOUSE
        if is_spouse or party.name == collateral.owner_name:
            return party
    raise refuse("owner_not_in_file", "押品权属人须先录入为本笔关联人，才能签订担保合同", "collaterals")


def _parties(application: LoanApplication, *roles: PartyRole) -> list[LoanParty]:
    """Those beside the borrower who answer for the debt in these roles."""
    beside = [each.party for each in obligors.of(application) if each.party is not None]
    return [party for party in beside if party.role in roles]


def _paper(
    contract: Contract, position: int, wanted: _Wanted, common: Values, holding: frozenset[ClauseCondition]
) -> LoanPaper:
    today = clock.today()
    template = contract_templates.chosen(wanted.document, contract.application, today)
    number = contract.contract_no if position == 0 else f"{contract.contract_no}-{position}"
    values = {**common, **wanted.values, "paper_no": number}
    clauses = contract_templates.clauses_of(template, values, holding)
    blocks: list[Block] = [_head(contract, wanted, values), *clauses, *_annex(contract, wanted.document)]
    paper = LoanPaper(
        contract=contract,
        document=wanted.document,
        position=position,
        number=number,
        title=template.title,
        template=template,
        party=wanted.party,
        code=_new_code(),
        dated=today,
    )
    paper.blocks = storing.as_text(blocks)
    paper.sha256 = hashlib.sha256(text_of(paper).encode()).hexdigest()
    return paper


def _new_code() -> str:
    """80 bits of chance: nobody finds a paper by trying."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


# --- What they say -------------------------------------------------------------------------------
def _holding(contract: Contract) -> frozenset[ClauseCondition]:
    """Which conditions of clauses hold in this case."""
    application = contract.application
    product = application.product
    holds = {
        C.HOUSING: product.kind == LoanKind.HOUSING,
        C.NOT_HOUSING: product.kind != LoanKind.HOUSING,
        C.BUSINESS: product.kind in (LoanKind.BUSINESS, LoanKind.CORPORATE),
        C.UNSECURED: product.guarantee == Guarantee.UNSECURED,
        C.GUARANTEED: application.parties.guarantors().exists(),
        C.MORTGAGED: application.collaterals.exists(),
        C.CO_BORROWED: bool(_parties(application, PartyRole.CO_BORROWER)),
        C.IN_TRANCHES: contract.draw_until is not None,
        C.AT_ONCE: contract.draw_until is None,
    }
    return frozenset(condition for condition, does in holds.items() if does)


def _values(contract: Contract, shown: CostDisclosure) -> dict[str, Value]:
    """What the open words of every paper of this contract stand for."""
    application, day = contract.application, clock.today()
    product, customer = application.product, application.customer
    found: dict[str, Value] = {
        "contract_no": contract.contract_no,
        "product_name": product.name,
        "lender": application.branch.name,
        "borrower": customer.name,
        "identity_no": customer.identity_no,
        "loan_kind": product.get_kind_display(),
        "guarantee": product.get_guarantee_display(),
        "purpose": application.get_purpose_display(),
        "amount": contract.amount,
        "amount_in_words": in_capitals(contract.amount),
        "term_months": contract.term_months,
        "annual_rate": contract.rate,
        "rate_rule": rate_in_words(application.product_version, contract.spread_bp),
        "disclosure_sha256": shown.sha256[:16],
        "annual_cost": shown.annualised_cost.quantize(Decimal("0.01")),
        **_payment(contract),
        "repayment_method": RepaymentMethod(contract.repayment_method).label,
        "repayment_day": contract.repayment_day,
        "overdue_surcharge": parameters.decimal("loan.overdue_surcharge", day),
        "misuse_surcharge": parameters.decimal("loan.misuse_surcharge", day),
        "self_payment_limit": payment_mode.self_payment_limit(application),
        **_firm(application),
        "co_borrowers": "、".join(each.name for each in _parties(application, PartyRole.CO_BORROWER)),
    }
    return found


def _firm(application: LoanApplication) -> dict[str, Value]:
    """What names a firm that borrows, and who acts for it; nothing of a person."""
    acting = obligors.representative(application)
    if application.customer.kind != obligors.FIRM or acting is None:
        return {}
    business = getattr(application, "business", None)
    address = application.customer.address or (business.premises_address if business is not None else "")
    return {
        "credit_code": application.customer.identity_no,
        "legal_representative": acting.name,
        "borrower_address": address,
    }


def _payment(contract: Contract) -> dict[str, Value]:
    """To whom the money goes, and in how many draws until when where it goes in parts."""
    paid = payment_mode.payouts(contract)
    modes = [mode.label for mode in _OF_MODE if mode in {each.mode for each in paid}]
    found: dict[str, Value] = {"payment_mode": "与".join(modes)}
    if contract.draw_until is None:
        payee = f"{contract.payee_name}，账号{contract.payee_account}（{contract.payee_bank or '本行'}）"
        return found | {"payee": payee}
    return found | {"payee": "提款计划所列收款人", "draws": len(paid), "draw_until": contract.draw_until}


_OWNER: dict[str, str] = {D.MORTGAGE_CONTRACT: "抵押人", D.PLEDGE_CONTRACT: "出质人"}


def _head(contract: Contract, wanted: _Wanted, values: Values) -> Facts:
    """The people of the paper, and for the loan its terms at a glance."""
    people = [("贷款人", str(values["lender"]))]
    if wanted.document == D.GUARANTEE_CONTRACT:
        people += [("保证人", str(values["guarantor"])), ("证件号码", str(values["guarantor_identity_no"]))]
    if "mortgagor" in values:
        people.append((_OWNER[wanted.document], str(values["mortgagor"])))
    people.append(("借款人", str(values["borrower"])))
    if "credit_code" in values:
        people += [
            ("统一社会信用代码", str(values["credit_code"])),
            ("法定代表人", str(values["legal_representative"])),
        ]
    else:
        people.append(("借款人证件号码", str(values["identity_no"])))
    if wanted.document != D.LOAN_CONTRACT:
        return Facts([*people, ("借款合同编号", contract.contract_no)])
    if values["co_borrowers"]:
        people.append(("共同借款人", str(values["co_borrowers"])))
    return Facts(
        [
            *people,
            ("借款金额", f"人民币{yuan(contract.amount)}元（大写：{values['amount_in_words']}）"),
            ("期限与年利率", f"{contract.term_months}个月，{contract.rate.normalize():f}%（单利）"),
            ("还款方式与还款日", f"{values['repayment_method']}，每月{contract.repayment_day}日"),
            ("用途与支付方式", f"{values['purpose']}，{values['payment_mode']}"),
        ]
    )


def _annex(contract: Contract, document: LegalDocument) -> Iterator[Block]:
    if document == D.ENTRUSTED_PAYMENT_ORDER:
        entrusted = [each for each in payment_mode.payouts(contract) if each.mode is payment_mode.Mode.ENTRUSTED]
        rows = [
            [str(number), each.payee_name, each.payee_account, each.payee_bank or "本行", yuan(each.amount)]
            for number, each in enumerate(entrusted, 1)
        ]
        yield Table(
            ["序号", "收款人", "账号", "开户行", "金额（元）"], rows, ["center", "left", "left", "left", "right"]
        )
    if document == D.LOAN_CONTRACT and contract.draw_until is not None:
        yield from _draw_plan(contract)
    yield Paragraph("（以下无正文）", indent=False, align="center", small=True)


def _draw_plan(contract: Contract) -> Iterator[Block]:
    """The plan of the draws, as it is agreed."""
    rows = [
        [
            str(each.number),
            yuan(each.amount),
            f"{each.planned_on:%Y-%m-%d}" if each.planned_on else "提款期内",
            "；".join(filter(None, [each.purpose_note, each.condition])) or "—",
            f"{each.payee_name}，{each.payee_account}（{each.payee_bank or '本行'}）",
        ]
        for each in contract.draws.all()
    ]
    yield Paragraph("提款计划", indent=False, align="center")
    heads = ["序号", "金额（元）", "最早提款日", "用途与条件", "收款人"]
    yield Table(heads, rows, ["center", "right", "center", "left", "left"])


# --- Who signs them ------------------------------------------------------------------------------
def _signers(contract: Contract, papers_of_others: Iterable[LoanParty | None]) -> list[ContractSigner]:
    """The borrower, who answers for the debt with him, and who signs a paper of his own."""
    beside = {each.pk: each for each in _parties(contract.application, *PartyRole) if each.is_obligor}
    beside |= {each.pk: each for each in papers_of_others if each is not None}
    return [
        ContractSigner(contract=contract, role=SignerRole.BORROWER),
        *(ContractSigner(contract=contract, party=each, role=_signs_as(each)) for each in beside.values()),
    ]


def _signs_as(party: LoanParty) -> SignerRole:
    """For the firm its representative signs as the borrower; what he signs for himself is a guarantee."""
    if party.role == PartyRole.LEGAL_REPRESENTATIVE:
        return SignerRole.GUARANTOR
    return SignerRole(party.role)


def signs(signer: ContractSigner, paper: LoanPaper) -> bool:
    """Whether this person's signature belongs under this paper."""
    if paper.party_id is not None:
        return signer.party_id == paper.party_id
    if paper.document == D.LOAN_CONTRACT and signer.party is not None:
        return signer.party.is_obligor and signer.role != SignerRole.GUARANTOR
    return signer.role == SignerRole.BORROWER


# --- As PDF --------------------------------------------------------------------------------------
@transaction.atomic
def issued(paper: LoanPaper) -> bytes:
    """The sealed PDF of a signed paper; made and kept the first time. Raises `contract_not_signed` (409)."""
    held = LoanPaper.objects.select_for_update(of=("self",)).select_related("contract__application").get(pk=paper.pk)
    if held.contract.signed_at is None:
        raise Conflict("contract_not_signed", "合同尚未签署")
    return sealed_files.sealed(
        held,
        lambda: _set(held),
        application_id=held.contract.application_id,
        key=held.data_key(),
        reason=f"{held.title}签署",
    )


def to_read(paper: LoanPaper) -> bytes:
    """The paper as PDF before it is signed: to be read, marked as unsigned, neither sealed nor kept."""
    return papers.render(_set(paper, watermark="待签署 · 仅供阅读"), exact=True)


def to_sign(paper: LoanPaper) -> bytes:
    """The paper as PDF as the signing provider gets it."""
    return papers.render(_set(paper), exact=True)


def read(paper: LoanPaper, *, by: Staff) -> bytes:
    """The PDF as it stands, signed or not, with all its personal data: for investigators, the officer who pays and the
    auditor. Who read it is on record. Raises `not_in_charge` (403)."""
    application = paper.contract.application
    sealed_files.check_reader(application, by)
    audit.record(by=by, action="loan.read_contract", subject=subject_of(application), paper=paper.number)
    return to_read(paper) if paper.contract.signed_at is None else issued(paper)


def _set(paper: LoanPaper, watermark: str | None = None) -> Paper:
    contract = paper.contract
    boxes = [_box(signer, paper) for signer in contract.signers.all() if signs(signer, paper)]
    lender = SignatureBox(
        "贷款人（盖章）",
        contract.application.branch.name,
        signed_at=contract.signed_at,
        stamp=f"{settings.BANK_NAME}合同专用章" if contract.signed_at else "",
    )
    return Paper(
        paper.title,
        paper.number,
        [*storing.from_text(paper.blocks), *boxes, lender],
        verification_url=verification_url(paper.code),
        verification_code="-".join(paper.code[at : at + 4] for at in range(0, _CODE_LENGTH, 4)),
        watermark=watermark,
        dated=paper.dated,
    )


def _box(signer: ContractSigner, paper: LoanPaper) -> SignatureBox:
    contract = signer.contract
    person = signer.party or contract.application.customer
    picture = evidence.fetch(signer.signature_file, key=person.data_key()) if signer.signature_file else None
    notes = {
        "": "",
        ContractSigner.Method.HANDWRITTEN: f"面签（双录编号{signer.recording_reference}）",
        ContractSigner.Method.ONE_TIME_CODE: f"电子签名（短信验证码），证书{signer.certificate_no}",
        ContractSigner.Method.FACE: f"电子签名（人脸核验），证书{signer.certificate_no}",
    }
    return SignatureBox(
        _hand(signer, paper),
        person.name,
        picture=picture,
        signed_at=signer.signed_at,
        note=notes.get(signer.signing_method, ""),
    )


def _hand(signer: ContractSigner, paper: LoanPaper) -> str:
    """As what somebody signs; a firm by the hand of who acts for it."""
    what = _OWNER.get(paper.document) or signer.get_role_display()
    application = signer.contract.application
    if signer.party_id is None and application.customer.kind == obligors.FIRM:
        acting = obligors.representative(application)
        return f"{what}（法定代表人{acting.name if acting else ''}签字、盖章）"
    return f"{what}（签字）"


def verification_url(code: str) -> str:
    """Where anybody can see whether a paper is the bank's."""
    return f"{settings.PUBLIC_URL}/verify/{code}"


def issue_waiting(most: int = 500) -> int:
    """Make and seal the papers of signed contracts that nobody has asked for yet; how many."""
    waiting = LoanPaper.objects.filter(sealed_at__isnull=True, contract__signed_at__isnull=False)
    rows = list(waiting.order_by("contract__signed_at")[:most])
    for paper in rows:
        issued(paper)
    return len(rows)
