"""Keeping the terms of loan products: the next version is drafted, furnished, checked by a second person and published;
then it never changes, and applications that began under it keep it.

DRAFT → IN_CHECK (submit) → PUBLISHED (publish) or back to DRAFT (send_back).
"""

from datetime import timedelta

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from loans import product_soundness
from loans.models import LoanProduct, LoanProductVersion
from organization import access
from organization.models import Staff

State = LoanProductVersion.State
#: What hangs on a version and is frozen with it.
PARTS = (
    "fees",
    "required_materials",
    "approval_tiers",
    "templates",
    "planned_checks",
    "field_rules",
    "repayment_rules",
)
#: What a version does not take over from the one before it.
OF_ITS_OWN = frozenset(
    {
        "id",
        "version",
        "state",
        "effective_from",
        "change_note",
        "changed_by",
        "submitted_by",
        "submitted_at",
        "published_by",
        "published_at",
    }
)


@transaction.atomic
def draft_next(product: LoanProduct, *, by: Staff) -> LoanProductVersion:
    """A draft from tomorrow on, with all that the newest version says. Raises `draft_exists` (409),
    `no_version_to_follow` (422)."""
    access.require(by, "loan_product.edit")
    LoanProduct.objects.select_for_update().get(pk=product.pk)
    newest = product.versions.order_by("-version").first()
    if newest is None:
        raise RuleBroken("no_version_to_follow", "该产品还没有版本，请先新建")
    if newest.state != State.PUBLISHED:
        raise Conflict("draft_exists", f"该产品已有未发布的版本 v{newest.version}，请先发布")
    draft = _copied(newest, by)
    audit.record(by=by, action="draft_loan_product_version", subject=_subject(draft), after=newest.version)
    return draft


def _copied(newest: LoanProductVersion, by: Staff) -> LoanProductVersion:
    terms = {
        field.attname: getattr(newest, field.attname)
        for field in newest._meta.concrete_fields
        if field.name not in OF_ITS_OWN
    }
    tomorrow = clock.today() + timedelta(days=1)
    draft = LoanProductVersion.objects.create(
        version=newest.version + 1, effective_from=tomorrow, changed_by=by, **terms
    )
    for name in PARTS:
        for part in getattr(newest, name).all():
            part.pk, part.version_id = None, draft.pk
            part.save(force_insert=True)
    return draft


@transaction.atomic
def submit(version: LoanProductVersion, *, by: Staff) -> LoanProductVersion:
    """The maker hands the draft to a second person; from here on it is not edited.

    Raises `not_a_draft` (409), `version_incomplete` (422, all reasons)."""
    access.require(by, "loan_product.edit")
    draft = _held(version)
    if draft.state != State.DRAFT:
        raise Conflict("not_a_draft", f"该版本{draft.get_state_display()}，不能提交复核")
    _require_sound(draft, "提交复核")
    draft.state, draft.submitted_by, draft.submitted_at = State.IN_CHECK, by, clock.now()
    draft.save(update_fields=["state", "submitted_by", "submitted_at"])
    audit.record(by=by, action="submit_loan_product_version", subject=_subject(draft))
    return draft


@transaction.atomic
def send_back(version: LoanProductVersion, *, by: Staff, reason: str) -> LoanProductVersion:
    """The checker wants it changed, or the maker takes it back: IN_CHECK → DRAFT. Raises `not_in_check` (409)."""
    access.require(by, "loan_product.publish")
    checked = _held(version)
    _require_in_check(checked)
    checked.state, checked.submitted_by, checked.submitted_at = State.DRAFT, None, None
    checked.save(update_fields=["state", "submitted_by", "submitted_at"])
    audit.record(by=by, action="send_back_loan_product_version", subject=_subject(checked), reason=reason)
    return checked


@transaction.atomic
def publish(version: LoanProductVersion, *, by: Staff) -> LoanProductVersion:
    """A second person lets the version rule from its day on. Neither who changed it last nor who submitted it may.

    Raises `maker_is_checker` (403), `version_published`, `not_in_check` (409), `version_incomplete` (422)."""
    access.require(by, "loan_product.publish")
    checked = _held(version)
    _require_in_check(checked)
    if by.pk in {checked.submitted_by_id, checked.changed_by_id}:
        raise NotPermitted("maker_is_checker", "编制人不能复核自己编制的产品版本")
    _require_sound(checked, "发布")
    checked.state, checked.published_by, checked.published_at = State.PUBLISHED, by, clock.now()
    checked.save(update_fields=["state", "published_by", "published_at"])
    audit.record(
        by=by,
        action="publish_loan_product_version",
        subject=_subject(checked),
        on=f"{checked.effective_from}",
        maker=f"{checked.submitted_by}",
    )
    return checked


def _held(version: LoanProductVersion) -> LoanProductVersion:
    return LoanProductVersion.objects.select_for_update(of=("self",)).select_related("product").get(pk=version.pk)


def _require_in_check(version: LoanProductVersion) -> None:
    if version.state == State.PUBLISHED:
        raise Conflict("version_published", "该版本已发布，不能再次发布")
    if version.state != State.IN_CHECK:
        raise Conflict("not_in_check", "该版本尚未提交复核")


def _require_sound(version: LoanProductVersion, verb: str) -> None:
    if reasons := list(product_soundness.wrong_with(version)):
        raise RuleBroken("version_incomplete", f"暂不能{verb}：" + "；".join(reasons), blockers=reasons)


def _subject(version: LoanProductVersion) -> str:
    return f"loan-product-version/{version.pk}"
