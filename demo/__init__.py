"""A bank to look at: the demo bank, the replay of a real bank's years, and a synthetic bank of any size."""
