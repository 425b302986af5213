"""Keeping contract templates: one person writes the clauses, another publishes them; published ones never change.

A clause may leave open the words of `loans/contract_variables.py`. A template that leaves open a word that nobody
knows, or does not say what the law wants said, is not published. The texts that the house ships lie in
`loans/contract_texts/`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from aladdin import audit, clock
from aladdin.papers import Block, Clause, Facts, Paper, Paragraph, SignatureBox, render
from aladdin.problems import Conflict, NotPermitted, RuleBroken
from loans import contract_variables as variables
from loans.codes import LegalDocument
from loans.contract_codes import ClauseCondition
from loans.contract_variables import Value
from loans.models import ContractTemplate, LoanApplication, TemplateClause
from organization import access
from organization.models import Staff

S = ContractTemplate.State
C = ClauseCondition
_TEXTS = Path(__file__).parent / "contract_texts"
_LINE = re.compile(r"(?:\[(?P<condition>\w+)\] )?(?P<emphasis>!)?(?P<number>[^　]{1,12})　(?P<text>.+)")
_NUMBER = re.compile(r"第[一二三四五六七八九十百]{1,5}条|\d{1,2}(\.\d{1,2}){1,2}")
_SHIPPED_FROM = date(1990, 1, 1)


# --- Choosing ------------------------------------------------------------------------------------
def chosen(document: str, application: LoanApplication, on: date) -> ContractTemplate:
    """The template of a paper for this case: the one that its product names, else the most particular of those in
    force. Raises `template_missing` (409)."""
    product = application.product
    in_force = ContractTemplate.objects.in_force(on).filter(document=document)
    named = application.product_version.templates.filter(document=document).first()
    if named is not None:
        fitting = in_force.filter(code=named.template_code)
        if named.template_version.isdecimal():
            fitting = fitting.filter(version=int(named.template_version))
    else:
        fitting = in_force.filter(
            Q(product=None) | Q(product=product),
            loan_kind__in=["", product.kind],
            guarantee__in=["", product.guarantee],
        )
    newest: dict[str, ContractTemplate] = {}
    for template in fitting.prefetch_related("clauses"):
        newest.setdefault(template.code, template)
    if not newest:
        label = LegalDocument(document).label
        raise Conflict("template_missing", f"没有适用的“{label}”模板，请联系产品经理发布")
    return max(newest.values(), key=_particularity)


def _particularity(template: ContractTemplate) -> tuple[bool, bool, bool, date]:
    return (
        template.product_id is not None,
        bool(template.guarantee),
        bool(template.loan_kind),
        template.effective_from,
    )


# --- Writing out ---------------------------------------------------------------------------------
def clauses_of(
    template: ContractTemplate, values: Mapping[str, Value], holding: frozenset[ClauseCondition]
) -> list[Clause]:
    """The clauses that belong into a case, filled in. Raises `contract_value_missing` (422) for what the case lacks."""
    rows = [row for row in template.clauses.all() if row.condition == C.ALWAYS or row.condition in holding]
    try:
        return [Clause(row.number, variables.filled(row.text, values), emphasis=row.emphasis) for row in rows]
    except variables.ValueMissing as missing:
        label = missing.variable.label
        raise RuleBroken("contract_value_missing", f"制作“{template.title}”缺少{label}，请先补全资料") from missing


def preview(template: ContractTemplate, *, by: Staff) -> bytes:
    """The template as a PDF with made-up values and every clause, whatever its condition. Raises
    `template_unfit` (422)."""
    access.require(by, "contract_template.read")
    _require_fit(template)
    blocks: list[Block] = [
        Facts([("适用范围", scope_of(template)), ("版本", f"{template.code} v{template.version}")]),
        *clauses_of(template, variables.examples(template.document), frozenset(C)),
        Paragraph("（以下无正文）", indent=False, align="center", small=True),
        SignatureBox("签署人（签字）", ""),
        SignatureBox("贷款人（盖章）", ""),
    ]
    number = str(variables.VARIABLES["paper_no"].example)
    return render(Paper(template.title, number, blocks, watermark="样张 · 内容为示例"))


def scope_of(template: ContractTemplate) -> str:
    """For which loans it is meant, in words."""
    named = [
        template.product.name if template.product else "",
        template.get_loan_kind_display() if template.loan_kind else "",
        template.get_guarantee_display() if template.guarantee else "",
    ]
    return "、".join(filter(None, named)) or "一律适用"


# --- Keeping -------------------------------------------------------------------------------------
def begin(template: ContractTemplate, *, by: Staff) -> None:
    """Make an unsaved template the next version of its code, in the hands of `by`. Raises
    `template_in_the_making` (409)."""
    access.require(by, "contract_template.edit")
    newest = ContractTemplate.objects.filter(code=template.code).order_by("-version").first()
    if newest is not None and newest.state != S.PUBLISHED:
        raise Conflict("template_in_the_making", "该模板已有未发布的版本，请先完成")
    template.maker, template.version = by, newest.version + 1 if newest else 1


@transaction.atomic
def draft_next(template: ContractTemplate, *, by: Staff) -> ContractTemplate:
    """A draft from tomorrow on with the clauses of the newest version. Raises `template_in_the_making` (409)."""
    access.require(by, "contract_template.edit")
    newest = ContractTemplate.objects.select_for_update().filter(code=template.code).order_by("-version").first()
    if newest is None or newest.state != S.PUBLISHED:
        raise Conflict("template_in_the_making", "该模板已有未发布的版本，请先完成")
    clauses = list(newest.clauses.all())
    kept = {name: getattr(newest, name) for name in ("code", "document", "title", "loan_kind", "guarantee", "product")}
    draft = ContractTemplate.objects.create(
        **kept, version=newest.version + 1, effective_from=clock.today() + timedelta(days=1), maker=by
    )
    _put_clauses(draft, clauses)
    audit.record(by=by, action="draft_contract_template", subject=_subject(draft), after=newest.version)
    return draft


@transaction.atomic
def submit(template: ContractTemplate, *, by: Staff) -> ContractTemplate:
    """Hand the draft to a checker. Raises `not_the_maker` (403), `template_state` (409), `template_unfit` (422)."""
    access.require(by, "contract_template.edit")
    draft = _held(template, S.DRAFT)
    if draft.maker_id != by.pk:
        raise NotPermitted("not_the_maker", "只有经办人可以提交复核")
    _require_fit(draft)
    return _moved(draft, S.SUBMITTED, "submit", by, returned_because="")


@transaction.atomic
def send_back(template: ContractTemplate, *, reason: str, by: Staff) -> ContractTemplate:
    """Give it back to its maker. Raises `checker_is_maker` (403), `template_state` (409)."""
    submitted = _to_be_checked(template, by)
    return _moved(submitted, S.DRAFT, "send_back", by, returned_because=reason[:200])


@transaction.atomic
def publish(template: ContractTemplate, *, by: Staff) -> ContractTemplate:
    """New contracts follow it from its day on. Raises `checker_is_maker` (403), `template_state` (409),
    `template_unfit` (422)."""
    submitted = _to_be_checked(template, by)
    _require_fit(submitted)
    if submitted.effective_from < clock.today():
        raise RuleBroken("template_unfit", "生效日已过，请退回修改")
    return _moved(submitted, S.PUBLISHED, "publish", by, checker=by, published_at=clock.now())


def _to_be_checked(template: ContractTemplate, by: Staff) -> ContractTemplate:
    access.require(by, "contract_template.publish")
    submitted = _held(template, S.SUBMITTED)
    if submitted.maker_id == by.pk:
        raise NotPermitted("checker_is_maker", "经办人不能复核自己制作的模板")
    return submitted


def _held(template: ContractTemplate, state: S) -> ContractTemplate:
    held = ContractTemplate.objects.select_for_update().get(pk=template.pk)
    if held.state != state:
        raise Conflict("template_state", f"模板当前为“{held.get_state_display()}”，不能进行此操作")
    return held


def _moved(template: ContractTemplate, state: S, verb: str, by: Staff, **marks: object) -> ContractTemplate:
    template.state = state
    for name, value in marks.items():
        setattr(template, name, value)
    template.save()
    audit.record(
        by=by, action=f"{verb}_contract_template", subject=_subject(template), reason=template.returned_because
    )
    return template


def _subject(template: ContractTemplate) -> str:
    return f"contract-template/{template.pk}"


# --- What a text must be -------------------------------------------------------------------------
def _require_fit(template: ContractTemplate) -> None:
    if reasons := list(unfit(template)):
        raise RuleBroken("template_unfit", "模板不能使用：" + "；".join(reasons), blockers=reasons)


def unfit(template: ContractTemplate) -> Iterator[str]:
    """Everything wrong with a template's clauses, in Chinese."""
    rows = list(template.clauses.all())
    if template.document not in variables.KNOWN:
        yield f"“{template.get_document_display()}”由系统生成，不使用模板"
        return
    if not rows:
        yield "没有条款"
    for row in rows:
        yield from _wrong_with(row)
    texts = [row.text for row in rows]
    if strangers := variables.unknown_in(texts, template.document):
        yield "不认识的变量：" + "、".join(strangers)
    said = {name for row in rows if row.condition == C.ALWAYS for name in variables.named_in(row.text)}
    for name in sorted(variables.NEEDED[template.document] - said):
        yield f"未载明{variables.VARIABLES[name].label}"


def _wrong_with(row: TemplateClause) -> Iterator[str]:
    if not _NUMBER.fullmatch(row.number):
        yield f"条款号“{row.number}”应为“第一条”或“1.1”"
    outside = variables.OPEN.sub("", row.text)
    if "{" in outside or "}" in outside:
        yield f"条款{row.number}的变量应写作“{{{{ 名称 }}}}”"


# --- What the house ships ------------------------------------------------------------------------
@dataclass(frozen=True)
class _Shipped:
    said: dict[str, str]
    clauses: list[TemplateClause]


@transaction.atomic
def seed() -> list[ContractTemplate]:
    """The house's templates, published; a code that is there stays as the bank keeps it."""
    there = set(ContractTemplate.objects.values_list("code", flat=True))
    shipped = [_read(file) for file in sorted(_TEXTS.glob("*.txt"))]
    return [_ship(each) for each in shipped if each.said["code"] not in there]


def _ship(shipped: _Shipped) -> ContractTemplate:
    template = ContractTemplate.objects.create(
        **shipped.said, effective_from=_SHIPPED_FROM, state=S.PUBLISHED, published_at=clock.now()
    )
    _put_clauses(template, shipped.clauses)
    return template


def _put_clauses(template: ContractTemplate, clauses: Iterable[TemplateClause]) -> None:
    TemplateClause.objects.bulk_create(
        TemplateClause(
            template=template,
            position=position,
            number=each.number,
            text=each.text,
            condition=each.condition,
            emphasis=each.emphasis,
        )
        for position, each in enumerate(clauses, 1)
    )


def _read(file: Path) -> _Shipped:
    head, _, body = file.read_text("utf-8").partition("\n\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    lines = [_LINE.fullmatch(line) for line in body.splitlines() if line]
    return _Shipped(
        said,
        [
            TemplateClause(
                number=line["number"],
                text=line["text"],
                condition=line["condition"] or C.ALWAYS,
                emphasis=bool(line["emphasis"]),
            )
            for line in lines
            if line
        ],
    )
