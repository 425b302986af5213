from django.urls import URLPattern, path

from loans.api import authorization, identity, intake, investigation, materials, products
from loans.api.applications import NextView

_ONE = "loan-applications/<uuid:application_id>"

urlpatterns: list[URLPattern] = [
    # products
    path("loan-products", products.ProductListView.as_view(), name="loan-products"),
    path("loan-products/<str:code>", products.ProductView.as_view(), name="loan-product"),
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
        f"{_ONE}/credit-authorizations/<str:authorization_no>/revoke",
        authorization.RevokeView.as_view(),
        name="loan-credit-authorization-revoke",
    ),
    path(f"{_ONE}/credit-reports", authorization.ReportsView.as_view(), name="loan-credit-reports"),
    path(f"{_ONE}/credit-reports/<uuid:report_id>", authorization.ReportView.as_view(), name="loan-credit-report"),
    path(f"{_ONE}/materials", materials.MaterialsView.as_view(), name="loan-materials"),
    path(f"{_ONE}/materials/<uuid:material_id>", materials.MaterialView.as_view(), name="loan-material"),
    path(
        f"{_ONE}/materials/<uuid:material_id>/thumbnail",
        materials.ThumbnailView.as_view(),
        name="loan-material-thumbnail",
    ),
    path(f"{_ONE}/due-diligence", investigation.DueDiligenceView.as_view(), name="loan-due-diligence"),
    path(f"{_ONE}/due-diligence/confirm", investigation.ConfirmView.as_view(), name="loan-due-diligence-confirm"),
    path(f"{_ONE}/submit", intake.SubmitView.as_view(), name="loan-submit"),
    path(f"{_ONE}/return-items/<int:item_id>/answer", intake.AnswerView.as_view(), name="loan-return-item-answer"),
    path(f"{_ONE}/withdraw", intake.WithdrawView.as_view(), name="loan-withdraw"),
    path(f"{_ONE}/cancel", intake.CancelView.as_view(), name="loan-cancel"),
]
