"""Who may do what: the one table of actions and the roles that hold them.

Whether he may see the row is `organization/scope.py`, whether the state allows it is the row's own machine; this
table answers only for the role. Views name an action for each method, an address without one is refused.
"""

from typing import TYPE_CHECKING, Any, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from aladdin.problems import NotPermitted
from organization.roles import Role

if TYPE_CHECKING:
    from organization.models import Staff

R = Role
_EVERYONE = frozenset(Role)
_FIELD = frozenset({R.RM, R.TEAM_LEAD, R.BRANCH_MANAGER})
_CREDIT = frozenset({R.CREDIT_QUERY_OFFICER, R.REVIEWER, R.APPROVER, R.DISBURSEMENT_OFFICER})
_WATCHERS = frozenset({R.RETAIL_HQ, R.AUDITOR})

ACCESS: dict[str, frozenset[Role]] = {
    # the person himself
    "self.read": _EVERYONE,
    "self.sign_out": _EVERYONE,
    # organization
    "branch.read": _EVERYONE,
    "staff.read": _EVERYONE - {R.AUDIT_ADMIN},
    # customers
    "customer.read": _FIELD | _CREDIT | {R.POST_LOAN_REVIEWER, R.AUDITOR},
    "customer.create": frozenset({R.RM}),
    "customer.edit": frozenset({R.RM}),
    "customer.reveal": frozenset({R.RM, R.REVIEWER, R.APPROVER, R.DISBURSEMENT_OFFICER}),
    "account.read": _FIELD | {R.REVIEWER, R.APPROVER, R.POST_LOAN_REVIEWER, R.AUDITOR},
    "ownership.assign": frozenset({R.BRANCH_MANAGER}),
    "feed.read": frozenset({R.RETAIL_HQ, R.AUDITOR, R.SYS_ADMIN}),
    "feed.load": frozenset({R.SYS_ADMIN}),
    # products
    "product.read": _EVERYONE,
    "product.edit": frozenset({R.PRODUCT_MANAGER}),
    "product.approve": frozenset({R.PRODUCT_MANAGER}),
    "loan_product.read": _EVERYONE,
    "loan_product.edit": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN}),
    # the investigators' report, rules and scorecards
    "investigation_report.read": frozenset({R.RM, R.REVIEWER, R.APPROVER, R.AUDITOR}),
    "investigation_report.open": frozenset({R.REVIEWER, R.APPROVER}),
    "decision.read": frozenset({R.REVIEWER, R.APPROVER, R.AUDITOR}),
    "decision.edit": frozenset({R.PRODUCT_MANAGER}),
    "decision.publish": frozenset({R.PRODUCT_MANAGER}),
    "loan_product.try": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN}),
    "loan_product.publish": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN}),
    "contract_template.read": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN, R.AUDITOR, R.AUDIT_ADMIN}),
    "contract_template.edit": frozenset({R.PRODUCT_MANAGER}),
    "contract_template.publish": frozenset({R.PRODUCT_MANAGER}),
    # loans
    "loan.read": _FIELD | _CREDIT | {R.POST_LOAN_REVIEWER, R.AUDITOR},
    "loan.create": frozenset({R.RM}),
    "loan.edit": frozenset({R.RM}),
    "loan.accept": frozenset({R.RM}),
    "loan.verify_identity": frozenset({R.RM}),
    "loan.verify_identity_by_hand": frozenset({R.TEAM_LEAD, R.BRANCH_MANAGER}),
    "loan.authorize_credit": frozenset({R.RM}),
    "credit_authorization.read": frozenset({R.RM, R.CREDIT_QUERY_OFFICER, R.REVIEWER, R.APPROVER, R.AUDITOR}),
    "loan.query_credit": frozenset({R.CREDIT_QUERY_OFFICER}),
    "loan.read_credit_report": frozenset({R.CREDIT_QUERY_OFFICER, R.REVIEWER, R.APPROVER}),
    "loan_link.make": frozenset({R.RM}),
    "loan_link.read": _FIELD,
    "credit_alert.read": frozenset({R.BRANCH_MANAGER, R.AUDITOR}),
    "credit_alert.handle": frozenset({R.BRANCH_MANAGER}),
    "loan.upload_material": frozenset({R.RM}),
    "loan.settle_duplicate": frozenset({R.REVIEWER}),
    "loan.read_document": frozenset({R.RM}),
    "ocr_quality.read": frozenset({R.PRODUCT_MANAGER, R.RETAIL_HQ, R.AUDITOR}),
    "loan.investigate": frozenset({R.RM}),
    "loan.co_investigate": frozenset({R.RM}),
    "loan.register_collateral": frozenset({R.RM}),
    "loan.submit": frozenset({R.RM}),
    "loan.review": frozenset({R.REVIEWER}),
    "loan.return": frozenset({R.REVIEWER, R.APPROVER}),
    "loan.approve": frozenset({R.APPROVER}),
    "loan_exposure.read": frozenset({R.RM, R.REVIEWER, R.APPROVER, R.AUDITOR}),
    "loan.committee": frozenset({R.REVIEWER, R.APPROVER}),
    "loan.delegate": frozenset({R.APPROVER}),
    "loan.reject": frozenset({R.REVIEWER, R.APPROVER}),
    "loan.tell_borrower": frozenset({R.RM}),
    "loan.disclose_cost": frozenset({R.RM}),
    "loan_contract.read": frozenset({R.RM, R.DISBURSEMENT_OFFICER, R.AUDITOR}),
    "loan.sign_contract": frozenset({R.RM}),
    "loan.request_disbursement": frozenset({R.RM}),
    "loan.disburse": frozenset({R.DISBURSEMENT_OFFICER}),
    "loan.withdraw": frozenset({R.RM}),
    "loan.read_queue": _CREDIT | {R.TEAM_LEAD, R.BRANCH_MANAGER},
    "loan.take": _CREDIT,
    "loan.reassign": frozenset({R.BRANCH_MANAGER}),
    "loan.cancel": frozenset({R.RM, R.BRANCH_MANAGER}),
    # the authority matrix
    "authority.draft": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN}),
    "authority.publish": frozenset({R.PRODUCT_MANAGER, R.SYS_ADMIN}),
    "loan.prepay": frozenset({R.RM}),
    # before the application
    "loan.calculate": _FIELD | _CREDIT,
    "loan.offer": frozenset({R.RM}),
    "loan_offer.read": _FIELD | {R.AUDITOR},
    "closing_reason.read": _EVERYONE,
    "lending_statistics.read": _FIELD | _WATCHERS,
    # post-loan
    "post_loan_check.read": _FIELD | {R.POST_LOAN_REVIEWER, R.AUDITOR},
    "post_loan_check.do": frozenset({R.RM}),
    "post_loan_check.review": frozenset({R.POST_LOAN_REVIEWER, R.BRANCH_MANAGER}),
    "post_loan_check.complete": frozenset({R.POST_LOAN_REVIEWER}),
    # performance
    "performance.read": _FIELD | _WATCHERS,
    # notices
    "notice.read": _EVERYONE,
    "notice.act": _EVERYONE,
    "announcement.read": _EVERYONE,
    "announcement.publish": frozenset({R.TEAM_LEAD, R.BRANCH_MANAGER, R.RETAIL_HQ}),
    "notice.address": _EVERYONE,
    "notice.preferences": _EVERYONE,
    "notice_template.edit": frozenset({R.SYS_ADMIN}),
    "notice_template.publish": frozenset({R.SYS_ADMIN}),
    "wechat.bind": _EVERYONE,
    # other systems that hear of events
    "webhook.read": frozenset({R.SYS_ADMIN, R.AUDITOR}),
    "webhook.manage": frozenset({R.SYS_ADMIN}),
    # running the channels of notices
    "channel.read": frozenset({R.SYS_ADMIN}) | _WATCHERS,
    "channel.manage": frozenset({R.SYS_ADMIN}),
    # browser pages
    "console.read": frozenset({R.TEAM_LEAD, R.BRANCH_MANAGER}) | _WATCHERS,
}


def may(staff: "Staff", action: str) -> bool:
    """Whether one of the person's roles holds the action. An unknown action is nobody's."""
    return staff.is_active and not ACCESS.get(action, frozenset()).isdisjoint(staff.roles())


def require(staff: "Staff", action: str) -> None:
    """Raise NotPermitted unless `may`."""
    if not may(staff, action):
        raise NotPermitted("not_permitted", "您的角色不能进行此操作", action=action)


class MayDo(BasePermission):
    """DRF's door: signed in, and the role holds what the view's `access` names for this method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not getattr(request.user, "is_authenticated", False):
            return False
        method = "GET" if request.method in {"HEAD", "OPTIONS"} else request.method or ""
        if not hasattr(view, method.lower()):
            return True  # no such method: the view itself answers 405
        action = getattr(view, "access", {}).get(method)
        if action is None:
            return False
        require(cast("Staff", request.user), action)
        return True
