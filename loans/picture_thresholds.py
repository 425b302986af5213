"""Thresholds of pictures, papers and readings that the bank may change (domain 5.3, 5.7)."""

from aladdin.parameters import Seed

SEED = [
    Seed(
        code="loan.reading_attempts",
        value=2,
        unit="次",
        description="一张证件照片识别引擎最多尝试次数",
        legal_basis="行内默认",
    ),
    Seed(
        code="loan.reading_picture_kept_hours",
        value=24,
        unit="小时",
        description="未确认的银行卡照片最长保留时间，确认后立即销毁",
        legal_basis="JR/T 0171—2020（C3类信息不应留存）；小时数为行内默认",
    ),
]
