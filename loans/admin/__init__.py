"""The room in the back office: one module a subject; importing them registers them."""

from loans.admin import authority, desks, log, parties, products, rates, versions

__all__ = ["authority", "desks", "log", "parties", "products", "rates", "versions"]
