"""The room in the back office: one module a subject; importing them registers them."""

from loans.admin import authority, log, parties, products, rates, versions

__all__ = ["authority", "log", "parties", "products", "rates", "versions"]
