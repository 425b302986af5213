"""Thresholds of the whole house: when the bank is at work."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="working_time.opens",
        value="8.5",
        unit="时",
        description="工作时间开始（8.5 即 8:30），时效按工作时间计算",
        legal_basis="行内默认",
    ),
    Seed(
        code="working_time.closes",
        value="17.5",
        unit="时",
        description="工作时间结束（17.5 即 17:30），时效按工作时间计算",
        legal_basis="行内默认",
    ),
]
