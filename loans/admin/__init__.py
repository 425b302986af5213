"""The room in the back office: one module a subject; importing them registers them."""

from loans.admin import (
    areas,
    authority,
    chain,
    collateral,
    credit,
    decision_runs,
    desks,
    listed,
    log,
    parties,
    products,
    rates,
    readings,
    related,
    rules,
    versions,
)

__all__ = [
    "areas",
    "authority",
    "chain",
    "collateral",
    "credit",
    "decision_runs",
    "desks",
    "listed",
    "log",
    "parties",
    "products",
    "rates",
    "readings",
    "related",
    "rules",
    "versions",
]
