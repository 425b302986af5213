"""The bank's mail server and the boxes behind it: SMTP on this machine (SANDBOX_MAIL_PORT), never beyond it.

Every address has a box; `POST /_sandbox/mail/boxes {address, state}` sets what becomes of mail to it: `ok`,
`unknown` (550 5.1.1 at once), `full` (452 4.2.2), `greylisted` (451 4.7.1, the second time it is taken), `policy`
(550 5.7.1), `bounces` (taken, and comes back with 5.1.1), `bounces_full` (taken, and comes back with 5.2.2), `late`
(taken, and a notice says that it is delayed).

What comes back is a delivery status notification (RFC 3464), POSTed to SANDBOX_MAIL_CALLBACK as the mail server's
pipe does, signed by X-Timestamp, X-Nonce and X-Signature.

Faults of the operation `mail`: `busy` (451 after the mail), `refused` (554), `drop_after` (takes it, and breaks off
without an answer), `drop_before` (breaks off and takes nothing). `/mail/boxes` shows what arrived.
"""
