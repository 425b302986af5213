"""The words of lending: what may stand in a field, with the Chinese that people see."""

from django.db import models


class LoanKind(models.TextChoices):
    """What the money is for in the large; rules on terms and payment hang on it."""

    CONSUMPTION = "CONSUMPTION", "个人消费"
    BUSINESS = "BUSINESS", "个人经营"
    HOUSING = "HOUSING", "个人住房"
    CORPORATE = "CORPORATE", "企业流动资金"


class Guarantee(models.TextChoices):
    """What stands behind the loan."""

    UNSECURED = "UNSECURED", "信用"
    GUARANTEED = "GUARANTEED", "保证"
    MORTGAGED = "MORTGAGED", "抵押"
    PLEDGED = "PLEDGED", "质押"


class Purpose(models.TextChoices):
    """Named uses. A loan without a designated purpose is not made, and what 39号文 forbids (housing,
    securities, wealth products, lending on) is not in the list."""

    HOME_IMPROVEMENT = "HOME_IMPROVEMENT", "房屋装修"
    CAR = "CAR", "购买车辆"
    DURABLES = "DURABLES", "购买家电家具"
    EDUCATION = "EDUCATION", "教育培训"
    MEDICAL = "MEDICAL", "医疗健康"
    TRAVEL = "TRAVEL", "旅游"
    HOUSEHOLD = "HOUSEHOLD", "其他家庭消费"
    WORKING_CAPITAL = "WORKING_CAPITAL", "经营周转"
    INVENTORY = "INVENTORY", "采购货物"
    EQUIPMENT = "EQUIPMENT", "购置设备"
    RENT = "RENT", "支付经营场所租金"
    PREMISES = "PREMISES", "经营场所装修"
    HOUSE = "HOUSE", "购买住房"
    PLANTING = "PLANTING", "种植"
    BREEDING = "BREEDING", "养殖"
    FARM_SUPPLIES = "FARM_SUPPLIES", "购买农资"
    FARM_MACHINERY = "FARM_MACHINERY", "购买农机具"


class RepaymentMethod(models.TextChoices):
    """How it is paid back (domain 2.2)."""

    EQUAL_INSTALLMENT = "EQUAL_INSTALLMENT", "等额本息"
    EQUAL_PRINCIPAL = "EQUAL_PRINCIPAL", "等额本金"
    INTEREST_ONLY = "INTEREST_ONLY", "按期付息到期还本"
    FLAT_INTEREST = "FLAT_INTEREST", "等本等息"
    BULLET = "BULLET", "一次性还本付息"
    STEPPED = "STEPPED", "阶梯还款"
    SEASONAL = "SEASONAL", "按季节还款"


class LprTenor(models.TextChoices):
    """The two terms for which a loan prime rate is published."""

    ONE_YEAR = "1Y", "一年期"
    FIVE_YEARS = "5Y", "五年期以上"


class ApprovalLevel(models.IntegerChoices):
    """Who decides, from the outlet up to the committee."""

    OUTLET = 1, "支行审批"
    CENTRE = 2, "分行授信中心"
    HEAD_OFFICE = 3, "总行审批"
    COMMITTEE = 4, "贷审会"


class Waiting(models.TextChoices):
    """For whom a case waits: the bank's time and the customer's are measured apart."""

    BANK = "BANK", "银行"
    CUSTOMER = "CUSTOMER", "客户"


class Desk(models.TextChoices):
    """The desks at which cases queue for whoever holds their role."""

    QUERY = "QUERY", "征信查询"
    REVIEW = "REVIEW", "审查"
    APPROVAL = "APPROVAL", "审批"
    DISBURSEMENT = "DISBURSEMENT", "放款审核"


class ToldBy(models.TextChoices):
    """How the customer let the bank know."""

    IN_PERSON = "IN_PERSON", "当面"
    PHONE = "PHONE", "电话"
    WRITTEN = "WRITTEN", "书面"
    LINK = "LINK", "本人通过链接"


class CommitteeOffice(models.TextChoices):
    """Offices of the loan committee."""

    CHAIR = "CHAIR", "主任委员"
    MEMBER = "MEMBER", "委员"
    SECRETARY = "SECRETARY", "秘书"
    PRESIDENT = "PRESIDENT", "行长"


class Ballot(models.TextChoices):
    """How a member of the committee votes."""

    FOR = "FOR", "同意"
    AGAINST = "AGAINST", "反对"
    ABSTAIN = "ABSTAIN", "弃权"


class RiskGrade(models.TextChoices):
    """How risky the reviewer finds a case; it may send it higher."""

    LOW = "LOW", "低"
    NORMAL = "NORMAL", "中"
    HIGH = "HIGH", "高"


class Kinship(models.TextChoices):
    """Close relatives of an employee in the sense of 商业银行法 40, and himself."""

    SELF = "SELF", "本人"
    SPOUSE = "SPOUSE", "配偶"
    PARENT = "PARENT", "父母"
    CHILD = "CHILD", "子女"
    SIBLING = "SIBLING", "兄弟姐妹"
    IN_LAW = "IN_LAW", "配偶的近亲属"
    OTHER = "OTHER", "其他近亲属"


class GroupKind(models.TextChoices):
    """Why customers' debts are added up."""

    HOUSEHOLD = "HOUSEHOLD", "家庭"
    ENTERPRISE = "ENTERPRISE", "关联企业"


class Occupation(models.TextChoices):
    """How the customer earns a living; it decides which papers are asked for."""

    EMPLOYED = "EMPLOYED", "受薪"
    SELF_EMPLOYED = "SELF_EMPLOYED", "个体经营"
    FARMER = "FARMER", "农户"
    RETIRED = "RETIRED", "退休"
    OTHER = "OTHER", "其他"


class MaritalStatus(models.TextChoices):
    """Whether a spouse answers for the debt too."""

    SINGLE = "SINGLE", "未婚"
    MARRIED = "MARRIED", "已婚"
    DIVORCED = "DIVORCED", "离异"
    WIDOWED = "WIDOWED", "丧偶"


class PartyRole(models.TextChoices):
    """Who else stands in the file of a loan (domain 1.5)."""

    CO_BORROWER = "CO_BORROWER", "共同借款人"
    SPOUSE = "SPOUSE", "配偶"
    GUARANTOR = "GUARANTOR", "保证人"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE", "法定代表人"


class Relation(models.TextChoices):
    """What a person is to the borrower."""

    SPOUSE = "SPOUSE", "配偶"
    PARENT = "PARENT", "父母"
    CHILD = "CHILD", "子女"
    SIBLING = "SIBLING", "兄弟姐妹"
    RELATIVE = "RELATIVE", "其他亲属"
    PARTNER = "PARTNER", "合伙人"
    COLLEAGUE = "COLLEAGUE", "同事"
    FRIEND = "FRIEND", "朋友"
    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE", "法定代表人"
    OTHER = "OTHER", "其他"


class QueryReason(models.TextChoices):
    """The central bank's reasons for asking the bureau, those that lending to persons uses (domain 1.5)."""

    LIVE_LOAN = "01", "贷后管理"
    LOAN_APPROVAL = "02", "贷款审批"
    GUARANTOR = "08", "担保资格审查"
    LEGAL_REPRESENTATIVE = "22", "法人代表、负责人、高管等资信审查"


class MaterialType(models.TextChoices):
    """Kinds of papers in a loan file (domain 1.6)."""

    ID_CARD = "ID_CARD", "身份证"
    SPOUSE_ID = "SPOUSE_ID", "配偶身份证"
    MARRIAGE_CERT = "MARRIAGE_CERT", "婚姻证明"
    HUKOU = "HUKOU", "户口簿"
    RESIDENCE_PROOF = "RESIDENCE_PROOF", "居住证明"
    LOAN_APPLY = "LOAN_APPLY", "借款申请书"
    CREDIT_AUTH = "CREDIT_AUTH", "征信授权书"
    BIZ_LICENSE = "BIZ_LICENSE", "营业执照"
    PREMISE_PROOF = "PREMISE_PROOF", "经营场所证明"
    PURCHASE_CONTRACT = "PURCHASE_CONTRACT", "购销合同"
    INC_PROOF = "INC_PROOF", "收入证明"
    BANK_FLOW = "BANK_FLOW", "银行流水"
    TAX_PROOF = "TAX_PROOF", "纳税证明"
    ASSET_PROOF = "ASSET_PROOF", "资产证明"
    GUARANTOR_ID = "GUARANTOR_ID", "保证人身份证"
    CO_BORROWER_ID = "CO_BORROWER_ID", "共同借款人身份证"
    GUARANTOR_CONSENT = "GUARANTOR_CONSENT", "保证人同意书"
    COLLATERAL_CERT = "COLLATERAL_CERT", "抵押物权属证明"
    COOWNER_CONSENT = "COOWNER_CONSENT", "共有人同意书"
    APPRAISAL_REPORT = "APPRAISAL_REPORT", "评估报告"
    ACCOUNT_PROOF = "ACCOUNT_PROOF", "账户证明"
    LOAN_CONTRACT = "LOAN_CONTRACT", "借款合同"
    GUARANTEE_CONTRACT = "GUARANTEE_CONTRACT", "担保合同"
    SIGN_RECORD = "SIGN_RECORD", "面签影像"
    ENTRUST_PAY_ORDER = "ENTRUST_PAY_ORDER", "受托支付委托书"
    SELF_PAY_CLAUSE = "SELF_PAY_CLAUSE", "自主支付约定"
    DISBURSE_CHECKLIST = "DISBURSE_CHECKLIST", "放款审核表"
    OTHER_RIGHT_CERT = "OTHER_RIGHT_CERT", "他项权证"
    FIRST_POST_CHECK = "FIRST_POST_CHECK", "首次贷后检查"
    USE_CHECK_EVIDENCE = "USE_CHECK_EVIDENCE", "用途凭证"
    REPAY_REMINDER = "REPAY_REMINDER", "还款提醒"
    POST_CHECK_REPORT = "POST_CHECK_REPORT", "贷后检查报告"
    GUARANTEE_REVIEW = "GUARANTEE_REVIEW", "担保复查"
    ARCHIVE_LIST = "ARCHIVE_LIST", "归档清单"
    EXTEND_APPROVAL = "EXTEND_APPROVAL", "展期批复"
    INTERVIEW_RECORD = "INTERVIEW_RECORD", "面谈记录"
    POST_CHECK_FORM = "POST_CHECK_FORM", "贷后检查表"
    COLLECTION_RECEIPT = "COLLECTION_RECEIPT", "催收回执"
    SITE_PHOTO = "SITE_PHOTO", "现场照片"


class CollateralKind(models.TextChoices):
    """What is mortgaged or pledged; each has a highest share of its value that may be lent."""

    RESIDENTIAL = "RESIDENTIAL", "住宅"
    COMMERCIAL = "COMMERCIAL", "商业用房"
    FACTORY = "FACTORY", "工业厂房"
    LAND = "LAND", "土地使用权"
    VEHICLE = "VEHICLE", "机动车"
    EQUIPMENT = "EQUIPMENT", "机器设备"
    DEPOSIT = "DEPOSIT", "存单"


class Industry(models.TextChoices):
    """The sections of the national classification of industries (GB/T 4754-2017)."""

    A = "A", "农、林、牧、渔业"
    B = "B", "采矿业"
    C = "C", "制造业"
    D = "D", "电力、热力、燃气及水生产和供应业"
    E = "E", "建筑业"
    F = "F", "批发和零售业"
    G = "G", "交通运输、仓储和邮政业"
    H = "H", "住宿和餐饮业"
    I = "I", "信息传输、软件和信息技术服务业"  # noqa: E741  the standard's own letter
    J = "J", "金融业"
    K = "K", "房地产业"
    L = "L", "租赁和商务服务业"
    M = "M", "科学研究和技术服务业"
    N = "N", "水利、环境和公共设施管理业"
    O = "O", "居民服务、修理和其他服务业"  # noqa: E741  as above
    P = "P", "教育"
    Q = "Q", "卫生和社会工作"
    R = "R", "文化、体育和娱乐业"
    S = "S", "公共管理、社会保障和社会组织"
    T = "T", "国际组织"


class Premises(models.TextChoices):
    """By which right the business sits where it sits."""

    OWNED = "OWNED", "自有"
    RENTED = "RENTED", "租赁"
    FREE = "FREE", "无偿使用"
    NONE = "NONE", "无固定场所"


class LegalDocument(models.TextChoices):
    """Papers that the bank draws up from a template of its own."""

    LOAN_CONTRACT = "LOAN_CONTRACT", "借款合同"
    GUARANTEE_CONTRACT = "GUARANTEE_CONTRACT", "保证合同"
    MORTGAGE_CONTRACT = "MORTGAGE_CONTRACT", "抵押合同"
    PLEDGE_CONTRACT = "PLEDGE_CONTRACT", "质押合同"
    ENTRUSTED_PAYMENT_ORDER = "ENTRUSTED_PAYMENT_ORDER", "受托支付委托书"
    SELF_PAYMENT_CLAUSE = "SELF_PAYMENT_CLAUSE", "自主支付约定"
    COST_STATEMENT = "COST_STATEMENT", "综合融资成本明示表"
    CREDIT_AUTHORIZATION = "CREDIT_AUTHORIZATION", "征信授权书"


class Step(models.TextChoices):
    """Shared step modules from which a product's intake is put together."""

    APPLICANT = "APPLICANT", "申请信息"
    IDENTITY_CHECK = "IDENTITY_CHECK", "身份核验"
    CREDIT_AUTHORIZATION = "CREDIT_AUTHORIZATION", "征信授权"
    SPOUSE_GUARANTOR = "SPOUSE_GUARANTOR", "配偶与保证人"
    BUSINESS_INFORMATION = "BUSINESS_INFORMATION", "经营信息"
    COLLATERAL = "COLLATERAL", "抵质押物"
    MATERIALS = "MATERIALS", "资料上传"
    DUE_DILIGENCE = "DUE_DILIGENCE", "尽职调查"
    CONFIRMATION = "CONFIRMATION", "确认报审"


class Stage(models.TextChoices):
    """Where in its life the hard rules are put to an application."""

    ENTRY = "ENTRY", "录入"
    ACCEPTANCE = "ACCEPTANCE", "受理"
    SUBMISSION = "SUBMISSION", "报审"
    APPROVAL = "APPROVAL", "审批"
    DISBURSEMENT = "DISBURSEMENT", "放款"


class About(models.TextChoices):
    """Of whom a hard rule is asked."""

    BORROWER = "BORROWER", "借款人（本笔）"
    EVERY_OBLIGOR = "EVERY_OBLIGOR", "借款人及每一债务关联人"


class Outcome(models.TextChoices):
    """What a hard rule comes to, from the mildest: BLOCK stops the case, REFER leaves it to a person who says why."""

    PASS = "PASS", "通过"
    WARN = "WARN", "提示"
    REFER = "REFER", "转人工"
    BLOCK = "BLOCK", "拦截"
