from django.urls import path

from notifications.sms.callback import ReportView, UplinkView

urlpatterns = [
    path("reports", ReportView.as_view(), name="sms-reports"),
    path("uplinks", UplinkView.as_view(), name="sms-uplinks"),
]
