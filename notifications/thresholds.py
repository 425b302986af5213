"""Hours, pauses and terms of notices: the bank's defaults after domain 8, all changeable."""

from aladdin.parameters import Seed

_MANNERS = "行内默认：消息触达规范"
_WECHAT = "微信公众平台接口规则；行内默认"


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
    _seed("notice.board_days", 2, "天", "看板事件保留天数"),
    _seed("notice.wechat_event_days", 7, "天", "微信事件保留天数", _WECHAT),
]
