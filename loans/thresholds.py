"""Thresholds of lending that a regulator or the bank may change (domain 1.2–1.6)."""

from aladdin.parameters import Seed

_PERSONAL_LOANS = "个人贷款管理办法（国家金融监督管理总局令2024年第3号）"

SEED = [
    Seed(
        code="loan.identity_attempts_a_day",
        value=3,
        unit="次",
        description="每日联网核查次数上限，用完转人工核验",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.credit_authorization_valid_days",
        value=30,
        unit="天",
        description="征信授权未使用的有效天数",
        legal_basis="征信业管理条例第18条；行内默认",
    ),
    Seed(
        code="loan.credit_report_valid_days",
        value=30,
        unit="天",
        description="征信报告可用于报审的天数",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.site_visit_waiver_up_to",
        value=200_000,
        unit="元",
        description="不超过此金额（非住房）可简化或不再进行现场调查",
        legal_basis=_PERSONAL_LOANS,
    ),
    Seed(
        code="loan.max_returns",
        value=3,
        unit="次",
        description="一笔申请最多退回次数",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.idle_days_before_cancellation",
        value=30,
        unit="天",
        description="进件阶段无进展多少天后自动撤销",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.debt_to_income_limit",
        value=55,
        unit="%",
        description="偿债收入比提示线（月还款合计÷月收入）",
        legal_basis="行内默认（同业惯例50%–55%）",
    ),
    Seed(
        code="loan.paper_expiry_warning_days",
        value=30,
        unit="天",
        description="证件剩余有效期少于此天数时提示",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.materials_per_application",
        value=200,
        unit="张",
        description="一笔申请最多影像张数",
        legal_basis="行内默认",
    ),
]
