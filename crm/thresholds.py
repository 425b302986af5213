"""Thresholds of withdrawal alerts and of looking at clear data."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="withdrawal_alert.amount",
        value=50_000,
        unit="元",
        description="单笔支出达到此额即提醒管户客户经理",
        legal_basis="行内默认（支取提醒）",
    ),
    Seed(
        code="withdrawal_alert.share_percent",
        value=30,
        unit="%",
        description="单笔支出达到客户存款余额的此比例即提醒",
        legal_basis="行内默认（支取提醒）",
    ),
    Seed(
        code="withdrawal_alert.share_minimum",
        value=10_000,
        unit="元",
        description="按比例提醒时的最低单笔金额",
        legal_basis="行内默认（支取提醒）",
    ),
    Seed(
        code="reveal.daily_limit",
        value=50,
        unit="次",
        description="每人每日查看客户明文信息的次数上限",
        legal_basis="JR/T 0171-2020 C2类信息访问控制；个人信息保护法第五十一条；行内默认",
    ),
]
