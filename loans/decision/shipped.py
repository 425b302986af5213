"""The hard rules that the house ships, published from the beginning; what a bank has set stays as it is.

Each is a row with the text of its reason and its legal basis. Numbers that a bank tunes are parameters
(`loans/thresholds.py`), named here and read on the day.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aladdin import clock
from aladdin.parameters import BEGINNING
from loans.codes import About, ApprovalLevel, Outcome, Stage
from loans.models import DecisionRule, DecisionRuleVersion

S = Stage
_BANK_LAW = "商业银行法"
_PERSONAL = "个人贷款管理办法（国家金融监督管理总局令2024年第3号）"
_FROM_ACCEPTANCE = (S.ACCEPTANCE, S.SUBMISSION, S.APPROVAL, S.DISBURSEMENT)
_WITH_REPORT = (S.SUBMISSION, S.APPROVAL)

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """One rule as the house ships it."""

    code: str
    name: str
    stages: tuple[Stage, ...]
    condition: Document
    explanation: str
    legal_basis: str
    outcome: Outcome = Outcome.BLOCK
    when_unknown: Outcome = Outcome.PASS
    refer_to_level: ApprovalLevel | None = None
    about: About = About.BORROWER
    field: str = ""
    is_statutory: bool = False


def _over(fact: str, parameter: str) -> Document:
    return {"fact": fact, "is": ">", "than": {"parameter": parameter}}


def _at_least(fact: str, parameter: str) -> Document:
    return {"fact": fact, "is": ">=", "than": {"parameter": parameter}}


def _more_than_none(fact: str) -> Document:
    return {"fact": fact, "is": ">", "than": {"number": "0"}}


def _on_list(name: str) -> Document:
    return {"fact": "lists", "is": "contains", "than": {"text": name}}


_PERSON: Document = {"fact": "customer_kind", "is": "=", "than": {"text": "PERSON"}}
_UNSECURED: Document = {"fact": "guarantee", "is": "=", "than": {"text": "UNSECURED"}}
_TOO_YOUNG: Document = {"fact": "age", "is": "<", "than": {"fact": "product_min_age"}}
_TOO_OLD: Document = {"fact": "age", "is": ">", "than": {"fact": "product_max_age"}}

RULES = (
    Shipped(
        code="AGE_OUT_OF_RANGE",
        name="借款人年龄",
        stages=(S.ENTRY, S.APPROVAL),
        condition={"all": [_PERSON, {"any": [_TOO_YOUNG, _TOO_OLD]}]},
        explanation="借款人年龄须在{product_min_age}至{product_max_age}之间（现{age}）",
        legal_basis=f"{_PERSONAL}：借款人具有完全民事行为能力；上限为产品规定",
        field="customer",
        is_statutory=True,
    ),
    Shipped(
        code="BIRTH_DATE_UNKNOWN",
        name="借款人出生日期不明",
        stages=(S.ENTRY,),
        condition={"all": [_PERSON, {"fact": "age", "is": "unknown"}]},
        explanation="客户出生日期不明，请先完善客户资料",
        legal_basis=f"{_PERSONAL}：借款人具有完全民事行为能力",
        field="customer",
    ),
    Shipped(
        code="PURPOSE_NOT_ALLOWED",
        name="贷款用途",
        stages=(S.ENTRY, S.SUBMISSION),
        condition={"not": {"fact": "purpose", "is": "in", "than": {"fact": "product_purposes"}}},
        explanation="本产品不支持用途“{purpose}”",
        legal_basis=f"{_PERSONAL}：贷款用途合法、明确，不得发放无指定用途贷款",
        field="purpose",
        is_statutory=True,
    ),
    Shipped(
        code="CUSTOMER_BLACKLISTED",
        name="黑名单",
        stages=_FROM_ACCEPTANCE,
        about=About.EVERY_OBLIGOR,
        condition=_on_list("BLACKLIST"),
        explanation="在本行黑名单内，不得受理",
        legal_basis="反洗钱法；行内名单管理",
        field="customer",
    ),
    Shipped(
        code="RELATED_PARTY_UNSECURED",
        name="关系人信用贷款",
        stages=_FROM_ACCEPTANCE,
        condition={"all": [_on_list("RELATED_PARTY"), _UNSECURED]},
        explanation="不得向关系人发放信用贷款（商业银行法第四十条）",
        legal_basis=f"{_BANK_LAW}第40条",
        field="customer",
        is_statutory=True,
    ),
    Shipped(
        code="RELATED_PARTY_SECURED",
        name="关系人担保贷款",
        stages=(S.ACCEPTANCE, S.SUBMISSION, S.APPROVAL),
        condition={"all": [_on_list("RELATED_PARTY"), {"not": _UNSECURED}]},
        explanation="借款人为本行关系人，担保贷款条件不得优于其他借款人同类贷款",
        legal_basis=f"{_BANK_LAW}第40条",
        outcome=Outcome.REFER,
        refer_to_level=ApprovalLevel.HEAD_OFFICE,
        is_statutory=True,
    ),
    Shipped(
        code="OVERDUE_AT_BANK",
        name="本行现有逾期",
        stages=_FROM_ACCEPTANCE,
        about=About.EVERY_OBLIGOR,
        condition={"any": [_more_than_none("own_overdue_accounts"), _more_than_none("own_written_off_accounts")]},
        explanation="在本行有逾期或不良贷款{own_overdue_accounts}、已核销贷款{own_written_off_accounts}",
        legal_basis=f"{_PERSONAL}：借款人信用状况良好；行内默认",
        field="customer",
    ),
    Shipped(
        code="OVERDUE_IN_BUREAU",
        name="征信当前逾期",
        stages=_WITH_REPORT,
        about=About.EVERY_OBLIGOR,
        condition=_over("bureau_overdue_amount", "loan.bureau_overdue_tolerance"),
        explanation="征信显示当前逾期{bureau_overdue_amount}，超过容忍金额{loan.bureau_overdue_tolerance}元",
        legal_basis=f"{_PERSONAL}：借款人信用状况良好；容忍金额为行内默认",
        when_unknown=Outcome.WARN,
        field="credit",
    ),
    Shipped(
        code="OVERDUE_ELSEWHERE",
        name="征信当前逾期账户",
        stages=_WITH_REPORT,
        about=About.EVERY_OBLIGOR,
        condition=_more_than_none("bureau_overdue_accounts"),
        explanation="征信显示当前逾期账户{bureau_overdue_accounts}",
        legal_basis="行内默认",
        outcome=Outcome.REFER,
        field="credit",
    ),
    Shipped(
        code="OVERDUE_REPEATEDLY",
        name="连三累六",
        stages=_WITH_REPORT,
        about=About.EVERY_OBLIGOR,
        condition={
            "any": [
                {"fact": "bureau_worst_overdue", "is": ">=", "than": {"parameter": "loan.bureau_worst_overdue_limit"}},
                {
                    "fact": "bureau_overdue_months",
                    "is": ">=",
                    "than": {"parameter": "loan.bureau_overdue_months_limit"},
                },
            ]
        },
        explanation=(
            "近24个月逾期{bureau_overdue_months}、最长连续{bureau_worst_overdue}，"
            "达到连续{loan.bureau_worst_overdue_limit}个月或累计{loan.bureau_overdue_months_limit}个月"
        ),
        legal_basis="行内默认（同业惯例“连三累六”）",
        field="credit",
    ),
    Shipped(
        code="QUERIED_OFTEN",
        name="近期查询过多",
        stages=_WITH_REPORT,
        condition=_over("bureau_queries", "loan.bureau_queries_limit"),
        explanation="近3个月征信查询{bureau_queries}，超过{loan.bureau_queries_limit}次",
        legal_basis="行内默认",
        outcome=Outcome.REFER,
        field="credit",
    ),
    Shipped(
        code="DEBT_TO_INCOME_HIGH",
        name="偿债收入比偏高",
        stages=_WITH_REPORT,
        condition=_over("debt_to_income", "loan.debt_to_income_limit"),
        explanation="偿债收入比{debt_to_income}，超过提示线{loan.debt_to_income_limit}%",
        legal_basis=f"{_PERSONAL}：借款人具备还款能力；提示线为行内默认",
        outcome=Outcome.REFER,
        when_unknown=Outcome.WARN,
        field="due_diligence",
    ),
    Shipped(
        code="DEBT_TO_INCOME_EXCESSIVE",
        name="偿债收入比过高",
        stages=_WITH_REPORT,
        condition=_over("debt_to_income", "loan.debt_to_income_ceiling"),
        explanation="偿债收入比{debt_to_income}，超过上限{loan.debt_to_income_ceiling}%",
        legal_basis=f"{_PERSONAL}：借款人具备还款能力；上限为行内默认",
        field="due_diligence",
    ),
    Shipped(
        code="SINGLE_BORROWER_CONCENTRATION",
        name="单一借款人集中度",
        stages=(S.SUBMISSION, S.APPROVAL, S.DISBURSEMENT),
        condition=_over("exposure_to_capital", "loan.single_borrower_capital_share"),
        explanation="同一借款人授信合计占资本净额{exposure_to_capital}，超过{loan.single_borrower_capital_share}%",
        legal_basis=f"{_BANK_LAW}第39条：对同一借款人的贷款余额不得超过资本余额的百分之十",
        field="amount",
        is_statutory=True,
    ),
)


@transaction.atomic
def seed() -> int:
    """Publish the rules that are not there yet; how many the house ships."""
    known = set(DecisionRule.objects.values_list("code", flat=True))
    new = [rule for rule in RULES if rule.code not in known]
    rows = {each.code: DecisionRule(code=each.code, name=each.name, is_statutory=each.is_statutory) for each in new}
    DecisionRule.objects.bulk_create(rows.values())
    DecisionRuleVersion.objects.bulk_create(_version(each, rows[each.code]) for each in new)
    return len(RULES)


def _version(shipped: Shipped, rule: DecisionRule) -> DecisionRuleVersion:
    now = clock.now()
    return DecisionRuleVersion(
        rule=rule,
        state=DecisionRuleVersion.State.PUBLISHED,
        effective_from=BEGINNING,
        stages=list(shipped.stages),
        about=shipped.about,
        condition=shipped.condition,
        outcome=shipped.outcome,
        when_unknown=shipped.when_unknown,
        refer_to_level=shipped.refer_to_level,
        field=shipped.field,
        explanation=shipped.explanation,
        legal_basis=shipped.legal_basis,
        drafted_at=now,
        published_at=now,
    )
