"""Customers and whose they are, their accounts and movements, and what came in from the core banking system."""

from crm.models.customers import Customer, Ownership, Reveal
from crm.models.holdings import Account, AccountHolder, Transaction
from crm.models.incoming import CoreEvent, FeedFile, FeedReject, UsedNonce

__all__ = [
    "Account",
    "AccountHolder",
    "CoreEvent",
    "Customer",
    "FeedFile",
    "FeedReject",
    "Ownership",
    "Reveal",
    "Transaction",
    "UsedNonce",
]
