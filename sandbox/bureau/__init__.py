"""The credit bureau's query door for personal reports.

A query needs a known organization and user, one of the central bank's reason codes, and the number of the
person's authorization. The same authorization for the same person and reason brings the same report again,
without a second trace; for anybody or anything else it is refused (409).

A report follows from the identity number: one person in seven has no record, three in five are clean, the
rest were overdue once or are so today. `POST /_sandbox/bureau/subjects {identity_no, history}` chooses:
NO_RECORD, CLEAN, PAST_OVERDUE, OVERDUE, MUCH_QUERIED; `POST /_sandbox/bureau/everybody {history}` chooses for all whom
nobody named. Queries for an approval (02, 03, 08, 22, 24, 26)
made here show in the person's later reports. Amounts are text in yuan.
"""
