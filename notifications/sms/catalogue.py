"""The texts that the house ships. To add one, add an entry; its row is made when it is first asked for.

`{site}` is the bank's address for customers, which becomes part of the text: carriers let no address pass as a
value, so a link is the address in the text with a token as value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifications.models import SmsKind


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """A text as it is shipped; `variables`: name → type (`text.FORMS`)."""

    name: str
    kind: SmsKind
    text: str
    variables: Mapping[str, str] = field(default_factory=dict)


CATALOGUE: Mapping[str, Shipped] = {
    "one_time_code": Shipped(
        name="验证码",
        kind=SmsKind.CODE,
        text="您正在{purpose}，验证码为{code}，{minutes}分钟内有效。请勿告知他人，银行工作人员不会索取。",
        variables={"purpose": "TEXT", "code": "CODE", "minutes": "NUMBER"},
    ),
    "customer_link": Shipped(
        name="客户办理链接",
        kind=SmsKind.SERVICE,
        text="客户经理{manager}邀请您办理{business}，请在{hours}小时内打开 {site}/apply/{token} 。非本人办理请忽略。",
        variables={"manager": "TEXT", "business": "TEXT", "hours": "NUMBER", "token": "TOKEN"},
    ),
    "notice": Shipped(
        name="员工业务提醒",
        kind=SmsKind.SERVICE,
        text="您有一条“{title}”（{about}），请登录阿拉丁查看。",
        variables={"title": "TEXT", "about": "TEXT"},
    ),
    "repayment_reminder": Shipped(
        name="还款提醒",
        kind=SmsKind.SERVICE,
        text="您的{product}将于{due_on}扣款，请在扣款账户中备足款项，详情请登录手机银行查看。",
        variables={"product": "TEXT", "due_on": "DATE"},
    ),
    "loan_refused": Shipped(
        name="贷款未获批准告知",
        kind=SmsKind.SERVICE,
        text="您申请的{product}未获批准。原因与复核事宜请联系您的客户经理{manager}。",
        variables={"product": "TEXT", "manager": "TEXT"},
    ),
    "loan_refused_by_report": Shipped(
        name="因征信情况未获批准告知",
        kind=SmsKind.SERVICE,
        text="您申请的{product}未获批准。本次审批参考了您授权查询的个人信用报告，对报告有异议可向征信中心或信息提供机构提出。"
        "详询您的客户经理{manager}。",
        variables={"product": "TEXT", "manager": "TEXT"},
    ),
    "adverse_data": Shipped(
        name="报送不良信息前告知",
        kind=SmsKind.SERVICE,
        text="您的{product}已逾期，如在{until}前仍未还清，我行将依法向金融信用信息基础数据库报送不良信息。如有异议请联系"
        "您的客户经理。",
        variables={"product": "TEXT", "until": "DATE"},
    ),
    "product_invitation": Shipped(
        name="产品推介",
        kind=SmsKind.MARKETING,
        text="{product}现已开放办理，详询您的客户经理{manager}。拒收请回复R",
        variables={"product": "TEXT", "manager": "TEXT"},
    ),
}
