"""Intake (进件): from the draft to the file that is handed in, and the ways out before the money moves."""

from typing import Any
from uuid import UUID

from django.db import transaction

from aladdin import audit, clock
from aladdin.api.concurrency import check_version
from aladdin.problems import Conflict, NotFound
from crm.models import Customer
from loans import admission, field_log, investigation, limits, notices, numbers, products, reason_catalogue
from loans.codes import Stage, Step
from loans.decision import support
from loans.diligence import reports
from loans.leading import lead_only, touch
from loans.models import ClosingReason, LoanApplication
from loans.reading import undisturbed
from loans.refusals import refuse, refuse_any
from loans.states import EDITABLE, State
from loans.transitions import advance, began, check_move, hold, move, subject_of
from organization.access import require
from organization.models import Staff
from organization.roles import Role

#: What the phone may fill in; the sealed ones are written through their descriptors.
FIELDS = frozenset(
    {
        "amount",
        "term_months",
        "purpose",
        "purpose_note",
        "repayment_method",
        "repayment_day",
        "payment_months",
        "occupation",
        "marital_status",
        "residence_area",
        "employer",
        "monthly_income",
        "monthly_debt",
        "identity_expires_on",
        "identity_is_long_term",
        "payee_name",
        "payee_account",
        "payee_bank",
    }
)
#: A change of one of these undoes what B has confirmed.
_CONFIRMED = frozenset(
    {"amount", "term_months", "purpose", "repayment_method", "payment_months", "monthly_income", "monthly_debt"}
)


# --- Draft ---------------------------------------------------------------------------------------
@transaction.atomic
def create(
    *,
    by: Staff,
    customer_id: UUID,
    product: str,
    application_id: UUID | None = None,
    co_investigator_id: UUID | None = None,
    by_customer: bool = False,
    **filled: Any,
) -> tuple[LoanApplication, bool]:
    """A draft for a customer within the RM's sight, who leads it as investigator A; and whether it is new.

    `application_id` may be made on the phone: the same draft sent again under it gives the first. `by_customer`: the
    customer began it himself, through the RM's link. Raises NotFound, `product_not_on_shelf`, `amount_out_of_range`
    and its like (422), `id_taken` (409)."""
    require(by, "loan.create")
    if application_id and (known := _known(application_id, customer_id, product, by)):
        return known, False
    customer = Customer.objects.visible_to(by).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound("没有找到该客户")
    version = products.version_in_force(product)
    application = LoanApplication(
        application_no=numbers.application_no(),
        customer=customer,
        product=version.product,
        product_version=version,
        branch=by.branch,
        investigator=by,
    )
    if application_id:
        application.id = application_id
    _fill(application, filled)
    _ask_to_assist(application, co_investigator_id)
    refuse_any(limits.beyond(application))
    application.save(force_insert=True)
    began(application, by=by, by_customer=by_customer)
    return application, True


def _known(application_id: UUID, customer_id: UUID, product: str, by: Staff) -> LoanApplication | None:
    rows = LoanApplication.objects.select_related("product")
    known: LoanApplication | None = rows.filter(pk=application_id).first()
    if known is None:
        return None
    if (known.investigator_id, known.customer_id, known.product.code) != (by.pk, customer_id, product):
        raise Conflict("id_taken", "该标识已被使用，请重新生成")
    return known


@transaction.atomic
def edit(
    application: LoanApplication,
    *,
    by: Staff,
    version: int | None = None,
    co_investigator_id: UUID | None = None,
    **filled: Any,
) -> LoanApplication:
    """Change what is given while the file is the investigators'. Raises `stale` (412), `not_editable` (409),
    `not_in_charge` (403), `amount_out_of_range` and its like (422)."""
    held = hold(application.pk)
    lead_only(held, "loan.edit", by)
    check_version(held, version)
    if held.state not in EDITABLE:
        raise Conflict("not_editable", f"当前状态“{State(held.state).label}”不能修改申请", state=held.state)
    changed = change(held, filled, by=by, co_investigator_id=co_investigator_id)
    field_log.note(held, Step.APPLICANT, {name: filled[name] for name in changed if name in filled}, by=by)
    return held


def change(
    held: LoanApplication, filled: dict[str, Any], *, by: Staff, co_investigator_id: UUID | None = None
) -> set[str]:
    """Set what differs on a held application that may be edited, within the product's limits; what was changed."""
    changed = _fill(held, filled)
    asked = _ask_to_assist(held, co_investigator_id)
    refuse_any(limits.beyond(held))
    if held.state != State.DRAFT:
        refuse_any(limits.missing(held))
    _save_edit(held, changed, by)
    if asked and held.state != State.DRAFT:
        notices.asked_to_assist(held)
    return changed


def _save_edit(held: LoanApplication, changed: set[str], by: Staff) -> None:
    held.version += 1
    held.updated_at = clock.now()
    held.save()
    if changed & _CONFIRMED or "co_investigator" in changed:
        investigation.reopen(held)
    audit.record(by=by, action="loan.edit", subject=subject_of(held), fields=sorted(changed))


def _fill(application: LoanApplication, filled: dict[str, Any]) -> set[str]:
    """Set what differs; the names of what changed."""
    changed = {name for name, value in filled.items() if getattr(application, name) != value}
    if unknown := changed - FIELDS:
        raise ValueError(f"not to be filled in: {sorted(unknown)}")
    for name in changed:
        setattr(application, name, filled[name])
    return changed


def _ask_to_assist(application: LoanApplication, staff_id: UUID | None) -> bool:
    """Make a colleague B; whether he is a new one. Raises `co_investigator_not_suitable`."""
    if staff_id is None or staff_id == application.co_investigator_id:
        return False
    able = Staff.objects.active().with_role(Role.RM).filter(branch=application.branch_id, pk=staff_id)
    colleague = able.exclude(pk=application.investigator_id).exclude(pk=application.reviewer_id).first()
    if colleague is None:
        detail = "协办须为本机构另一名在职客户经理"
        raise refuse("co_investigator_not_suitable", detail, "co_investigator")
    application.co_investigator = colleague
    return True


# --- Moves ---------------------------------------------------------------------------------------
@transaction.atomic
def accept(application: LoanApplication, *, by: Staff) -> LoanApplication:
    """Take the case up (受理). Raises `field_missing`, `amount_out_of_range`, `age_out_of_range`,
    `customer_blacklisted` and their like (422), `application_in_flight` (409)."""
    Customer.objects.select_for_update(no_key=True).get(pk=application.customer_id)  # two drafts at once
    held = hold(application.pk)
    check_move(held, "accept", by)
    with undisturbed():
        refuse_any(limits.broken_by(held))
        found = list(admission.against(held))
        if any(each.code == "application_in_flight" for each in found):
            raise Conflict("application_in_flight", found[-1].detail, blockers=[each.as_dict() for each in found])
        refuse_any(found)
        move(held, "accept", by=by)
        support.keep(held, Stage.ACCEPTANCE, by=by)
    advance(held, by=None, reason="客户受理前已自助完成")
    notices.asked_to_assist(held)
    return held


@transaction.atomic
def submit(application: LoanApplication, *, by: Staff) -> LoanApplication:
    """Hand the file in (报审), for the first time or again after a return, with the report for who decides.

    Raises `transition_blocked` (409) with everything that is missing."""
    held = hold(application.pk)
    with undisturbed():
        move(held, "resubmit" if held.state == State.RETURNED else "submit", by=by)
        reports.make(held, support.keep(held, Stage.SUBMISSION, by=by), by=by)
    return held


@transaction.atomic
def answer(application: LoanApplication, item_id: int, *, text: str, by: Staff) -> LoanApplication:
    """Answer one thing that the case was returned for. Raises `not_returned`, `already_answered` (409)."""
    held = hold(application.pk)
    lead_only(held, "loan.edit", by)
    if held.state != State.RETURNED:
        raise Conflict("not_returned", "该申请未被退回，无需答复", state=held.state)
    item = held.return_items.filter(pk=item_id).first()
    if item is None:
        raise NotFound("没有找到该退回事项")
    if item.answered_at is not None:
        raise Conflict("already_answered", "该退回事项已答复")
    item.answer, item.answered_by, item.answered_at = text, by, clock.now()
    item.save()
    touch(held)
    audit.record(by=by, action="loan.answer_return", subject=subject_of(held), item=item.pk)
    return held


@transaction.atomic
def cancel(application: LoanApplication, *, by: Staff | None, reason: str, reason_code: str = "") -> LoanApplication:
    """The bank drops the case: its RM, the manager of the branch, or the system for idleness (None). People take the
    code from the catalogue. Raises `reason_unknown` (422)."""
    held = hold(application.pk)
    check_move(held, "cancel", by)
    if reason_code and by is not None:
        reason_catalogue.chosen(reason_code, ClosingReason.Stage.CANCELLATION)
    return move(held, "cancel", by=by, reason=reason, reason_code=reason_code)


@transaction.atomic
def fall_back(application: LoanApplication, *, reason: str) -> LoanApplication:
    """Back to acceptance, since an identity changed or an authorization is gone; on again as far as what was
    proved still holds."""
    held = move(hold(application.pk), "fall_back", by=None, reason=reason)
    advance(held, by=None, reason="原核验与授权仍然有效")
    return held
