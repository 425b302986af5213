"""The core banking system's payment door.

Each `client_ref` is paid at most once: the same order again is answered with the first result, another
order under the same reference is refused (409). Money is text in yuan with two decimals.

What happens to the payee's account follows from its number, unless it is registered at
`POST /_sandbox/core-banking/accounts {account, name, state}`:

| account ends in | validation | payment |
| --- | --- | --- |
| 404 | NOT_FOUND | FAILED 收款账户不存在 |
| 409 | NAME_MISMATCH | FAILED 收款户名不符 |
| 410 | CLOSED | FAILED 收款账户已销户 |
| anything else | MATCH | SUCCESS |

Faults of `pay` besides the common ones: `pending` (then SUCCESS, or `result` and `reason`, after
`seconds`; with `seconds` null when `POST /_sandbox/core-banking/settle` says so) and `failed` (`reason`).
The result of a pending payment is posted, signed, to SANDBOX_CORE_BANKING_CALLBACK. `GET
/_sandbox/core-banking/payments` lists all.
"""
