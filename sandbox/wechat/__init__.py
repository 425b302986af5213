"""The official-account platform (公众平台) of WeChat, as far as the bank speaks to it.

Answers are WeChat's own: always HTTP 200, `{"errcode": 0, "errmsg": "ok", …}`.

- **Tokens** live 7,200 s. `POST /cgi-bin/stable_token` gives the same one to everybody, a new one in its
  last five minutes (both hold until the old one ends) or when forced, which kills the old one at once
  (40001), at most every 30 s and 20 times a day. `GET /cgi-bin/token` is the older door: each call kills
  the token of the call before.
- **Followers** are made by `POST /_sandbox/wechat/followers {openid, name, follows, scene}`. Never seen:
  40003; gone: 43004. Following and leaving are told to the bank as `subscribe` and `unsubscribe` events.
- **Templates**: any well-formed id exists until the first is registered by `POST
  /_sandbox/wechat/templates {template_id, title, fields: {thing1: 事项}}`; from then on others are 40037
  and their fields are required.
- **Fields** have the type that their name begins with, and its length (`fields.py`): 47003 otherwise.
- **Quotas**: 100,000 messages a day (45009) and 20,000 a minute (45011); `POST /_sandbox/wechat/limits
  {daily, minute}` sets others.
- The same `client_msg_id` to the same person within ten minutes is sent once and answered with the same
  msgid.
- **Results** go to SANDBOX_WECHAT_CALLBACK as TEMPLATESENDJOBFINISH events, signed, plain or AES; 3
  attempts.

- **Talk**: `POST /_sandbox/wechat/says {openid, content}`, `/clicks {openid, key}`, `/scans {openid, ticket}` are
  what a follower does; the bank's answer to the call, in the mode that is set, appears in his chat. Customer-service
  messages (`custom/send`) go within 48 hours and 5 times after a text, a minute and 3 times after a button, a scan or
  following: 45015 and 45047 otherwise.
- **QR codes** (`qrcode/create`, QR_STR_SCENE only) have a ticket, a picture, and their end.
- **Menu**: `menu/create`, `get` (46003 where there is none), `delete`; what does not fit has the code of its part
  (40016 to 40025).
- **OAuth**: `/connect/oauth2/authorize` asks whose phone it is (`as=<openid>` says it) and goes back to this machine
  only; a code is good once (40163) and for five minutes (42003).

Faults besides the common ones: `short_lived` of both token doors (`seconds`), and of `send_template`
`user_block` and `system_failed`: accepted, but the result says that it did not arrive. `error` takes
WeChat's code, e.g. -1. `/wechat/phone` shows what arrived on the followers' phones.
"""
