"""The bank's doors to other systems for lending, one member a file: core banking, identity, credit bureau.

Each reads its settings when called, signs (`aladdin.signatures`), waits no longer than its TIMEOUT, tries once,
and tells apart "no" from "we do not know". When to ask again is for the capability that called.
"""
