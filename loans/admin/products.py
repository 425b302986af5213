"""Loan products in the back office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Kept, move
from loans import product_versions
from loans.models import LoanProduct
from organization.caller import caller


@admin.register(LoanProduct)
class LoanProductAdmin(Kept):
    """Products; their terms are in their versions."""

    subject = "loan-product"
    list_display = ["name", "code", "kind", "guarantee", "versions_there_are"]
    list_filter = ["kind", "guarantee"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = ["code", "name", "kind", "guarantee"]
    actions_detail = ["draft_next"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versions")

    @display(description="版本")
    def versions_there_are(self, product: LoanProduct) -> str:
        said = sorted((row.version, row.get_state_display()) for row in product.versions.all())
        return "、".join(f"v{number} {state}" for number, state in said)

    def get_readonly_fields(self, request: HttpRequest, obj: LoanProduct | None = None) -> list[str]:
        return ["code", "kind", "guarantee"] if obj else []

    def has_draft_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("loans.add_loanproductversion")

    @action(
        description="新建下一版本",
        permissions=["draft"],
        variant=ActionVariant.PRIMARY,
        dialog={
            "title": "新建下一版本",
            "description": "以最新版本为底稿，次日生效；发布前可修改，发布后不能更改。",
            "form_class": Confirmed,
            "form_submit_text": "新建",
        },
    )
    def draft_next(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """A draft of the next version."""
        product = LoanProduct.objects.get(pk=object_id)
        return move(
            request,
            lambda: product_versions.draft_next(product, by=caller(request)),
            done=f"“{product.name}”已有新的草稿版本",
            onward=reverse("admin:loans_loanproductversion_changelist") + f"?product__id__exact={object_id}",
        )
