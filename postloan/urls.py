from django.urls import path

from postloan import api

_ONE = "post-loan-checks/<uuid:check_id>"

urlpatterns = [
    path("post-loan-checks", api.CheckListView.as_view(), name="post-loan-checks"),
    path(_ONE, api.CheckView.as_view(), name="post-loan-check"),
    path(f"{_ONE}/transitions", api.CheckTransitionsView.as_view(), name="post-loan-check-transitions"),
    path(f"{_ONE}/start", api.StartCheckView.as_view(), name="post-loan-check-start"),
    path(f"{_ONE}/submit", api.SubmitCheckView.as_view(), name="post-loan-check-submit"),
    path(f"{_ONE}/return", api.ReturnCheckView.as_view(), name="post-loan-check-return"),
    path(f"{_ONE}/complete", api.CompleteCheckView.as_view(), name="post-loan-check-complete"),
    path(f"{_ONE}/cancel", api.CancelCheckView.as_view(), name="post-loan-check-cancel"),
]
