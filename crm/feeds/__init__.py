"""Nightly files of the core banking system; their form is in `docs/feeds.md`."""

from crm.feeds.loading import FeedRefused, Loaded, load

__all__ = ["FeedRefused", "Loaded", "load"]
