"""Keeping the terms of loan products: the next version is drafted, furnished and published; then it never changes."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from aladdin import audit, clock
from aladdin.problems import Conflict, RuleBroken
from loans.models import LoanProduct, LoanProductVersion
from organization import access
from organization.models import Staff

State = LoanProductVersion.State


@transaction.atomic
def draft_next(product: LoanProduct, *, by: Staff) -> LoanProductVersion:
    """A draft from tomorrow on, with all that the newest version says. Raises `draft_exists` (409),
    `no_version_to_follow` (422)."""
    access.require(by, "loan_product.edit")
    LoanProduct.objects.select_for_update().get(pk=product.pk)
    newest = product.versions.order_by("-version").first()
    if newest is None:
        raise RuleBroken("no_version_to_follow", "该产品还没有版本，请先新建")
    if newest.state == State.DRAFT:
        raise Conflict("draft_exists", f"该产品已有草稿版本 v{newest.version}，请先发布")
    draft = _copied(newest)
    audit.record(by=by, action="draft_loan_product_version", subject=_subject(draft), after=newest.version)
    return draft


def _copied(newest: LoanProductVersion) -> LoanProductVersion:
    terms = {
        field.attname: getattr(newest, field.attname)
        for field in newest._meta.concrete_fields
        if field.attname not in {"id", "version", "state", "effective_from"}
    }
    tomorrow = clock.today() + timedelta(days=1)
    draft = LoanProductVersion.objects.create(version=newest.version + 1, effective_from=tomorrow, **terms)
    for parts in (newest.fees, newest.required_materials, newest.approval_tiers):
        for part in parts.all():
            part.pk, part.version_id = None, draft.pk
            part.save(force_insert=True)
    return draft


@transaction.atomic
def publish(version: LoanProductVersion, *, by: Staff) -> LoanProductVersion:
    """The draft rules from its day on. Raises `version_published` (409), `version_incomplete` (422, all reasons)."""
    access.require(by, "loan_product.edit")
    draft = LoanProductVersion.objects.select_for_update().get(pk=version.pk)
    if draft.state != State.DRAFT:
        raise Conflict("version_published", "该版本已发布，不能再次发布")
    if reasons := list(_missing(draft)):
        raise RuleBroken("version_incomplete", "暂不能发布：" + "；".join(reasons), blockers=reasons)
    draft.state = State.PUBLISHED
    draft.save(update_fields=["state"])
    audit.record(by=by, action="publish_loan_product_version", subject=_subject(draft), on=f"{draft.effective_from}")
    return draft


def _missing(draft: LoanProductVersion) -> Iterable[str]:
    if draft.effective_from < clock.today():
        yield "生效日已过"
    for field, label in (("repayment_methods", "还款方式"), ("purposes", "允许用途"), ("steps", "办理步骤")):
        if not getattr(draft, field):
            yield f"未选{label}"
    highest = draft.approval_tiers.order_by("-up_to").first()
    if highest is None or highest.up_to < draft.max_amount:
        yield "审批层级未覆盖最高金额"


def _subject(version: LoanProductVersion) -> str:
    return f"loan-product-version/{version.pk}"
