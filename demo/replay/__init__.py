"""The bank's years as they happened: the source's bank goes in through Aladdin's own doors, day by day."""
