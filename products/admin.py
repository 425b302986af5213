"""The product shelf in the back office: made by one product manager, put up by another."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_fsm import can_proceed
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from aladdin.back_office import Confirmed, Kept, Register, RegisterLines, WithReason, move
from organization.caller import caller
from organization.models import Staff
from products import shelf
from products.machine import ARROWS
from products.models import ProductType, Risk, ShelfMove, ShelfProduct

Dialog = Callable[..., HttpResponse]


class Moves(RegisterLines):
    """What happened to the product."""

    model = ShelfMove
    fields = ["at", "by", "from_state", "to_state", "reason"]
    readonly_fields = fields


def _dialog(name: str, variant: ActionVariant, *, asks_why: bool) -> Dialog:
    """One move of the shelf as a button with a dialog."""
    label = ARROWS[name].label

    def run(self: "ShelfProductAdmin", request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        product = ShelfProduct.objects.get(pk=object_id)
        said = {"reason": form.cleaned_data["reason"]} if asks_why else {}
        return move(
            request,
            lambda: getattr(shelf, name)(product, by=caller(request), **said),
            done=f"“{product.name}”已{label}",
            onward=reverse("admin:products_shelfproduct_change", args=[object_id]),
        )

    run.__name__ = name
    form_class = WithReason if asks_why else Confirmed
    dialog = {"title": label, "description": "", "form_class": form_class, "form_submit_text": label}
    made: Dialog = action(description=label, permissions=[name], variant=variant, dialog=dialog)(run)
    return made


@admin.register(ShelfProduct)
class ShelfProductAdmin(Kept):
    """Products with the moves that their state and this person's right allow."""

    is_audited_by_capability = True
    list_display = ["name", "code", "type", "risk", "shown_state", "min_amount", "maker", "checker", "on_shelf_at"]
    list_select_related = ["maker", "checker"]
    list_filter = ["state", "type", "risk"]
    search_fields = ["code", "name"]
    ordering = ["type", "code"]
    inlines = [Moves]
    actions_detail = list(ARROWS)

    submit = _dialog("submit", ActionVariant.PRIMARY, asks_why=False)
    send_back = _dialog("send_back", ActionVariant.WARNING, asks_why=True)
    approve = _dialog("approve", ActionVariant.SUCCESS, asks_why=False)
    suspend = _dialog("suspend", ActionVariant.WARNING, asks_why=True)
    resume = _dialog("resume", ActionVariant.SUCCESS, asks_why=False)
    take_off = _dialog("take_off", ActionVariant.DANGER, asks_why=True)

    @display(
        description="状态",
        ordering="state",
        label={"在架": "success", "待复核": "warning", "暂停": "warning", "已下架": "danger"},
    )
    def shown_state(self, product: ShelfProduct) -> str:
        return product.get_state_display()

    def get_fields(self, request: HttpRequest, obj: ShelfProduct | None = None) -> list[str]:
        offer = ["code", "name", "type", "risk", "min_amount", "term_text", "rate_text"]
        return [*offer, "state", "maker", "checker", "on_shelf_at"] if obj else offer

    def get_inlines(self, request: HttpRequest, obj: ShelfProduct | None) -> list[type[RegisterLines]]:
        return [Moves] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: ShelfProduct | None = None) -> bool:
        """What was drafted is moved, not rewritten."""
        return False

    def save_model(self, request: HttpRequest, obj: ShelfProduct, form: Any, change: bool) -> None:
        """A draft, through the function that checks what it promises."""
        said = form.cleaned_data
        made = shelf.draft(
            code=said["code"],
            name=said["name"],
            type=ProductType(said["type"]),
            risk=Risk(said["risk"]),
            min_amount=Decimal(said["min_amount"]),
            term_text=said["term_text"],
            rate_text=said["rate_text"],
            by=caller(request),
        )
        obj.__dict__.update(made.__dict__)

    # --- Which buttons a person sees -----------------------------------------------------------
    def has_submit_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("submit", request, object_id)

    def has_send_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("send_back", request, object_id)

    def has_approve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("approve", request, object_id)

    def has_suspend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("suspend", request, object_id)

    def has_resume_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("resume", request, object_id)

    def has_take_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._may("take_off", request, object_id)

    def _may(self, name: str, request: HttpRequest, object_id: str | None) -> bool:
        """Whether the button has any point: the capability itself asks again."""
        product = ShelfProduct.objects.filter(pk=object_id).first() if object_id else None
        if product is None or not request.user.has_perm("products.change_shelfproduct"):
            return False
        return can_proceed(getattr(product, name)) and self._is_ones_turn(name, caller(request), product)

    def _is_ones_turn(self, name: str, person: Staff, product: ShelfProduct) -> bool:
        is_maker = product.maker_id == person.pk
        return is_maker if name == "submit" else not (is_maker and ARROWS[name].is_checkers)


@admin.register(ShelfMove)
class ShelfMoveAdmin(Register):
    """Every move of every product; the newest first."""

    list_display = ["at", "product", "from_state", "to_state", "by", "reason"]
    list_display_links = ["at"]
    list_select_related = ["product", "by"]
    list_filter = ["to_state"]
    search_fields = ["product__code", "=by__employee_no"]
    ordering = ["-id"]
    fields = ["at", "product", "name", "from_state", "to_state", "by", "reason"]
