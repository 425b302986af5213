"""The form of a step for a product version as one JSON Schema, and what was filled in as its document."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from loans.forms.fields import Field, Schema
from loans.forms.module import Rows, StepModule, Values, filled

if TYPE_CHECKING:
    from loans.models import LoanProductVersion

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MOST_ROWS = 20


def fields_of(version: "LoanProductVersion", module: StepModule) -> list[Field]:
    """The module's fields as the product wants them: what it hides is gone, what it asks for is required."""
    rules = {row.field: row.rule for row in version.field_rules.all() if row.step == module.step}
    found = []
    for field in module.fields(version):
        rule = "" if field.core else rules.get(field.name, "")
        if rule == "HIDDEN" or (not field.offered and not rule):
            continue
        found.append(field.asked(required=rule == "REQUIRED") if rule else field)
    return found


def schema_of(version: "LoanProductVersion", module: StepModule) -> Schema:
    """The whole document."""
    fields = fields_of(version, module)
    body = _rows(module, fields) if module.rows else _object(fields)
    return {
        "$schema": DIALECT,
        "$id": f"urn:aladdin:form:{version.product.code}:{version.version}:{module.step}",
        "title": str(module.step.label),
        **body,
        "x-step": str(module.step),
        "x-product": version.product.code,
        "x-product-version": version.version,
    }


def _object(fields: list[Field]) -> Schema:
    """Properties in their order; what is asked only under a condition is required by `if` and `then`."""
    always = [field.name for field in fields if field.required and field.when is None]
    schema: Schema = {
        "type": "object",
        "properties": {field.name: _shown(field) for field in fields},
        "additionalProperties": False,
        "required": always,
        "x-order": [field.name for field in fields],
    }
    if conditions := [_condition(field) for field in fields if field.required and field.when is not None]:
        schema["allOf"] = conditions
    return schema


def _rows(module: StepModule, fields: list[Field]) -> Schema:
    row = _object(fields)
    identity = {"type": "string", "format": "uuid", "title": "标识", "x-widget": "hidden"}
    row |= {"title": module.row_label, "properties": {"id": identity, **row["properties"]}}
    row["required"] = ["id", *row["required"]]
    rows = {"title": module.row_label, "type": "array", "items": row, "maxItems": _MOST_ROWS, "x-widget": "list"}
    return {
        "type": "object",
        "properties": {module.rows: rows},
        "additionalProperties": False,
        "required": [],
        "x-order": [module.rows],
    }


def _shown(field: Field) -> Schema:
    extra: dict[str, Any] = {"x-required": field.required}
    if field.when is not None:
        extra["x-visible-when"] = {"field": field.when[0], "in": list(field.when[1])}
    if field.personal:
        extra["x-personal"] = True
    return {**field.schema, **extra}


def _condition(field: Field) -> Schema:
    other, values = field.when or ("", ())
    test = {"properties": {other: {"enum": list(values)}}, "required": [other]}
    return {"if": test, "then": {"required": [field.name]}}


# --- Documents ----------------------------------------------------------------------------------
def document_of(module: StepModule, rows: Rows) -> Values:
    """What was filled in, in the shape of the schema."""
    if module.rows:
        return {module.rows: [{"id": row, **values} for row, values in rows.items()]}
    return rows.get("", {})


def rows_of(module: StepModule, document: Values) -> dict[str, Values | None]:
    """The rows that a document speaks of; None is one to be taken out (`"removed": true`)."""
    if not module.rows:
        return {"": document}
    return {str(row["id"]): None if row.get("removed") else _fields_in(row) for row in document.get(module.rows, [])}


def _fields_in(row: Values) -> Values:
    return {name: row[name] for name in row if name not in {"id", "removed"}}


def normal(version: "LoanProductVersion", module: StepModule, document: Values) -> Values:
    """Amounts may be sent as numbers; the form keeps them as text, which loses nothing."""
    schemas = {field.name: field.schema for field in fields_of(version, module)}
    if not module.rows:
        return _texts(document, schemas)
    rows = document.get(module.rows)
    if not isinstance(rows, list):
        return document
    return {**document, module.rows: [_texts(row, schemas) if isinstance(row, dict) else row for row in rows]}


def _texts(values: Values, schemas: dict[str, Schema]) -> Values:
    return {name: _text(value, schemas.get(name, {})) for name, value in values.items()}


def _text(value: Any, schema: Schema) -> Any:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    if is_number and schema.get("format") in {"money", "decimal"}:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return None if value == "" else value


def without_blanks(module: StepModule, document: Values) -> Values:
    """What is to be checked: what was cleared or taken out cannot be wrong."""
    if not module.rows:
        return filled(document)
    rows = document.get(module.rows)
    if not isinstance(rows, list):
        return document
    standing = [filled(row) if isinstance(row, dict) else row for row in rows if not _is_out(row)]
    return {**document, module.rows: [_without_mark(row) for row in standing]}


def _is_out(row: Any) -> bool:
    return isinstance(row, dict) and row.get("removed") is True and isinstance(row.get("id"), str)


def _without_mark(row: Any) -> Any:
    return {name: row[name] for name in row if name != "removed"} if isinstance(row, dict) else row
