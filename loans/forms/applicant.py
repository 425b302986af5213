"""What is applied for, and who applies."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from aladdin import clock
from aladdin.money import yuan
from crm.identifiers import age_on
from loans.codes import MaritalStatus, Occupation, Purpose, RepaymentMethod, Step
from loans.diligence import cash_flow
from loans.forms import fields as f
from loans.forms.fields import Field
from loans.forms.module import Computed, Rows, StepModule, Values, empty, from_json, read_row

if TYPE_CHECKING:
    from loans.models import LoanApplication, LoanProductVersion
    from organization.models import Staff

ACCOUNT = r"^\d{6,32}$"


def fields(version: "LoanProductVersion") -> list[Field]:
    """Those of a person, or of a firm, which has neither occupation nor income of its own here."""
    about = _person() if version.product.borrower_kind == "PERSON" else []
    return [*_wish(version), *about, *_identity_paper(), *_payee(), _colleague()]


def _wish(version: "LoanProductVersion") -> list[Field]:
    amount = f.money("申请金额", least=version.min_amount, most=version.max_amount)
    months = f.whole("申请期限", "月", least=version.min_term_months, most=version.max_term_months)
    method = f.choice("还款方式", RepaymentMethod, version.repayment_methods)
    return [
        Field(name="amount", schema=amount, required=True, core=True),
        Field(name="term_months", schema=months, required=True, core=True),
        Field(name="purpose", schema=f.choice("贷款用途", Purpose, version.purposes), required=True, core=True),
        Field(name="purpose_note", schema=f.text("用途说明", 200)),
        Field(name="repayment_method", schema=method, required=True, core=True),
        Field(name="repayment_day", schema=f.whole("还款日", "日", least=1, most=31), required=True, core=True),
        *_seasons(version),
    ]


def _seasons(version: "LoanProductVersion") -> Iterable[Field]:
    """Who repays by the seasons says in which months; without a word in those of the product."""
    if RepaymentMethod.SEASONAL in version.repayment_methods:
        schema = f.months("还本月份", description="按季节还款时归还本金的月份，不填按产品约定")
        yield Field(name="payment_months", schema=schema, when=("repayment_method", (RepaymentMethod.SEASONAL.value,)))


def _person() -> list[Field]:
    area = f.formatted("常住地区", "area", description="行政区划代码（6位），须在本行经营区域内")
    return [
        Field(name="occupation", schema=f.choice("职业", Occupation), required=True, core=True),
        Field(name="marital_status", schema=f.choice("婚姻状况", MaritalStatus), required=True, core=True),
        Field(name="employer", schema=f.text("工作单位或经营主体", 100), personal=True),
        Field(name="residence_area", schema=area),
        Field(name="monthly_income", schema=f.money("月收入"), required=True),
        Field(name="monthly_debt", schema=f.money("月负债支出"), required=True),
    ]


def _identity_paper() -> list[Field]:
    until = f.day("身份证有效期至")
    return [
        Field(name="identity_is_long_term", schema=f.yes_no("身份证长期有效")),
        Field(name="identity_expires_on", schema=until, when=("identity_is_long_term", (False,))),
    ]


def _payee() -> list[Field]:
    said: f.Schema = {"pattern": ACCOUNT, "x-messages": {"pattern": "收款账号须为6至32位数字"}, "x-widget": "account"}
    account = f.text("收款账号", 32, **said)
    return [
        Field(name="payee_name", schema=f.text("收款人", 100), personal=True),
        Field(name="payee_account", schema=account, personal=True),
        Field(name="payee_bank", schema=f.text("收款行", 60)),
    ]


def _colleague() -> Field:
    return Field(name="co_investigator", schema=f.reference("协办（B角）", "colleague"))


# --- The row ------------------------------------------------------------------------------------
def read(application: "LoanApplication") -> Rows:
    """The application's own columns."""
    asked = [each for each in fields(application.product_version) if each.name != "co_investigator"]
    values = read_row(application, asked)
    if application.co_investigator_id:
        values["co_investigator"] = str(application.co_investigator_id)
    return {"": values}


def write(application: "LoanApplication", row: str, values: Values, by: "Staff") -> None:
    """Through the door of every edit, with all its rules. An assistant once named is exchanged, not cleared."""
    from loans import intake  # noqa: PLC0415  it asks the forms itself

    schemas = {each.name: each.schema for each in fields(application.product_version)}
    said = {name: from_json(schemas[name], value) for name, value in values.items()}
    colleague = said.pop("co_investigator", None)
    filled = {name: empty(application, name) if value is None else value for name, value in said.items()}
    intake.change(application, filled, by=by, co_investigator_id=colleague)


# --- Figures ------------------------------------------------------------------------------------
def computed(application: "LoanApplication") -> Iterable[Computed]:
    """Age, rate, instalment, and what share of the stated income all instalments take."""
    from loans import investigation, products  # noqa: PLC0415  they ask the forms themselves

    born = application.customer.birth_on
    if born is not None:
        yield Computed("age", "周岁", str(age_on(born, clock.today())), "岁", "按客户出生日期")
    try:
        rate = products.price(application.product_version)
    except products.LprMissing:
        return
    yield Computed("annual_rate", "执行年利率", f"{rate.normalize():f}", "%", "LPR加点，批复时可另定")
    if not (application.amount and application.term_months and application.repayment_method):
        return
    instalment = investigation.instalment_of(application)
    yield Computed("instalment", "预计月还款", f"{instalment}", "元", f"按今日放款、年利率{rate.normalize():f}%试算")
    yield from _burden(application, instalment)


def _burden(application: "LoanApplication", instalment: Decimal) -> Iterable[Computed]:
    income, debt = application.monthly_income, application.monthly_debt
    if income and debt is not None:
        share = cash_flow.debt_to_income(debt + instalment, income)
        words = f"（现有月还款{yuan(debt)}元＋本笔{yuan(instalment)}元）÷月收入{yuan(income)}元"
        yield Computed("debt_to_income", "偿债收入比", f"{share}", "%", words)


MODULE = StepModule(step=Step.APPLICANT, fields=fields, read=read, write=write, computed=computed)
