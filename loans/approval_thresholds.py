"""Thresholds of approval, its queues and clocks that a regulator or the bank may change."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="loan.intake_promise_minutes",
        value=120,
        unit="分钟",
        description="进件承诺时限：受理至报审的工作时间",
        legal_basis="行内服务承诺：进件由两天缩短至两小时",
    ),
    Seed(
        code="loan.pace_days",
        value=180,
        unit="天",
        description="按最近多少天的流转记录统计各环节时长",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.pace_cases",
        value=5,
        unit="笔",
        description="某环节至少有多少笔记录才据以预测办结时间",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.delegation_days",
        value=90,
        unit="天",
        description="审批转授权最长天数",
        legal_basis="商业银行授权、授信管理暂行办法（转授权须有期限）；天数为行内默认",
    ),
    Seed(
        code="loan.approval_sleep_hours",
        value=8,
        unit="工作小时",
        description="一级审批多久未处理即提醒本级、上级与主管",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.approval_escalates_after_hours",
        value=16,
        unit="工作小时",
        description="一级审批多久未处理即由系统上报上级",
        legal_basis="行内默认",
    ),
]
