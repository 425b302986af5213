"""Readable business numbers: a letter pair, the business date, and a count that never repeats."""

from django.db import connection

from aladdin import clock


def application_no() -> str:
    """申请编号, e.g. `SQ20261124000017`."""
    return _next("SQ")


def authorization_no() -> str:
    """征信授权编号."""
    return _next("ZX")


def contract_no() -> str:
    """合同编号."""
    return _next("HT")


def account_no() -> str:
    """借据号."""
    return _next("JJ")


def payment_ref() -> str:
    """支付请求号, under which core banking pays at most once."""
    return _next("ZF")


def authority_draft_no() -> str:
    """授权调整编号."""
    return _next("SQTZ")


def prepayment_no() -> str:
    """提前还款申请编号."""
    return _next("TH")


def envelope_no() -> str:
    """签约编号, under which the signing provider keeps one envelope at most."""
    return _next("QY")


def offer_no() -> str:
    """报价编号."""
    return _next("BJ")


def _next(prefix: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('loans_business_no')")
        (count,) = cursor.fetchone()
    return f"{prefix}{clock.today():%Y%m%d}{count:06d}"
