"""The site of the back office: one sign-in page for all browser pages, and who comes in."""

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

from organization.back_office.rights import may_enter
from organization.models import Staff

#: Rooms in the order in which an administrator meets them; others follow by name.
ROOMS = ["organization", "aladdin", "loans", "products", "crm", "performance", "postloan", "notifications"]


class BackOffice(UnfoldAdminSite):
    """Django admin in unfold's clothes."""

    site_header = site_title = "阿拉丁后台"
    index_title = "配置与运行"
    empty_value_display = "—"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """The rooms in their order, each with what this person may see."""
        found: list[dict[str, Any]] = super().get_app_list(request, app_label)
        place = {room: number for number, room in enumerate(ROOMS)}
        return sorted(found, key=lambda room: place.get(room["app_label"], len(ROOMS)))

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Staff) and may_enter(request.user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the sign-in page; who is signed in and still lands here may not enter."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))
