"""The people beside the borrower; they are entered, checked and kept by `loans/parties.py`."""

from typing import TYPE_CHECKING
from uuid import UUID

from aladdin.problems import RuleBroken
from loans.codes import PartyRole, Relation, Step
from loans.forms import fields as f
from loans.forms.fields import Field
from loans.forms.module import Rows, StepModule, Values, from_json, read_row

if TYPE_CHECKING:
    from loans.models import LoanApplication, LoanProductVersion
    from organization.models import Staff


def fields(version: "LoanProductVersion") -> list[Field]:
    maybe = ("role", ("SPOUSE", "LEGAL_REPRESENTATIVE"))
    number, until = f.formatted("身份证号", "identity-number"), f.day("身份证有效期至")
    return [
        Field(name="role", schema=f.choice("角色", PartyRole), required=True, core=True),
        Field(name="relation", schema=f.choice("与借款人关系", Relation), required=True, core=True),
        Field(name="name", schema=f.text("姓名", 60), required=True, core=True, personal=True),
        Field(name="identity_no", schema=number, required=True, core=True, personal=True),
        Field(name="mobile", schema=f.formatted("手机号", "mobile"), required=True, core=True, personal=True),
        Field(name="employer", schema=f.text("工作单位", 100), personal=True),
        Field(name="monthly_income", schema=f.money("月收入")),
        Field(name="identity_is_long_term", schema=f.yes_no("身份证长期有效")),
        Field(name="identity_expires_on", schema=until, when=("identity_is_long_term", (False,))),
        Field(name="is_obligor", schema=f.yes_no("共同承担偿还责任"), when=maybe),
    ]


def read(application: "LoanApplication") -> Rows:
    asked = fields(application.product_version)
    standing = application.parties.filter(removed_at__isnull=True).order_by("created_at", "id")
    return {str(party.pk): read_row(party, asked) for party in standing}


def write(application: "LoanApplication", row_id: str, values: Values, by: "Staff") -> None:
    """A new person whole, a known one as far as given. The role of a person is fixed."""
    from loans import parties  # noqa: PLC0415  it asks the forms by way of the intake

    asked = fields(application.product_version)
    schemas = {each.name: each.schema for each in asked}
    said = {name: from_json(schemas[name], value) for name, value in values.items()}
    if application.parties.filter(pk=row_id, removed_at__isnull=True).exists():
        said.pop("role", None)
        parties.edit(application, UUID(row_id), by=by, **_texts(said))
    else:
        _refuse_half(asked, values)
        parties.add(application, by=by, party_id=UUID(row_id), **_texts(said))


def _refuse_half(asked: list[Field], values: Values) -> None:
    """A person is entered with all that tells who he is, or not yet."""
    lacking = [each for each in asked if each.required and values.get(each.name) is None]
    if lacking:
        errors = {each.name: [f"请填写{each.label}"] for each in lacking}
        detail = "；".join(each[0] for each in errors.values())
        raise RuleBroken("form_invalid", detail, errors=errors)


def _texts(said: Values) -> Values:
    """A cleared text is an empty one."""
    return {name: "" if value is None and name in {"employer", "mobile"} else value for name, value in said.items()}


def remove(application: "LoanApplication", row_id: str, by: "Staff") -> None:
    from loans import parties  # noqa: PLC0415  as above

    parties.remove(application, UUID(row_id), by=by)


MODULE = StepModule(
    step=Step.SPOUSE_GUARANTOR,
    fields=fields,
    read=read,
    write=write,
    remove=remove,
    rows="parties",
    row_label="关联人",
    prefix="parties",
)
