"""The room's addresses: customers for phones, feeds for the back office, the core banking system's signed doors."""
