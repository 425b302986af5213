"""The room's addresses for phones: thin, one capability a file."""
