"""The words of due diligence, with the Chinese that people see."""

from django.db import models


class InterviewMode(models.TextChoices):
    """Face to face, or by video on the bank's own platform (个人贷款管理办法)."""

    ON_SITE = "ON_SITE", "现场面谈"
    VIDEO = "VIDEO", "视频面谈"


class Platform(models.TextChoices):
    """Where a video interview may be held: nowhere but with the bank."""

    BANK_VIDEO = "BANK_VIDEO", "本行视频面谈平台"


class Topic(models.TextChoices):
    """What is asked in an interview."""

    IDENTITY = "IDENTITY", "本人身份与真实意愿"
    PURPOSE = "PURPOSE", "贷款用途与交易对手"
    INCOME = "INCOME", "收入来源"
    DEBTS = "DEBTS", "负债与对外担保"
    FAMILY = "FAMILY", "婚姻与家庭"
    REPAYMENT = "REPAYMENT", "还款来源与安排"
    GUARANTEE = "GUARANTEE", "担保意愿与能力"
    BUSINESS = "BUSINESS", "经营情况"
    NOTICE = "NOTICE", "利率、费用与违约后果告知"


class Section(models.TextChoices):
    """The four parts of a cash-flow worksheet; the first three are by the month."""

    INCOME = "INCOME", "收入"
    OUTGO = "OUTGO", "支出"
    DEBT = "DEBT", "负债"
    ASSET = "ASSET", "资产"


class Source(models.TextChoices):
    """What a line of the worksheet is."""

    SALARY = "SALARY", "工资薪金"
    BUSINESS = "BUSINESS", "经营净收入"
    FARMING = "FARMING", "种植养殖收入"
    RENT = "RENT", "租金收入"
    PENSION = "PENSION", "养老金"
    SPOUSE = "SPOUSE", "配偶收入"
    OTHER_INCOME = "OTHER_INCOME", "其他收入"
    LIVING = "LIVING", "生活支出"
    HOUSING = "HOUSING", "房租物业"
    EDUCATION = "EDUCATION", "教育支出"
    SUPPORT = "SUPPORT", "赡养抚养"
    INSURANCE = "INSURANCE", "保险费"
    OTHER_OUTGO = "OTHER_OUTGO", "其他支出"
    MORTGAGE = "MORTGAGE", "住房贷款"
    CONSUMER_LOAN = "CONSUMER_LOAN", "消费贷款"
    BUSINESS_LOAN = "BUSINESS_LOAN", "经营贷款"
    CREDIT_CARD = "CREDIT_CARD", "信用卡"
    PRIVATE = "PRIVATE", "民间借款"
    OTHER_DEBT = "OTHER_DEBT", "其他负债"
    CASH = "CASH", "现金与存款"
    WEALTH = "WEALTH", "理财、基金、国债"
    REAL_ESTATE = "REAL_ESTATE", "房产"
    VEHICLE = "VEHICLE", "车辆"
    STOCK = "STOCK", "存货"
    RECEIVABLE = "RECEIVABLE", "应收账款"
    EQUIPMENT = "EQUIPMENT", "设备"
    OTHER_ASSET = "OTHER_ASSET", "其他资产"


_S = Source
#: Which sources stand in which part.
OF_SECTION: dict[Section, tuple[Source, ...]] = {
    Section.INCOME: (_S.SALARY, _S.BUSINESS, _S.FARMING, _S.RENT, _S.PENSION, _S.SPOUSE, _S.OTHER_INCOME),
    Section.OUTGO: (_S.LIVING, _S.HOUSING, _S.EDUCATION, _S.SUPPORT, _S.INSURANCE, _S.OTHER_OUTGO),
    Section.DEBT: (_S.MORTGAGE, _S.CONSUMER_LOAN, _S.BUSINESS_LOAN, _S.CREDIT_CARD, _S.PRIVATE, _S.OTHER_DEBT),
    Section.ASSET: (
        *(_S.CASH, _S.WEALTH, _S.REAL_ESTATE, _S.VEHICLE),
        *(_S.STOCK, _S.RECEIVABLE, _S.EQUIPMENT, _S.OTHER_ASSET),
    ),
}
#: Assets that are money within days.
LIQUID = frozenset({Source.CASH, Source.WEALTH})


class Severity(models.TextChoices):
    """How grave a contradiction is: a serious one is answered before the file is handed in."""

    NOTE = "NOTE", "提示"
    SERIOUS = "SERIOUS", "严重"


class Trait(models.TextChoices):
    """What applications are compared by, kept as keyed digests."""

    EMPLOYER = "EMPLOYER", "工作单位"
    ADDRESS = "ADDRESS", "住址"
