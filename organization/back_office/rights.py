"""Who may do what in the back office: the one table of roles and the database tables they see or keep.

`Staff.has_perm` asks here and nowhere else: neither groups nor `is_superuser` open anything, and a table that is not
named is nobody's. What may be changed of a row, and how, is the rule of its own admin and capability.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from organization.roles import Role

if TYPE_CHECKING:
    from organization.models import Staff

Rights = dict[str, frozenset[str]]

_SEE = frozenset({"view"})
_ADD = _SEE | {"add"}
_CHANGE = _SEE | {"change"}
_KEEP = _ADD | _CHANGE

_ORGANIZATION = ("organization.branch", "organization.staff")
_PARAMETERS = ("aladdin.parameter",)
_LOAN_PRODUCTS = (
    "loans.loanproduct",
    "loans.loanproductversion",
    "loans.productfee",
    "loans.repaymentrule",
    "loans.requiredmaterial",
    "loans.approvaltier",
    "loans.producttemplate",
    "loans.plannedcheck",
    "loans.stepfieldrule",
    "loans.consenttext",
)
_LENDING = (
    "loans.lprquote",
    "loans.approvalauthority",
    "loans.listedperson",
    "loans.lendingarea",
    "loans.approvaldesk",
    "loans.chainrule",
    "loans.committeeseat",
    "loans.relatedgroup",
    "loans.relatedgroupmember",
    "loans.staffrelative",
    "loans.closingreason",
)
_TEMPLATES = ("loans.contracttemplate", "loans.templateclause")
_DECISION_RULES = ("loans.decisionrule", "loans.decisionruleversion")
_SCORECARDS = ("loans.scorecardversion", "loans.scorecardattribute", "loans.scorecardbin", "loans.scorecardband")
_DECISIONS = ("loans.decisionrun", "loans.ruleresult", "loans.applicationscore", "loans.scorecontribution")
_DILIGENCE = (
    "loans.interview",
    "loans.interviewanswer",
    "loans.cashflowsheet",
    "loans.cashflowline",
    "loans.findinganswer",
    "loans.investigationreport",
)
_SHELF = ("products.shelfproduct",)
_ROLES = ("organization.roleassignment",)
_CHANNELS = ("notifications.smstemplate", "notifications.robot", "notifications.wechatmenu")
_NOTICE_TEXTS = ("notifications.noticetemplate",)
_OPT_OUTS = ("notifications.smsoptout",)
_RUNNING = (
    "crm.feedfile",
    "crm.feedreject",
    "notifications.delivery",
    "notifications.noticepreference",
    "notifications.deadline",
    "notifications.channelpause",
    "notifications.channelstop",
    "notifications.redo",
    "notifications.marks",
    "notifications.smsmessage",
    "notifications.announcement",
    "notifications.webhookendpoint",
    "notifications.webhookdelivery",
    "notifications.webhookattempt",
    "notifications.robotmessage",
    "notifications.mailaddress",
    "aladdin.job",
    "procrastinate.procrastinateevent",
)
_LOAN_FILES = (
    "loans.collateral",
    "loans.businessinformation",
    "loans.contractsigner",
    "loans.loanpaper",
    "loans.signingenvelope",
    "loans.fieldchange",
    "loans.fieldconflict",
)
_LOGS = (
    "aladdin.auditentry",
    "performance.ledgerentry",
    "loans.applicationtransition",
    "loans.approvaldelegation",
    "loans.deskassignment",
    "loans.authoritydraft",
    "loans.authoritysimulation",
    "loans.committeesitting",
    "loans.conditionprecedent",
    "loans.withdrawal",
    "loans.steppace",
    "loans.loanparty",
    "loans.scheduleversion",
    "loans.loanoffer",
    "loans.repaymentinstalment",
    "loans.repayment",
    "loans.prepayment",
    "loans.latenessofday",
    *_DECISIONS,
    *_DILIGENCE,
    "loans.borrowernotice",
    "loans.documentreading",
    "loans.readfield",
    "loans.materialview",
    "loans.picturematch",
    "loans.upload",
    "loans.customerlink",
    "loans.linksession",
    "loans.creditauthorization",
    "loans.creditgrantuse",
    "loans.creditreportview",
    "loans.creditqueryalert",
    "postloan.postloanchecktransition",
    "products.shelfmove",
    "notifications.wechatbinding",
)


#: Whatever somebody configures.
_CONFIGURED = (
    *_ORGANIZATION,
    *_PARAMETERS,
    *_LOAN_PRODUCTS,
    *_TEMPLATES,
    *_DECISION_RULES,
    *_SCORECARDS,
    *_LENDING,
    *_SHELF,
    *_CHANNELS,
    *_NOTICE_TEXTS,
    *_OPT_OUTS,
)


def _all(tables: Iterable[str], verbs: frozenset[str]) -> Rights:
    return dict.fromkeys(tables, verbs)


RIGHTS: dict[Role, Rights] = {
    Role.SYS_ADMIN: {
        **_all([*_ORGANIZATION, *_PARAMETERS, *_LOAN_PRODUCTS, *_LENDING, *_CHANNELS], _KEEP),
        **_all([*_SHELF, *_ROLES, *_RUNNING, *_TEMPLATES], _SEE),
        **_all(_NOTICE_TEXTS, _CHANGE),  # a version is drafted from the one before it
        "notifications.webhookendpoint": _CHANGE,  # tried out, paused, taken up again
        "loans.approvalauthority": _CHANGE,  # ended; given only by a published change of the matrix
        "aladdin.job": _CHANGE,  # a failed one may be run again
        "notifications.smsoptout": _CHANGE,  # lifted where the person asks for it
    },
    Role.SEC_ADMIN: {
        "organization.branch": _SEE,
        "organization.staff": _CHANGE,  # the roles alone
        "organization.roleassignment": _SEE,
    },
    Role.PRODUCT_MANAGER: {
        **_all([*_SHELF, *_LOAN_PRODUCTS, *_TEMPLATES, *_DECISION_RULES], _KEEP),
        **_all([*_SCORECARDS], _SEE),  # loaded by command, published here
        "loans.scorecardversion": _CHANGE,
        "products.shelfmove": _SEE,
        "loans.lprquote": _SEE,
    },
    Role.AUDIT_ADMIN: _all([*_LOGS, *_RUNNING, *_ROLES], _SEE),
    Role.AUDITOR: _all([*_LOGS, *_LOAN_FILES, *_RUNNING, *_ROLES, *_CONFIGURED], _SEE),
}


def may_enter(staff: "Staff") -> bool:
    """Whether the back office opens at all: marked as one of its people, and with a role that has business there."""
    return staff.is_active and staff.is_staff and not staff.roles().isdisjoint(RIGHTS)


def may(staff: "Staff", permission: str) -> bool:
    """Whether one of the person's roles holds a permission in Django's form, e.g. `loans.change_loanproduct`."""
    app_label, _, codename = permission.partition(".")
    verb, _, model = codename.partition("_")
    return may_enter(staff) and any(verb in rights.get(f"{app_label}.{model}", ()) for rights in _held(staff))


def may_in_room(staff: "Staff", app_label: str) -> bool:
    """Whether the person sees any table of a room."""
    return may_enter(staff) and any(table.startswith(f"{app_label}.") for rights in _held(staff) for table in rights)


def _held(staff: "Staff") -> list[Rights]:
    return [RIGHTS[role] for role in staff.roles() if role in RIGHTS]
