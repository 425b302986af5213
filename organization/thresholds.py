"""Thresholds of signing in."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="sign_in.failures_before_lock",
        value=5,
        unit="次",
        description="连续登录失败多少次后锁定",
        legal_basis="GB/T 22239-2019 三级 8.1.4.1；行内默认",
    ),
    Seed(
        code="sign_in.lock_minutes",
        value=30,
        unit="分钟",
        description="锁定时长",
        legal_basis="GB/T 22239-2019 三级 8.1.4.1；行内默认",
    ),
]
