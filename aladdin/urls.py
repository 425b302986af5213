"""Every door of the house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from aladdin import health

api = [
    path("", include("organization.urls")),
    path("", include("notifications.urls")),
    path("", include("performance.urls")),
    path("", include("products.urls")),
    path("", include("crm.urls")),
    path("", include("loans.urls")),
    path("", include("postloan.urls")),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:home"), name="root"),
    path("api/v1/", include(api)),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/docs/openapi.yaml", SpectacularAPIView.as_view(), name="schema"),
    path("console/", include("console.urls")),
    path("admin/", admin.site.urls),
    path("verify/", include("loans.verification.urls")),
    path("apply/", include("loans.page_urls")),
    path("offers/", include("loans.shared_offers")),
    path("wechat/", include("notifications.wechat.urls")),
    path("sms/", include("notifications.sms.urls")),
    path("mail/", include("notifications.mail.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]

handler404 = "aladdin.api.errors.not_found"
handler500 = "aladdin.api.errors.server_error"
