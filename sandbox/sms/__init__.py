"""A carrier's gateway for text messages, which speaks the protocol of Dysmsapi (2017-05-25).

`POST /sms/` with the action in `x-acs-action`, form fields in the body, signed by ACS3-HMAC-SHA256 within 15
minutes and once for each nonce. Business refusals come with HTTP 200 and `{"Code": "isv.…"}`, refusals of the call
itself with 400 or 403.

- **SendSms** {PhoneNumbers, SignName, TemplateCode, TemplateParam, OutId} → BizId. The same OutId twice is two
  messages, as at the real gateway: who does not want that asks first.
- **QuerySendDetails** {PhoneNumber, SendDate, PageSize, CurrentPage} → messages of that day with OutId and
  SendStatus 1 (under way), 2 (failed, ErrCode) or 3 (received).
- **Templates**: any `SMS_<digits>` exists until `POST /_sandbox/sms/templates {code, name, text, kind, state}`, or
  a list of them, registers texts; then an unknown or refused one is isv.SMS_TEMPLATE_ILLEGAL, a missing value
  isv.TEMPLATE_MISSING_PARAMETERS, an address in a value isv.PARAM_NOT_SUPPORT_URL.
- **Limits a number** (isv.BUSINESS_LIMIT_CONTROL, saying which): codes 1 a minute, 5 an hour, 10 a day; others 50 a
  day; `POST /_sandbox/sms/limits {minute, hour, day, others}` sets others.
- **Money**: `POST /_sandbox/sms/balance {messages}`; at nought isv.AMOUNT_NOT_ENOUGH.
- **Numbers** set by `POST /_sandbox/sms/numbers {mobile, state}`: `ok`, `off` (MOBILE_NOT_ON_SERVICE), `empty`
  (INVALID_NUMBER) or `black` (MOBILE_IN_BLACK): accepted, and the status report says so.
- **Reports** go to SANDBOX_SMS_CALLBACK + /reports, answers of people (`POST /_sandbox/sms/answers {mobile,
  content}`) to /uplinks: lists, signed by X-Timestamp, X-Nonce and X-Signature; 3 attempts.

Faults: the common ones of `send` and `query`; `error` takes the gateway's code (`message` besides).
`/sms/phone` shows what arrived on the phones.
"""
