"""The kinds of documents that are read: which fields stand on each, who finds them, how the picture is filed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loans.codes import MaterialType, PartyRole
from loans.models import DocumentReading, LoanParty
from loans.ocr import cards, licences
from loans.ocr.fields import Field
from loans.ocr.layout import Sheet
from loans.ocr.lines import Line

Kind = DocumentReading.Kind
Finder = Callable[[Sequence[Line]], tuple[list[Field], Sheet]]


@dataclass(frozen=True)
class Document:
    """One kind. `side`: pixels of the longer side in which text is looked for; small print needs more."""

    kind: DocumentReading.Kind
    find: Finder
    side: int
    labels: dict[str, str]
    needed: tuple[str, ...]
    telling: tuple[str, ...]
    """Fields of which one at least is there, or it is no such document."""


DOCUMENTS: dict[str, Document] = {
    document.kind: document
    for document in (
        Document(
            Kind.IDENTITY_FRONT,
            cards.identity_front,
            800,
            {
                "name": "姓名",
                "sex": "性别",
                "ethnicity": "民族",
                "born": "出生日期",
                "address": "住址",
                "number": "公民身份号码",
            },
            ("name", "sex", "born", "number"),
            ("number", "born"),
        ),
        Document(
            Kind.IDENTITY_BACK,
            cards.identity_back,
            800,
            {"authority": "签发机关", "valid_from": "有效期起", "valid_until": "有效期至"},
            ("authority", "valid_from", "valid_until"),
            ("authority", "valid_from"),
        ),
        Document(
            Kind.LICENCE,
            licences.licence,
            1216,
            {
                "code": "统一社会信用代码",
                "name": "名称",
                "type": "类型",
                "representative": "法定代表人（经营者）",
                "capital": "注册资本",
                "founded": "成立日期",
                "term": "营业期限至",
                "address": "住所（经营场所）",
                "scope": "经营范围",
            },
            ("code", "name"),
            ("code", "name"),
        ),
        Document(Kind.BANK_CARD, cards.bank_card, 800, {"number": "卡号", "bank": "发卡行"}, ("number",), ("number",)),
    )
}

_IDENTITY_PAPER = {
    PartyRole.SPOUSE: MaterialType.SPOUSE_ID,
    PartyRole.GUARANTOR: MaterialType.GUARANTOR_ID,
    PartyRole.CO_BORROWER: MaterialType.CO_BORROWER_ID,
}


def paper_of(kind: str, party: LoanParty | None) -> MaterialType | None:
    """As which paper of the file the picture counts; None: it is not filed."""
    if kind == Kind.BANK_CARD:
        return None
    if kind == Kind.LICENCE:
        return MaterialType.BIZ_LICENSE
    return _IDENTITY_PAPER[PartyRole(party.role)] if party is not None else MaterialType.ID_CARD


def is_other_side(kind: str, lines: Sequence[Line]) -> bool:
    """Whether the picture shows the other side of an identity card than the one that was asked for."""
    other = {Kind.IDENTITY_FRONT: Kind.IDENTITY_BACK, Kind.IDENTITY_BACK: Kind.IDENTITY_FRONT}.get(Kind(kind))
    if other is None:
        return False
    fields, _ = DOCUMENTS[other].find(lines)
    return is_recognised(DOCUMENTS[other], fields)


def is_recognised(document: Document, fields: Sequence[Field]) -> bool:
    """Whether the picture shows such a document at all."""
    return any(each.value for each in fields if each.name in document.telling)
