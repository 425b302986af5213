from django.urls import URLPattern, path

from loans.api import (
    accounts,
    approval,
    authorization,
    clocks,
    contract,
    credit_alerts,
    decisions,
    delegations,
    desks,
    disbursement,
    identity,
    intake,
    investigation,
    materials,
    parties,
    products,
    readings,
    review,
    uploads,
)
from loans.api.next import NextView

_ONE = "loan-applications/<uuid:application_id>"

urlpatterns: list[URLPattern] = [
    # products
    path("loan-products", products.ProductListView.as_view(), name="loan-products"),
    path("loan-products/<slug:code>", products.ProductView.as_view(), name="loan-product"),
    # intake
    path("loan-applications", intake.ApplicationsView.as_view(), name="loan-applications"),
    path(_ONE, intake.ApplicationView.as_view(), name="loan-application"),
    path(f"{_ONE}/next", NextView.as_view(), name="loan-next"),
    path(f"{_ONE}/accept", intake.AcceptView.as_view(), name="loan-accept"),
    path(f"{_ONE}/identity-checks", identity.IdentityCheckView.as_view(), name="loan-identity-checks"),
    path(
        f"{_ONE}/identity-checks/by-hand",
        identity.IdentityByHandView.as_view(),
        name="loan-identity-check-by-hand",
    ),
    path(f"{_ONE}/credit-consent-text", authorization.ConsentTextView.as_view(), name="loan-credit-consent-text"),
    path(
        f"{_ONE}/credit-authorizations",
        authorization.AuthorizationsView.as_view(),
        name="loan-credit-authorizations",
    ),
    path(
        f"{_ONE}/credit-authorizations/<slug:authorization_no>/revoke",
        authorization.RevokeView.as_view(),
        name="loan-credit-authorization-revoke",
    ),
    path(
        f"{_ONE}/credit-authorizations/code",
        authorization.ConsentCodeView.as_view(),
        name="loan-credit-authorization-code",
    ),
    path(
        f"{_ONE}/credit-authorizations/<slug:authorization_no>/paper",
        authorization.AuthorizationPaperView.as_view(),
        name="loan-credit-authorization-paper",
    ),
    path(f"{_ONE}/credit-reports", authorization.ReportsView.as_view(), name="loan-credit-reports"),
    path(f"{_ONE}/credit-reports/<uuid:report_id>", authorization.ReportView.as_view(), name="loan-credit-report"),
    path(f"{_ONE}/parties", parties.PartiesView.as_view(), name="loan-parties"),
    path(f"{_ONE}/parties/<uuid:party_id>", parties.PartyView.as_view(), name="loan-party"),
    path(f"{_ONE}/materials", materials.MaterialsView.as_view(), name="loan-materials"),
    path(f"{_ONE}/materials/<uuid:material_id>", materials.MaterialView.as_view(), name="loan-material"),
    path(
        f"{_ONE}/materials/<uuid:material_id>/thumbnail",
        materials.ThumbnailView.as_view(),
        name="loan-material-thumbnail",
    ),
    path(f"{_ONE}/duplicates", materials.DuplicatesView.as_view(), name="loan-duplicates"),
    path(
        f"{_ONE}/duplicates/<uuid:match_id>/settle",
        materials.SettleDuplicateView.as_view(),
        name="loan-duplicate-settle",
    ),
    path(f"{_ONE}/uploads", uploads.UploadsView.as_view(), name="loan-uploads"),
    path(f"{_ONE}/uploads/<uuid:upload_id>", uploads.UploadView.as_view(), name="loan-upload"),
    path(f"{_ONE}/uploads/<uuid:upload_id>/content", uploads.UploadPartView.as_view(), name="loan-upload-part"),
    path(
        f"{_ONE}/uploads/<uuid:upload_id>/complete", uploads.CompleteUploadView.as_view(), name="loan-upload-complete"
    ),
    path(f"{_ONE}/readings", readings.ReadingsView.as_view(), name="loan-readings"),
    path(f"{_ONE}/readings/<uuid:reading_id>", readings.ReadingView.as_view(), name="loan-reading"),
    path(
        f"{_ONE}/readings/<uuid:reading_id>/confirm", readings.ConfirmReadingView.as_view(), name="loan-reading-confirm"
    ),
    path(f"{_ONE}/readings/<uuid:reading_id>/portrait", readings.PortraitView.as_view(), name="loan-reading-portrait"),
    path("ocr-quality", readings.QualityView.as_view(), name="ocr-quality"),
    path(f"{_ONE}/due-diligence", investigation.DueDiligenceView.as_view(), name="loan-due-diligence"),
    path(f"{_ONE}/due-diligence/confirm", investigation.ConfirmView.as_view(), name="loan-due-diligence-confirm"),
    path(f"{_ONE}/decision-support", decisions.DecisionSupportView.as_view(), name="loan-decision-support"),
    path(f"{_ONE}/submit", intake.SubmitView.as_view(), name="loan-submit"),
    path(f"{_ONE}/return-items/<int:item_id>/answer", intake.AnswerView.as_view(), name="loan-return-item-answer"),
    path(f"{_ONE}/withdraw", intake.WithdrawView.as_view(), name="loan-withdraw"),
    path(f"{_ONE}/cancel", intake.CancelView.as_view(), name="loan-cancel"),
    # review and approval
    path("loan-queues/review", review.ReviewQueueView.as_view(), name="loan-review-queue"),
    path("loan-queues/approval", approval.ApprovalQueueView.as_view(), name="loan-approval-queue"),
    path("loan-queues/disbursement", disbursement.DisbursementQueueView.as_view(), name="loan-disbursement-queue"),
    path(f"{_ONE}/review/claim", review.ClaimView.as_view(), name="loan-review-claim"),
    path(f"{_ONE}/review/opinion", review.OpinionView.as_view(), name="loan-review-opinion"),
    path(f"{_ONE}/return", review.ReturnView.as_view(), name="loan-return"),
    path(f"{_ONE}/reject", review.RejectView.as_view(), name="loan-reject"),
    path(f"{_ONE}/approve", approval.ApproveView.as_view(), name="loan-approve"),
    path(f"{_ONE}/escalate", approval.EscalateView.as_view(), name="loan-escalate"),
    path("approval-delegations", delegations.DelegationsView.as_view(), name="approval-delegations"),
    path(
        "approval-delegations/<uuid:delegation_id>/revoke",
        delegations.RevokeDelegationView.as_view(),
        name="approval-delegation-revoke",
    ),
    path(f"{_ONE}/exposure", approval.ExposureView.as_view(), name="loan-exposure"),
    # work queues and clocks
    path("work-queues", desks.DeskCountsView.as_view(), name="work-queues"),
    path("work-queues/<slug:code>", desks.DeskQueueView.as_view(), name="work-queue"),
    path(f"{_ONE}/take", desks.TakeView.as_view(), name="loan-take"),
    path(f"{_ONE}/lay-back", desks.LayBackView.as_view(), name="loan-lay-back"),
    path(f"{_ONE}/reassign", desks.ReassignView.as_view(), name="loan-reassign"),
    path(f"{_ONE}/clock", clocks.CaseClockView.as_view(), name="loan-clock"),
    path("loan-clocks/intake", clocks.IntakeClockView.as_view(), name="loan-intake-clock"),
    path("loan-clocks/steps", clocks.StepClockView.as_view(), name="loan-step-clock"),
    # contract and money
    path(f"{_ONE}/cost-disclosure", contract.CostView.as_view(), name="loan-cost-disclosure"),
    path(f"{_ONE}/cost-disclosure/confirm", contract.ConfirmCostView.as_view(), name="loan-cost-disclosure-confirm"),
    path(f"{_ONE}/cost-disclosure/code", contract.CostCodeView.as_view(), name="loan-cost-disclosure-code"),
    path(f"{_ONE}/cost-disclosure/pdf", contract.CostPdfView.as_view(), name="loan-cost-disclosure-pdf"),
    path(f"{_ONE}/contract", contract.ContractView.as_view(), name="loan-contract"),
    path(f"{_ONE}/contract/papers/<uuid:paper_id>", contract.PaperPdfView.as_view(), name="loan-contract-paper"),
    path(f"{_ONE}/contract/sign", contract.SignContractView.as_view(), name="loan-contract-sign"),
    path(f"{_ONE}/disbursement/request", disbursement.RequestMoneyView.as_view(), name="loan-disbursement-request"),
    path(f"{_ONE}/disbursement/release", disbursement.ReleaseView.as_view(), name="loan-disbursement-release"),
    path(f"{_ONE}/disbursement/refuse", disbursement.RefuseView.as_view(), name="loan-disbursement-refuse"),
    path(f"{_ONE}/payments", disbursement.PaymentsView.as_view(), name="loan-payments"),
    path("core-banking/payment-results", disbursement.PaymentResultDoor.as_view(), name="core-banking-payment-results"),
    # use of the credit bureau
    path("credit-alerts", credit_alerts.AlertListView.as_view(), name="credit-alerts"),
    path("credit-alerts/<uuid:alert_id>/handle", credit_alerts.HandleView.as_view(), name="credit-alert-handle"),
    # loan accounts
    path("loan-accounts", accounts.LoanAccountListView.as_view(), name="loan-accounts"),
    path("loan-accounts/<uuid:account_id>", accounts.LoanAccountView.as_view(), name="loan-account"),
    path("loan-accounts/<uuid:account_id>/schedule", accounts.ScheduleView.as_view(), name="loan-account-schedule"),
]
