"""Hours, pauses and terms of notices: the bank's defaults after domain 8, all changeable."""

from aladdin.parameters import Seed

_MANNERS = "行内默认：消息触达规范"
_WECHAT = "微信公众平台接口规则；行内默认"
_ROBOTS = "企业微信、飞书、钉钉群机器人接口规则；行内默认"
_SMS = "通信短信息服务管理规定；行内默认"


def _seed(code: str, value: int, unit: str, description: str, legal_basis: str = _MANNERS) -> Seed:
    return Seed(code=code, value=value, unit=unit, description=description, legal_basis=legal_basis)


SEED = [
    _seed("wechat.critical_from_hour", 7, "时", "紧急消息最早推送时刻"),
    _seed("wechat.critical_until_hour", 22, "时", "紧急消息最晚推送时刻"),
    _seed("wechat.from_hour", 8, "时", "其他消息最早推送时刻"),
    _seed("wechat.until_hour", 21, "时", "其他消息最晚推送时刻"),
    _seed("wechat.retry_1_minutes", 1, "分钟", "第一次重发前等待"),
    _seed("wechat.retry_2_minutes", 5, "分钟", "第二次重发前等待"),
    _seed("wechat.retry_3_minutes", 30, "分钟", "第三次重发前等待"),
    _seed(
        "wechat.repeat_within_minutes", 9, "分钟", "结果不明时可用同一标识重发的时限（微信约 10 分钟内去重）", _WECHAT
    ),
    _seed("wechat.invitation_minutes", 10, "分钟", "绑定邀请有效期", _WECHAT),
    _seed("manners.rest_days_are_quiet", 1, "", "非工作日是否免打扰（1 是，0 否），紧急消息除外"),
    Seed(
        code="manners.digest_hour",
        value="18.5",
        unit="时",
        description="汇总消息的发送时刻（18.5 即 18:30）",
        legal_basis=_MANNERS,
    ),
    _seed("manners.wechat_a_day", 30, "条", "微信每人每日至多推送，超过的转入汇总，紧急消息除外"),
    _seed("manners.email_a_day", 50, "条", "邮件每人每日至多发送，超过的转入汇总，紧急消息除外"),
    _seed("manners.sms_a_day", 10, "条", "短信每人每日至多发送，超过的转入汇总，紧急消息除外"),
    _seed("manners.critical_burst", 1, "条", "同一对象的紧急消息连续推送的条数，其后的合并"),
    _seed("manners.critical_burst_minutes", 10, "分钟", "紧急消息的合并时段"),
    _seed("manners.business_burst", 5, "条", "同类业务消息连续推送的条数，其后的合并"),
    _seed("manners.business_burst_minutes", 10, "分钟", "业务消息的合并时段"),
    _seed("manners.performance_burst", 1, "条", "同类业绩消息连续推送的条数，其后的合并"),
    _seed("manners.performance_burst_minutes", 15, "分钟", "业绩消息的合并时段"),
    _seed("escalation.withdrawal_hours", 2, "工作小时", "大额支取提醒的跟进时限，逾期告知主管"),
    _seed("escalation.task_hours", 9, "工作小时", "征信查询、审查、放款审核任务的办理时限，逾期告知主管"),
    _seed("sms.service_from_hour", 8, "时", "可待日间的服务短信最早发送时刻", _SMS),
    _seed("sms.service_until_hour", 21, "时", "可待日间的服务短信最晚发送时刻", _SMS),
    _seed("sms.marketing_from_hour", 9, "时", "营销短信最早发送时刻", _SMS),
    _seed("sms.marketing_until_hour", 21, "时", "营销短信最晚发送时刻", _SMS),
    _seed("sms.code_minutes", 5, "分钟", "验证码短信的有效期，逾期不再发送", _SMS),
    _seed("sms.codes_a_minute", 1, "条", "同一号码每分钟至多验证码", _SMS),
    _seed("sms.codes_an_hour", 5, "条", "同一号码每小时至多验证码", _SMS),
    _seed("sms.codes_a_day", 10, "条", "同一号码每日至多验证码", _SMS),
    _seed("sms.retry_seconds", 20, "秒", "网关繁忙时首次重发前等待，其后逐次加倍", _SMS),
    _seed("sms.retries", 5, "次", "网关繁忙时至多重发", _SMS),
    _seed("sms.ask_after_seconds", 60, "秒", "结果不明时多久后向网关查询", _SMS),
    _seed("sms.balance_pause_minutes", 30, "分钟", "网关余额不足时通道暂停", _SMS),
    _seed("sms.content_days", 180, "天", "短信号码与内容的保留天数", _SMS),
    _seed("mail.confirm_days", 3, "天", "邮箱确认链接的有效期", _MANNERS),
    _seed("mail.unsubscribe_days", 365, "天", "邮件退订链接的有效期", _MANNERS),
    _seed("robots.a_minute", 20, "条", "每个群机器人每分钟至多发送", _ROBOTS),
    _seed("robots.rest_minutes", 10, "分钟", "钉钉机器人被限流后的等待", _ROBOTS),
    _seed(
        "wechat.answer_milliseconds", 3000, "毫秒", "查询类消息的即时回复时限，超过改发客服消息（微信 5 秒）", _WECHAT
    ),
    _seed("wechat.messages_a_day", 100_000, "条", "模板消息每日上限（账号额度）", _WECHAT),
    _seed("notice.board_days", 2, "天", "看板事件保留天数"),
    _seed("notice.wechat_event_days", 7, "天", "微信事件保留天数", _WECHAT),
    Seed(
        code="webhook.former_secret_hours",
        value=24,
        unit="小时",
        description="更换签名密钥后，旧密钥同时有效的时间",
        legal_basis="Standard Webhooks 规范；小时数为行内默认",
    ),
    Seed(
        code="webhook.event_days",
        value=30,
        unit="天",
        description="对外事件保留并可重放的天数",
        legal_basis="行内默认",
    ),
]
