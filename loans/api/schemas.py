"""The schema of every step of a product: of steps with a form from their module, of the others from what their door
reads, so that neither is written twice."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from rest_framework import serializers

from loans import doors
from loans.api.authorization import SignConsentSerializer
from loans.api.identity import FaceSerializer
from loans.api.investigation import FindingsSerializer
from loans.api.materials import MaterialUploadSerializer
from loans.codes import Step
from loans.forms import documents
from loans.forms.fields import Schema
from loans.forms.modules import MODULES
from loans.models import DueDiligence, LoanProductVersion, Material

#: What the door of a step without a form of its own reads, and the rows whose labels its fields have.
_READS: dict[Step, tuple[type[serializers.Serializer[object]], type[Model] | None]] = {
    Step.IDENTITY_CHECK: (FaceSerializer, None),
    Step.CREDIT_AUTHORIZATION: (SignConsentSerializer, None),
    Step.MATERIALS: (MaterialUploadSerializer, Material),
    Step.DUE_DILIGENCE: (FindingsSerializer, DueDiligence),
    Step.CONFIRMATION: (serializers.Serializer, None),
}
_TYPES: "tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], Schema], ...]" = (
    (serializers.BooleanField, {"type": "boolean", "x-widget": "switch"}),
    (serializers.IntegerField, {"type": "integer", "x-widget": "number"}),
    (serializers.DecimalField, {"type": "string", "format": "decimal", "x-widget": "number"}),
    (serializers.DateTimeField, {"type": "string", "format": "date-time", "x-widget": "datetime"}),
    (serializers.DateField, {"type": "string", "format": "date", "x-widget": "date"}),
    (serializers.UUIDField, {"type": "string", "format": "uuid", "x-widget": "reference"}),
    (serializers.FileField, {"type": "string", "contentEncoding": "binary", "x-widget": "picture"}),
    (serializers.ListField, {"type": "array", "x-widget": "list"}),
    (serializers.JSONField, {"x-widget": "json"}),
    (serializers.CharField, {"type": "string", "x-widget": "text"}),
)


@dataclass(frozen=True)
class StepSchema:
    """One step of a product and its form."""

    step: Step
    schema: Schema


def forms_of(version: LoanProductVersion) -> list[StepSchema]:
    """Every step of the product, in its order."""
    return [StepSchema(Step(step), schema_of(version, Step(step))) for step in version.steps]


def schema_of(version: LoanProductVersion, step: Step) -> Schema:
    """The step's schema, with the door at which it is handed in."""
    module = MODULES.get(step)
    schema = documents.schema_of(version, module) if module is not None else _of_door(version, step)
    door = doors.STEPS[step]
    content = "multipart/form-data" if door.as_multipart else "application/json"
    path = f"/api/v1/loan-applications/{{application_id}}/{door.path}"
    return {**schema, "x-door": {"method": door.method, "path": path, "content": content, "who": str(door.who.label)}}


def _of_door(version: LoanProductVersion, step: Step) -> Schema:
    serializer, rows = _READS[step]
    fields = serializer().fields
    return {
        "$schema": documents.DIALECT,
        "$id": f"urn:aladdin:form:{version.product.code}:{version.version}:{step}",
        "title": str(step.label),
        "type": "object",
        "properties": {name: _property(name, field, rows) for name, field in fields.items()},
        "additionalProperties": False,
        "required": [name for name, field in fields.items() if field.required],
        "x-order": list(fields),
        "x-step": str(step),
        "x-product": version.product.code,
        "x-product-version": version.version,
    }


def _property(name: str, field: "serializers.Field[Any, Any, Any, Any]", rows: type[Model] | None) -> Schema:
    found = dict(next((said for kind, said in _TYPES if isinstance(field, kind)), {}))
    found["title"] = _title(name, field, rows)
    if isinstance(field, serializers.ChoiceField):
        labels = {str(code): str(label) for code, label in field.choices.items()}
        found |= {"type": "string", "enum": list(labels), "x-enum-labels": labels, "x-widget": "select"}
    for keyword, attribute in (("maxLength", "max_length"), ("minimum", "min_value"), ("maximum", "max_value")):
        bound = getattr(field, attribute, None)
        if bound is not None:
            exact = isinstance(field, serializers.DecimalField)
            found[f"x-{keyword}" if exact else keyword] = str(bound) if exact else bound
    return {**found, "x-required": bool(field.required)}


def _title(name: str, field: "serializers.Field[Any, Any, Any, Any]", rows: type[Model] | None) -> str:
    """The column's own name, else what the API's document says of the field."""
    columns = {column.name: column for column in rows._meta.concrete_fields} if rows is not None else {}
    if name in columns:
        return str(columns[name].verbose_name)
    return str(field.help_text or _NAMES.get(name, name))


#: Fields whose columns have no name of their own.
_NAMES = {
    "party": "关联人",
    "file": "图片",
    "interview": "面谈记录",
    "text_sha256": "授权书摘要",
    "signature": "签名",
    "place": "签署地点",
}
