"""The room in the back office: one module a subject; importing them registers them."""

from loans.admin import authority, log, products, rates, versions

__all__ = ["authority", "log", "products", "rates", "versions"]
