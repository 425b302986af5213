"""Settings by place: development, test and production, each on top of base."""
