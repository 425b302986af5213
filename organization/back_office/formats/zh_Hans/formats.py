"""Dates and times as lists of the back office show them: short, sortable by eye, to the second."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
