"""The business: of a person who trades, or the firm that borrows itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aladdin import clock
from aladdin.crypto import blind_index
from aladdin.money import yuan
from crm import identifiers
from loans.blocker import Blocker
from loans.codes import Industry, Premises, Step
from loans.forms import fields as f
from loans.forms.fields import Field
from loans.forms.module import Computed, Rows, StepModule, Values, read_row, set_row
from loans.working_capital import Figures

if TYPE_CHECKING:
    from loans.models import BusinessInformation, LoanApplication, LoanProductVersion
    from organization.models import Staff

#: Field of the form → of the formula.
_FIGURES = {
    "sales_last_year": "sales",
    "sales_margin": "margin",
    "sales_growth": "growth",
    "inventory_days": "inventory_days",
    "receivable_days": "receivable_days",
    "payable_days": "payable_days",
    "prepaid_days": "prepaid_days",
    "advance_days": "advance_days",
    "own_funds": "own_funds",
    "working_capital_loans": "loans",
    "other_working_capital": "other",
}
_HAS_PREMISES = ("premises", ("OWNED", "RENTED", "FREE"))


def fields(version: "LoanProductVersion") -> list[Field]:
    """With the figures of the working-capital formula where a firm borrows; what farms say is offered where the
    product asks for it."""
    is_firm = version.product.borrower_kind == "BUSINESS"
    return [*_licence(is_firm), *_trade(), *_premises(), *_year(), *_farm(), *_working_capital(is_firm)]


def _licence(is_firm: bool) -> list[Field]:
    until, code = f.day("营业执照有效期至"), f.formatted("统一社会信用代码", "credit-code")
    who, number = f.text("法定代表人（经营者）", 60), f.formatted("法定代表人身份证号", "identity-number")
    return [
        Field(name="name", schema=f.text("经营主体名称", 100), required=True, personal=True),
        Field(name="credit_code", schema=code, required=True, personal=True),
        Field(name="legal_representative", schema=who, required=is_firm, personal=True),
        Field(name="legal_representative_no", schema=number, required=is_firm, personal=True, offered=is_firm),
        Field(name="registered_on", schema=f.day("成立日期", **{"x-not-after": "today"}), required=True),
        Field(name="licence_is_long_term", schema=f.yes_no("营业执照长期有效")),
        Field(name="licence_expires_on", schema=until, when=("licence_is_long_term", (False,))),
    ]


def _trade() -> list[Field]:
    years = f.decimal("从业年限", "年", most="80")
    return [
        Field(name="industry", schema=f.choice("行业门类", Industry), required=True),
        Field(name="main_business", schema=f.text("主营业务", 200), required=True),
        Field(name="years_in_trade", schema=years, required=True),
        Field(name="staff_count", schema=f.whole("从业人数", "人", most=1_000_000), required=True),
    ]


def _premises() -> list[Field]:
    address, area = f.text("经营地址", 200), f.formatted("经营地行政区划", "area")
    return [
        Field(name="premises", schema=f.choice("经营场所", Premises), required=True),
        Field(name="premises_address", schema=address, required=True, personal=True, when=_HAS_PREMISES),
        Field(name="premises_area_code", schema=area, when=_HAS_PREMISES),
    ]


def _year() -> list[Field]:
    profit = f.decimal("年净利润", "元", least="-9999999999999", most="9999999999999")
    return [
        Field(name="annual_turnover", schema=f.money("年营业收入"), required=True),
        Field(name="annual_profit", schema=profit),
    ]


def _farm() -> list[Field]:
    area = f.decimal("种植面积", "亩", most="1000000")
    return [
        Field(name="farm_area_mu", schema=area, offered=False),
        Field(name="livestock_count", schema=f.whole("存栏数量", "头（只）", most=10_000_000), offered=False),
    ]


def _working_capital(is_firm: bool) -> list[Field]:
    margin = f.decimal("上年销售利润率", "%", least="-100", most="100")
    growth = f.decimal("预计销售收入年增长率", "%", least="-100", most="1000")
    days = {
        "inventory_days": "存货周转天数",
        "receivable_days": "应收账款周转天数",
        "payable_days": "应付账款周转天数",
        "prepaid_days": "预付账款周转天数",
        "advance_days": "预收账款周转天数",
    }
    funds = {
        "own_funds": "借款人自有资金",
        "working_capital_loans": "现有流动资金贷款",
        "other_working_capital": "其他渠道营运资金",
    }
    schemas = {"sales_last_year": f.money("上年销售收入"), "sales_margin": margin, "sales_growth": growth}
    schemas |= {name: f.decimal(label, "天", most="3600") for name, label in days.items()}
    schemas |= {name: f.money(label) for name, label in funds.items()}
    return [Field(name=name, schema=each, required=is_firm, offered=is_firm) for name, each in schemas.items()]


# --- The row ------------------------------------------------------------------------------------
def of(application: "LoanApplication") -> "BusinessInformation | None":
    """The application's business, where any of it was said yet."""
    found: BusinessInformation | None = getattr(application, "business", None)
    return found


def read(application: "LoanApplication") -> Rows:
    row = of(application)
    return {"": read_row(row, fields(application.product_version)) if row is not None else {}}


def write(application: "LoanApplication", row_id: str, values: Values, by: "Staff") -> None:
    """Set what is given, under the customer's key."""
    from loans.models import BusinessInformation  # noqa: PLC0415  the forms are asked by the machine of the models

    row = of(application) or BusinessInformation(application=application)
    set_row(row, fields(application.product_version), values)
    if "credit_code" in values:
        row.credit_code_index = blind_index("credit_code", row.credit_code) if row.credit_code else ""
    row.updated_at = clock.now()
    row.save()


# --- Rules and figures ---------------------------------------------------------------------------
def beyond(application: "LoanApplication") -> Iterable[Blocker]:
    """What no schema can say: an expired licence, another firm's licence, more than the business needs."""
    row = of(application)
    if row is None:
        return
    if row.licence_expires_on is not None and not row.licence_is_long_term and row.licence_expires_on < clock.today():
        yield Blocker("licence_expired", "营业执照已过有效期", "business.licence_expires_on")
    if application.product.borrower_kind == "BUSINESS":
        yield from _firm(application, row)


def _firm(application: "LoanApplication", row: "BusinessInformation") -> Iterable[Blocker]:
    if row.credit_code and row.credit_code != application.customer.identity_no:
        yield Blocker("credit_code_differs", "统一社会信用代码与客户档案不一致", "business.credit_code")
    figures = figures_of(row)
    if figures is not None and application.amount is not None and application.amount > figures.lendable:
        detail = (
            f"申请金额{yuan(application.amount)}元超过测算的新增流动资金额度{yuan(figures.lendable)}元"
            f"（营运资金量{yuan(figures.need)}元）"
        )
        yield Blocker("beyond_working_capital_need", detail, "amount")


def figures_of(row: "BusinessInformation") -> Figures | None:
    """The figures of the formula, once all of them are there."""
    said = {to: getattr(row, name) for name, to in _FIGURES.items()}
    return None if any(value is None for value in said.values()) else Figures(**said)


def computed(application: "LoanApplication") -> Iterable[Computed]:
    row = of(application)
    if row is None:
        return
    if row.registered_on is not None:
        years = identifiers.age_on(row.registered_on, clock.today())
        yield Computed("years_registered", "成立年限", str(years), "年", "按营业执照成立日期")
    figures = figures_of(row)
    if figures is None:
        return
    turnover = f"{figures.turnover:.2f}" if figures.turnover is not None else "—"
    yield Computed("turnover", "营运资金周转次数", turnover, "次/年", f"360÷{figures.days_bound.normalize():f}天")
    yield Computed("need", "营运资金量", f"{figures.need}", "元", "流动资金贷款管理办法附件公式")
    yield Computed("lendable", "新增流动资金贷款额度", f"{figures.lendable}", "元", "营运资金量减自有资金及其他来源")


MODULE = StepModule(
    step=Step.BUSINESS_INFORMATION,
    fields=fields,
    read=read,
    write=write,
    prefix="business",
    beyond=beyond,
    computed=computed,
)
