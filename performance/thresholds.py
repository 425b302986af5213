"""Thresholds of rank notices."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="performance.rank_notice_gap_minutes",
        value=15,
        unit="分钟",
        description="同一人同一指标两次排名变化通知的最短间隔（第一名易主不受此限）",
        legal_basis="行内默认",
    ),
    Seed(
        code="performance.branch_places_told",
        value=10,
        unit="名",
        description="分行排名变化只通知进出前多少名的人",
        legal_basis="行内默认",
    ),
]
