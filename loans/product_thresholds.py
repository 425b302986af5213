"""Thresholds that bound what a product may say: terms, payment, shares of a value (domain 1.2, 1.6)."""

from aladdin.parameters import Seed

_PERSONAL_LOANS = "个人贷款管理办法（国家金融监督管理总局令2024年第3号）"
_WORKING_CAPITAL = "流动资金贷款管理办法（国家金融监督管理总局令2024年第2号）"

#: Percent of the appraised value that may be lent against each kind of collateral (domain 1.6).
_LOAN_TO_VALUE = [
    Seed(
        code=f"loan.max_loan_to_value_{kind}",
        value=percent,
        unit="%",
        description=f"{label}抵质押率上限",
        legal_basis="商业银行押品管理指引（银监发〔2017〕16号）；比例为行内默认",
    )
    for kind, label, percent in (
        ("residential", "住宅", 70),
        ("commercial", "商业用房", 60),
        ("factory", "工业厂房", 50),
        ("land", "土地使用权", 50),
        ("vehicle", "机动车", 50),
        ("equipment", "机器设备", 40),
        ("deposit", "存单", 90),
    )
]

SEED = [
    Seed(
        code="loan.self_payment_up_to_corporate",
        value=10_000_000,
        unit="元",
        description="企业流动资金贷款支付对象明确时单笔自主支付上限",
        legal_basis=_WORKING_CAPITAL,
    ),
    Seed(
        code="loan.max_term_months_consumption",
        value=60,
        unit="月",
        description="个人消费贷款最长期限（2025年3月通知阶段性可至84个月，由本行另行设定）",
        legal_basis=_PERSONAL_LOANS,
    ),
    Seed(
        code="loan.max_term_months_business",
        value=120,
        unit="月",
        description="个人经营贷款最长期限（一般不超过60个月，经营回收周期较长的不超过120个月）",
        legal_basis=_PERSONAL_LOANS,
    ),
    Seed(
        code="loan.max_term_months_housing",
        value=360,
        unit="月",
        description="个人住房贷款最长期限",
        legal_basis="个人住房贷款管理办法（银发〔1998〕190号）",
    ),
    Seed(
        code="loan.max_term_months_corporate",
        value=120,
        unit="月",
        description="流动资金贷款最长期限（原则上不超过36个月，经营回收周期较长的不超过120个月）",
        legal_basis=_WORKING_CAPITAL,
    ),
    *_LOAN_TO_VALUE,
    Seed(
        code="loan.phone_clock_ahead_minutes",
        value=5,
        unit="分钟",
        description="离线草稿合并时，手机时间最多可超前的分钟数，超出按收到时间计",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.appraisal_valid_days",
        value=180,
        unit="天",
        description="押品评估结果可用于报审的天数",
        legal_basis="商业银行押品管理指引（银监发〔2017〕16号）；天数为行内默认",
    ),
]
