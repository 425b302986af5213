"""Whether a version of a loan product may be published: whole in itself, and within the law (domain 1.2)."""

from collections.abc import Iterable
from itertools import pairwise

from aladdin import clock, parameters
from loans import products
from loans.codes import Guarantee, LegalDocument, LoanKind, Step
from loans.contract_variables import KNOWN
from loans.forms.modules import MODULES
from loans.models import ContractTemplate, LoanProductVersion, PlannedCheck, StepFieldRule
from loans.repayment_rules import faults

#: Without these no application could ever reach its money; what the guarantee or the kind asks for comes on top.
_ALWAYS = (
    Step.APPLICANT,
    Step.IDENTITY_CHECK,
    Step.CREDIT_AUTHORIZATION,
    Step.MATERIALS,
    Step.DUE_DILIGENCE,
    Step.CONFIRMATION,
)
_OF_GUARANTEE = {
    Guarantee.MORTGAGED: Step.COLLATERAL,
    Guarantee.PLEDGED: Step.COLLATERAL,
    Guarantee.GUARANTEED: Step.SPOUSE_GUARANTOR,
}
FOR_BUSINESS = (LoanKind.BUSINESS, LoanKind.CORPORATE)


def wrong_with(draft: LoanProductVersion) -> Iterable[str]:
    """Every reason against publishing, in Chinese."""
    if draft.effective_from < clock.today():
        yield "生效日已过"
    for field, label in (("repayment_methods", "还款方式"), ("purposes", "允许用途"), ("steps", "办理步骤")):
        if not getattr(draft, field):
            yield f"未选{label}"
    yield from _steps(draft)
    yield from _chain(draft)
    yield from _term(draft)
    yield from _price(draft)
    yield from _field_rules(draft)
    if not draft.templates.filter(document=LegalDocument.LOAN_CONTRACT).exists():
        yield "未指定借款合同模板"
    yield from faults(draft.repayment, draft.repayment_methods)
    yield from _templates(draft)
    if not draft.planned_checks.filter(kind=PlannedCheck.Kind.FIRST).exists():
        yield "未安排放款后首次检查"


def _templates(draft: LoanProductVersion) -> Iterable[str]:
    """What the product names is there, unless it is no matter of templates."""
    for named in draft.templates.filter(document__in=KNOWN):
        found = ContractTemplate.objects.filter(
            state=ContractTemplate.State.PUBLISHED, code=named.template_code, document=named.document
        )
        if named.template_version.isdecimal():
            found = found.filter(version=int(named.template_version))
        if not found.exists():
            yield f"没有已发布的{named.get_document_display()}模板{named.template_code} {named.template_version}"


def _steps(draft: LoanProductVersion) -> Iterable[str]:
    if not draft.steps:
        return
    wanted = [*_ALWAYS]
    if (step := _OF_GUARANTEE.get(Guarantee(draft.product.guarantee))) is not None:
        wanted.append(step)
    if draft.product.kind in FOR_BUSINESS:
        wanted.append(Step.BUSINESS_INFORMATION)
    lacking = [step.label for step in wanted if step not in draft.steps]
    if lacking:
        yield f"办理步骤缺少{'、'.join(map(str, lacking))}"
    if len(set(draft.steps)) != len(draft.steps):
        yield "办理步骤有重复"
    yield from faults_of_order(draft.steps)


def faults_of_order(steps: list[str]) -> Iterable[str]:
    """The applicant comes first, the confirmation last, and who signs is known before he signs (domain 1.4)."""
    if steps[0] != Step.APPLICANT or steps[-1] != Step.CONFIRMATION:
        yield "办理步骤须以申请信息开始、以确认报审结束"
    place = {step: number for number, step in enumerate(steps)}
    if place.get(Step.IDENTITY_CHECK, 0) > place.get(Step.CREDIT_AUTHORIZATION, len(steps)):
        yield "身份核验须在征信授权之前"


def _chain(draft: LoanProductVersion) -> Iterable[str]:
    tiers = list(draft.approval_tiers.order_by("level"))
    if not tiers or max(tier.up_to for tier in tiers) < draft.max_amount:
        yield "审批层级未覆盖最高金额"
    if any(lower.up_to > higher.up_to for lower, higher in pairwise(tiers)):
        yield "上级审批权限不得低于下级"


def _term(draft: LoanProductVersion) -> Iterable[str]:
    kind = LoanKind(draft.product.kind)
    longest = parameters.integer(f"loan.max_term_months_{kind.lower()}", on=draft.effective_from)
    if draft.max_term_months > longest:
        yield f"{kind.label}贷款期限不得超过{longest}个月"


def _price(draft: LoanProductVersion) -> Iterable[str]:
    try:
        products.price(draft)
    except products.LprMissing:
        yield "所选期限尚无LPR报价"


def _field_rules(draft: LoanProductVersion) -> Iterable[str]:
    for rule in draft.field_rules.all():
        module = MODULES.get(Step(rule.step))
        known = {field.name: field for field in module.fields(draft)} if module is not None else {}
        if rule.field not in known:
            yield f"{Step(rule.step).label}表单没有字段“{rule.field}”"
        elif known[rule.field].core and rule.rule != StepFieldRule.Rule.REQUIRED:
            yield f"{Step(rule.step).label}的{known[rule.field].label}须填写，不能设为{rule.get_rule_display()}"
