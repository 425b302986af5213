"""The life of a shelf product: states and arrows (domain 4.4). Who may and what follows stand in `shelf.py`."""

from typing import NamedTuple

from django.db import models
from django_fsm import ConcurrentTransitionMixin, FSMField, transition


class ShelfState(models.TextChoices):
    """Where a product stands."""

    DRAFT = "DRAFT", "草稿"
    PENDING_APPROVAL = "PENDING_APPROVAL", "待复核"
    ON_SHELF = "ON_SHELF", "在架"
    SUSPENDED = "SUSPENDED", "暂停"
    OFF_SHELF = "OFF_SHELF", "已下架"


S = ShelfState


class Arrow(NamedTuple):
    """One move: its name in Chinese and the right it needs; a checker's move is never the maker's own."""

    label: str
    action: str
    is_checkers: bool = False


ARROWS: dict[str, Arrow] = {
    "submit": Arrow("提交复核", "product.edit"),
    "send_back": Arrow("退回修改", "product.approve", is_checkers=True),
    "approve": Arrow("上架", "product.approve", is_checkers=True),
    "suspend": Arrow("暂停", "product.edit"),
    "resume": Arrow("恢复", "product.approve", is_checkers=True),
    "take_off": Arrow("下架", "product.edit"),
}


class ShelfMachine(ConcurrentTransitionMixin, models.Model):
    """The state field with its arrows."""

    state = FSMField("状态", max_length=20, choices=ShelfState, default=ShelfState.DRAFT, protected=True)

    class Meta:
        abstract = True

    @transition(field="state", source=S.DRAFT, target=S.PENDING_APPROVAL)
    def submit(self) -> None:
        """The maker hands the draft to a checker."""

    @transition(field="state", source=S.PENDING_APPROVAL, target=S.DRAFT)
    def send_back(self) -> None:
        """The checker wants it changed."""

    @transition(field="state", source=S.PENDING_APPROVAL, target=S.ON_SHELF)
    def approve(self) -> None:
        """The checker puts it on the shelf."""

    @transition(field="state", source=S.ON_SHELF, target=S.SUSPENDED)
    def suspend(self) -> None:
        """Not to be sold for now; anyone who makes products may stop one at once."""

    @transition(field="state", source=S.SUSPENDED, target=S.ON_SHELF)
    def resume(self) -> None:
        """The checker puts it back."""

    @transition(field="state", source=[S.ON_SHELF, S.SUSPENDED], target=S.OFF_SHELF)
    def take_off(self) -> None:
        """For good."""
