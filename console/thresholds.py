"""Thresholds of the pages."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="console.stuck_after_hours",
        value=24,
        unit="小时",
        description="进件在同一状态停留多久视为停滞",
        legal_basis="行内默认：进件两小时承诺",
    ),
]
