"""When a loan is first looked at after its disbursement (domain 1.7; no national number exists)."""

from aladdin.parameters import Seed

_BASIS = "个人贷款管理办法（2024）贷后管理：频率按产品、借款人、金额；行内默认"

SEED = [
    Seed(
        code="postloan.first_check_days_close",
        value=15,
        unit="天",
        description="首次检查期限：经营用途、受托支付或大额贷款，自放款日起",
        legal_basis=_BASIS,
    ),
    Seed(
        code="postloan.first_check_days_plain",
        value=30,
        unit="天",
        description="首次检查期限：其他消费贷款，自放款日起",
        legal_basis=_BASIS,
    ),
    Seed(
        code="postloan.first_check_large_amount",
        value=500_000,
        unit="元",
        description="超过此金额的贷款按较短期限首次检查",
        legal_basis=_BASIS,
    ),
    Seed(
        code="postloan.window_days",
        value=15,
        unit="天",
        description="检查任务在完成期限前多少天下发",
        legal_basis="行内默认",
    ),
]
