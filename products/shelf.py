"""Keeping the product shelf: one person makes an offer, another puts it on the shelf (domain 4.4)."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django_fsm import can_proceed

from aladdin import audit, clock
from aladdin.problems import Conflict, NotPermitted, Problem, RuleBroken
from organization import access
from organization.models import Staff
from products.machine import ARROWS
from products.models import ProductType, Risk, ShelfMove, ShelfProduct

#: Words that promise a return or make little of the risk: 金融产品网络营销管理办法, 金融机构产品适当性管理办法.
PROMISING_WORDS = ("保本", "保收益", "保证收益", "预期收益", "无风险", "零风险", "稳赚", "刚性兑付")


@transaction.atomic
def draft(
    *,
    code: str,
    name: str,
    type: ProductType,  # noqa: A002  the bank's word for it
    risk: Risk,
    min_amount: Decimal,
    term_text: str,
    rate_text: str,
    by: Staff,
) -> ShelfProduct:
    """A new product, seen by product managers only.

    Raises `product_code_taken` (409), `promised_return` (422) where its texts promise a return it cannot promise."""
    access.require(by, "product.edit")
    product: ShelfProduct = ShelfProduct(
        code=code,
        name=name,
        type=type,
        risk=risk,
        min_amount=min_amount,
        term_text=term_text,
        rate_text=rate_text,
        maker=by,
    )
    _check_promises(product)
    try:
        with transaction.atomic():
            product.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("product_code_taken", f"产品代码“{code}”已被使用") from error
    audit.record(by=by, action="draft_product", subject=f"product/{product.pk}", code=code)
    return product


def submit(product: ShelfProduct, *, by: Staff) -> ShelfProduct:
    """Hand a draft to a checker. Raises `not_the_maker` (403), `product_state` (409)."""
    return _move(product, "submit", by=by)


def send_back(product: ShelfProduct, *, reason: str, by: Staff) -> ShelfProduct:
    """Return it to its maker. Raises `checker_is_maker` (403), `product_state` (409)."""
    return _move(product, "send_back", by=by, reason=_reason(reason))


def approve(product: ShelfProduct, *, by: Staff) -> ShelfProduct:
    """Put it on the shelf. Raises `checker_is_maker` (403), `product_state` (409)."""
    return _move(product, "approve", by=by)


def suspend(product: ShelfProduct, *, reason: str, by: Staff) -> ShelfProduct:
    """Stop its sale for now. Raises `product_state` (409)."""
    return _move(product, "suspend", by=by, reason=_reason(reason))


def resume(product: ShelfProduct, *, by: Staff) -> ShelfProduct:
    """Put it back on the shelf. Raises `checker_is_maker` (403), `product_state` (409)."""
    return _move(product, "resume", by=by)


def take_off(product: ShelfProduct, *, reason: str, by: Staff) -> ShelfProduct:
    """Take it off the shelf for good. Raises `product_state` (409)."""
    return _move(product, "take_off", by=by, reason=_reason(reason))


# --- How a product moves -----------------------------------------------------------------------------
@transaction.atomic
def _move(product: ShelfProduct, name: str, *, by: Staff, reason: str = "") -> ShelfProduct:
    locked: ShelfProduct = ShelfProduct.objects.select_for_update().get(pk=product.pk)
    access.require(by, ARROWS[name].action)
    if not can_proceed(getattr(locked, name)):
        raise Conflict(
            "product_state",
            f"产品当前为“{locked.get_state_display()}”，不能{ARROWS[name].label}",
            state_now=locked.state,
        )
    before = locked.state
    _sign(locked, name, by)
    getattr(locked, name)()
    locked.version += 1
    locked.save()
    ShelfMove.objects.create(product=locked, name=name, from_state=before, to_state=locked.state, by=by, reason=reason)
    audit.record(by=by, action=f"{name}_product", subject=f"product/{locked.pk}", reason=reason)
    return locked


def _sign(product: ShelfProduct, name: str, by: Staff) -> None:
    """Keep who checked it. Raises `not_the_maker`, `checker_is_maker`."""
    if name == "submit" and product.maker_id != by.pk:
        raise NotPermitted("not_the_maker", "只有经办人可以提交复核")
    if not ARROWS[name].is_checkers:
        return
    if product.maker_id == by.pk:
        raise NotPermitted("checker_is_maker", "经办人不能复核自己提交的产品")
    if name != "send_back":
        product.checker = by
        product.on_shelf_at = product.on_shelf_at or clock.now()


def _reason(said: str) -> str:
    reason = said.strip()
    if not 1 <= len(reason) <= 200:
        raise Problem("reason_required", "请填写原因（1–200字）", errors={"reason": ["必填，至多200字"]})
    return reason


def _check_promises(product: ShelfProduct) -> None:
    if product.promises_its_return:
        return
    texts = f"{product.name}{product.term_text}{product.rate_text}"
    if found := [word for word in PROMISING_WORDS if word in texts]:
        raise RuleBroken("promised_return", f"该类产品不得承诺收益：不能使用“{'、'.join(found)}”")
