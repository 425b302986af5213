"""Group robots of three platforms, each with its own signature, form, limit and codes; HTTP 200 whatever they think.

Robots are made by `POST /_sandbox/robots/robots {platform, key, secret, group}`, or a list of them; until the first
is, any key is good and signs with `sandbox-secret`.

- **WeCom** `POST /robots/wecom/cgi-bin/webhook/send?key=` {msgtype: text | markdown}: 93000 for a key that is none,
  45009 beyond 20 a minute, 40058 for a form it does not know, 44004 without content, 45002 beyond 4,096 bytes.
- **Feishu** `POST /robots/feishu/open-apis/bot/v2/hook/<key>` {timestamp, sign, msg_type: text | post}: 19001 for a
  key that is none, 19021 for a wrong signature or one of another hour, 11232 beyond 100 a minute or 5 a second,
  9499 for a form it does not know.
- **DingTalk** `POST /robots/dingtalk/robot/send?access_token=&timestamp=&sign=` {msgtype: text | markdown}: 300001
  for a token that is none, 310000 for a wrong signature or one of another hour, 130101 beyond 20 a minute, and for
  ten minutes after that, 400105 for a form it does not know.

Faults: the common ones of `wecom`, `feishu`, `dingtalk`; `error` takes the platform's code. `/robots/groups` shows
the chats.
"""
