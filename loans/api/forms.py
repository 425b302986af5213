"""The forms of the intake: their schemas, what was filled in, saving a part of a step, settling contradictions."""

import json
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aladdin.api.concurrency import expected_version
from aladdin.api.views import BankView
from loans import field_conflicts, products, step_forms
from loans.api.common import TAG, PersonSerializer, application_within, device_of, person_of
from loans.api.schemas import forms_of
from loans.forms import checking, documents
from loans.forms.module import Values
from loans.models import FieldConflict
from loans.step_forms import Form

_HIDDEN = "****"


class ComputedSerializer(serializers.Serializer[Any]):
    """A figure that follows from what was filled in."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not the attribute
    value = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    explanation = serializers.CharField(allow_blank=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    """What the bank knows already of a field that is empty (or a whole row)."""

    field = serializers.CharField(help_text="字段；分行步骤为来源行的标识")
    value = serializers.JSONField()
    source = serializers.ChoiceField(  # type: ignore[assignment]  # as above
        choices=["DOCUMENT", "EARLIER_APPLICATION", "CUSTOMER"]
    )
    source_label = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)


class ConflictSerializer(serializers.ModelSerializer[FieldConflict]):
    """A field with two values; the first stands until somebody settles it."""

    standing = serializers.SerializerMethodField(help_text="现有值")
    other = serializers.SerializerMethodField(help_text="另一值")
    standing_by = PersonSerializer(read_only=True, allow_null=True)
    other_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = FieldConflict
        fields = [
            "id",
            "step",
            "row",
            "field",
            "label",
            "standing",
            "standing_by",
            "standing_at",
            "other",
            "other_by",
            "other_at",
            "found_at",
            "settled_at",
            "settled_as",
        ]

    def _clear(self, conflict: FieldConflict, text: str) -> Any:
        leads = conflict.application.investigator_id == person_of(self.context["request"]).pk
        return json.loads(text) if leads else _HIDDEN

    @extend_schema_field(serializers.JSONField())
    def get_standing(self, conflict: FieldConflict) -> Any:
        return self._clear(conflict, conflict.standing)

    @extend_schema_field(serializers.JSONField())
    def get_other(self, conflict: FieldConflict) -> Any:
        return self._clear(conflict, conflict.other)


class FormSerializer(serializers.Serializer[Any]):
    """One step of one application. Personal fields are clear for the RM in charge alone."""

    step = serializers.CharField(source="module.step")
    step_label = serializers.CharField(source="module.step.label")
    form_schema = serializers.JSONField(source="schema", help_text="JSON Schema 2020-12，服务端按同一份校验")
    document = serializers.SerializerMethodField(help_text="已填内容")
    errors = serializers.SerializerMethodField(  # type: ignore[assignment]  # as above
        help_text="路径 → 缺什么或错在哪里"
    )
    computed = ComputedSerializer(many=True)
    suggestions = SuggestionSerializer(many=True, help_text="本行已知、可直接采用的内容")
    conflicts = ConflictSerializer(many=True)
    is_done = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    @extend_schema_field(serializers.JSONField())
    def get_document(self, form: Form) -> Values:
        leads = form.application.investigator_id == person_of(self.context["request"]).pk
        return form.document if leads else masked(form)

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.CharField())))
    def get_errors(self, form: Form) -> dict[str, list[str]]:
        return checking.by_path(form.faults)

    def get_is_done(self, form: Form) -> bool:
        return not form.faults


def masked(form: Form) -> Values:
    """The document with its personal fields hidden."""
    fields = documents.fields_of(form.application.product_version, form.module)
    personal = {field.name for field in fields if field.personal}

    def hide(values: Values) -> Values:
        return {name: _HIDDEN if name in personal else value for name, value in values.items()}

    if not form.module.rows:
        return hide(form.document)
    return {form.module.rows: [hide(row) for row in form.document[form.module.rows]]}


class FormEditSerializer(serializers.Serializer[Any]):
    """A part of a step."""

    document = serializers.DictField(
        required=False,
        help_text="要保存的字段；空值清除。分行步骤给出行（含手机生成的 id），removed=true 移除该行",
    )
    use_prefill = serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=60, help_text="采用哪些建议（字段名）"
    )


class StepSchemaSerializer(serializers.Serializer[Any]):
    """The form of one step of a product."""

    step = serializers.CharField()
    step_label = serializers.CharField(source="step.label")
    form_schema = serializers.JSONField(source="schema")


class SettleConflictSerializer(serializers.Serializer[Any]):
    take = serializers.ChoiceField(choices=["STANDING", "OTHER"], help_text="保留现有值，或采用另一值")


class ProductFormsView(BankView):
    """The forms of a product, in the order of its steps."""

    access = {"GET": "loan_product.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_products_forms",
        tags=[TAG],
        summary="产品各步骤的表单（JSON Schema）",
        responses=StepSchemaSerializer(many=True),
    )
    def get(self, request: Request, code: str) -> Response:
        version = products.shown(code)
        return Response(StepSchemaSerializer(forms_of(version), many=True).data)


class FormView(BankView):
    """One step of one application: read, and saved in parts."""

    access = {"GET": "loan.read", "PATCH": "loan.edit"}

    @extend_schema(tags=[TAG], summary="某步骤的表单与已填内容", responses=FormSerializer)
    def get(self, request: Request, application_id: UUID, step: str) -> Response:
        application = application_within(request, application_id)
        return self.one(step_forms.form_of(application, step, by=person_of(request)), FormSerializer)

    @extend_schema(
        tags=[TAG], summary="保存步骤内容（可部分保存）", request=FormEditSerializer, responses=FormSerializer
    )
    def patch(self, request: Request, application_id: UUID, step: str) -> Response:
        application = application_within(request, application_id)
        said = self.read(FormEditSerializer)
        by = person_of(request)
        saved = step_forms.save(
            application,
            step,
            said.get("document", {}),
            by=by,
            version=expected_version(request),
            use_prefill=said.get("use_prefill", ()),
            device=device_of(request),
        )
        return self.one(step_forms.form_of(saved, step, by=by), FormSerializer)


class ConflictsView(BankView):
    """Fields that two phones filled in differently."""

    access = {"GET": "loan.read"}
    pagination_class = None

    @extend_schema(
        operation_id="loan_applications_field_conflicts_list",
        tags=[TAG],
        summary="填写冲突（两方的值）",
        responses=ConflictSerializer(many=True),
    )
    def get(self, request: Request, application_id: UUID) -> Response:
        rows = application_within(request, application_id).field_conflicts.select_related(
            "standing_by", "other_by", "application__customer"
        )
        return Response(ConflictSerializer(rows, many=True, context={"request": request}).data)


class SettleConflictView(BankView):
    """One of them settled."""

    access = {"POST": "loan.edit"}

    @extend_schema(
        tags=[TAG], summary="确认填写冲突采用哪一个值", request=SettleConflictSerializer, responses=FormSerializer
    )
    def post(self, request: Request, application_id: UUID, conflict_id: UUID) -> Response:
        application = application_within(request, application_id)
        take_other = self.read(SettleConflictSerializer)["take"] == "OTHER"
        by = person_of(request)
        conflict = field_conflicts.settle(application, conflict_id, take_other=take_other, by=by)
        application = application_within(request, application_id)
        return self.one(step_forms.form_of(application, conflict.step, by=by), FormSerializer)
