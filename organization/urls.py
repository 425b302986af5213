from django.urls import path

from organization import api

urlpatterns = [
    path("auth/token", api.TokenView.as_view(), name="sign-in"),
    path("auth/sign-out", api.SignOutView.as_view(), name="sign-out"),
    path("me", api.MeView.as_view(), name="me"),
    path("branches", api.BranchListView.as_view(), name="branches"),
    path("staff", api.StaffListView.as_view(), name="staff-list"),
    path("staff/<uuid:staff_id>", api.StaffView.as_view(), name="staff"),
]
