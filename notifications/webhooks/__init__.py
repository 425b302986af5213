"""Outbound webhooks after the Standard Webhooks specification: the bank's other systems hear of its events.

An event is told at least once, with its id; events of one subject (`loan-application/<id>`) in their order.
"""

from notifications.webhooks.catalogue import EVENTS, EventType, declare
from notifications.webhooks.outbox import emit

__all__ = ["EVENTS", "EventType", "declare", "emit"]
