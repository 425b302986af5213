"""What secures the loan, and whether it is worth enough for it."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from aladdin import clock, parameters
from aladdin.money import fen, yuan
from loans.blocker import Blocker
from loans.codes import CollateralKind, Guarantee, Step
from loans.forms import fields as f
from loans.forms.fields import Field
from loans.forms.module import Computed, Rows, StepModule, Values, read_row, set_row

if TYPE_CHECKING:
    from loans.models import Collateral, LoanApplication, LoanProductVersion
    from organization.models import Staff

_HUNDRED = Decimal(100)
_NOT_HIS_OWN = ("owner_relation", ("SPOUSE", "OTHER"))
_SHARED = ("is_co_owned", (True,))


def fields(version: "LoanProductVersion") -> list[Field]:
    from loans.models import Collateral  # noqa: PLC0415  the forms are asked by the machine of the models

    consent = f.day("共有人同意日期", **{"x-not-after": "today"})
    return [
        Field(name="kind", schema=f.choice("押品种类", CollateralKind), required=True, core=True),
        Field(name="description", schema=f.text("押品说明", 200)),
        Field(name="location", schema=f.text("坐落或存放地点", 200), required=True, personal=True),
        Field(name="owner_relation", schema=f.choice("权属人", Collateral.Owner), required=True),
        Field(name="owner_name", schema=f.text("权属人姓名", 60), required=True, personal=True, when=_NOT_HIS_OWN),
        Field(name="certificate_no", schema=f.text("权属证书编号", 60), required=True),
        Field(name="area_sqm", schema=f.decimal("面积", "平方米", most="10000000")),
        Field(name="appraised_value", schema=f.money("评估价值", least=Decimal(1)), required=True, core=True),
        Field(name="appraised_on", schema=f.day("评估日期", **{"x-not-after": "today"}), required=True, core=True),
        Field(name="appraiser", schema=f.text("评估机构", 60), required=True),
        Field(name="prior_claims", schema=f.money("已设定的优先债权"), required=True),
        Field(name="is_co_owned", schema=f.yes_no("是否共有"), required=True),
        Field(name="co_owners", schema=f.text("共有人姓名", 100), required=True, personal=True, when=_SHARED),
        Field(name="co_owners_consented_on", schema=consent, required=True, when=_SHARED),
    ]


# --- The rows -----------------------------------------------------------------------------------
def read(application: "LoanApplication") -> Rows:
    asked = fields(application.product_version)
    return {str(row.pk): read_row(row, asked) for row in application.collaterals.all()}


def write(application: "LoanApplication", row_id: str, values: Values, by: "Staff") -> None:
    """Set what is given; the first word about a row makes it, and one that was taken out stands again."""
    from loans.models import Collateral  # noqa: PLC0415  as above

    row = Collateral.with_removed.filter(pk=row_id, application=application).first()
    row = row or Collateral(id=UUID(row_id), application=application)
    row.removed_at = row.removed_by = None
    set_row(row, fields(application.product_version), values)
    row.save()


def remove(application: "LoanApplication", row_id: str, by: "Staff") -> None:
    application.collaterals.filter(pk=row_id).update(removed_at=clock.now(), removed_by=by)


# --- Rules --------------------------------------------------------------------------------------
def highest_share(version: "LoanProductVersion", kind: str) -> Decimal:
    """Percent of its appraised value that may be lent on a kind of collateral: the parameter, within the product's."""
    lawful = parameters.decimal(f"loan.max_loan_to_value_{kind.lower()}")
    return lawful if version.max_loan_to_value is None else min(lawful, version.max_loan_to_value)


def lendable(version: "LoanProductVersion", row: "Collateral") -> Decimal:
    """How much may be lent on it, in yuan: its share of the value, less what others are owed before the bank."""
    if not row.kind or row.appraised_value is None:
        return Decimal("0.00")
    share = row.appraised_value * highest_share(version, row.kind) / _HUNDRED
    return max(fen(share - (row.prior_claims or 0)), Decimal("0.00"))


def beyond(application: "LoanApplication") -> Iterable[Blocker]:
    """Enough of it, appraised lately, with every co-owner's consent."""
    rows = list(application.collaterals.all())
    if not rows:
        yield Blocker("collateral_missing", "请录入抵质押物", "collaterals")
        return
    yield from _share(application, rows)
    oldest = clock.today() - timedelta(days=parameters.integer("loan.appraisal_valid_days"))
    for row in rows:
        if row.appraised_on is not None and row.appraised_on < oldest:
            yield Blocker(
                "appraisal_outdated", f"{row}评估已过有效期，请重新评估", f"collaterals.{row.pk}.appraised_on"
            )


def _share(application: "LoanApplication", rows: "list[Collateral]") -> Iterable[Blocker]:
    total = sum((lendable(application.product_version, row) for row in rows), Decimal(0))
    if application.amount is not None and application.amount > total:
        detail = f"申请金额{yuan(application.amount)}元超过押品可贷金额{yuan(total)}元"
        yield Blocker("loan_to_value_exceeded", detail, "amount")


def unregistered(application: "LoanApplication") -> Iterable[Blocker]:
    """Nothing is paid out before what secures it is registered (个人贷款管理办法 2024)."""
    if application.product.guarantee not in (Guarantee.MORTGAGED, Guarantee.PLEDGED):
        return
    rows = list(application.collaterals.all())
    if not rows:
        yield Blocker("collateral_missing", "本笔贷款尚无抵质押物", "collaterals")
    for row in rows:
        if row.registered_at is None:
            yield Blocker("collateral_not_registered", f"{row}尚未办妥登记", f"collaterals.{row.pk}")


def computed(application: "LoanApplication") -> Iterable[Computed]:
    rows = [row for row in application.collaterals.all() if row.kind and row.appraised_value]
    if not rows:
        return
    version = application.product_version
    value = sum((row.appraised_value or Decimal(0) for row in rows), Decimal(0))
    total = sum((lendable(version, row) for row in rows), Decimal(0))
    said = "；".join(
        f"{row}按{highest_share(version, row.kind).normalize():f}%可贷{yuan(lendable(version, row))}元" for row in rows
    )
    yield Computed("appraised_total", "押品评估价值合计", f"{fen(value)}", "元")
    yield Computed("lendable", "押品可贷金额", f"{fen(total)}", "元", said)
    if application.amount:
        share = (_HUNDRED * application.amount / value).quantize(Decimal("0.01"))
        yield Computed("loan_to_value", "抵押率", f"{share}", "%", "申请金额÷评估价值合计")


MODULE = StepModule(
    step=Step.COLLATERAL,
    fields=fields,
    read=read,
    write=write,
    remove=remove,
    rows="collaterals",
    row_label="押品",
    prefix="collaterals",
    beyond=beyond,
    computed=computed,
)
