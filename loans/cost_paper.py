"""The statement of all-in financing cost as a paper (综合融资成本明示表, 金规〔2026〕2号)."""

from decimal import Decimal

from django.db import transaction

from aladdin import audit, clock, papers
from aladdin.money import yuan
from aladdin.papers import Block, Facts, Heading, Paper, Paragraph, SignatureBox, Table
from loans import evidence, sealed_files
from loans.codes import RepaymentMethod
from loans.models import CostDisclosure
from loans.transitions import subject_of
from organization.models import Staff

_HEAD = ["项目", "收取方式", "标准", "收取方"]
_NOTE = (
    "一、上表为正常履约情形下借款人承担的全部息费；除表列项目外，不收取其他息费。\n"
    "二、年化综合融资成本按各期实际收付款项的内部收益率计算（月利率×12），以现在放款、按约还款为前提。\n"
    "三、或有费用仅在发生相应情形时收取，不计入年化综合融资成本。"
)


def read(shown: CostDisclosure, *, by: Staff) -> bytes:
    """The PDF as it stands; who read it is on record. Raises `not_in_charge` (403)."""
    application = shown.application
    sealed_files.check_reader(application, by)
    audit.record(by=by, action="loan.read_cost", subject=subject_of(application), sha256=shown.sha256)
    if shown.confirmed_at is None:
        return papers.render(_paper(shown, watermark="待确认 · 仅供阅读"), exact=True)
    return issued(shown)


@transaction.atomic
def issued(shown: CostDisclosure) -> bytes:
    """The sealed PDF of a confirmed statement."""
    held = (
        CostDisclosure.objects.select_for_update(of=("self",)).select_related("application__customer").get(pk=shown.pk)
    )
    return sealed_files.sealed(
        held,
        lambda: _paper(held),
        application_id=held.application_id,
        key=held.application.data_key(),
        reason="综合融资成本明示",
    )


def issue_waiting(most: int = 500) -> int:
    """Seal the confirmed statements that nobody has asked for yet; how many."""
    waiting = CostDisclosure.objects.filter(sealed_at__isnull=True, confirmed_at__isnull=False)
    rows = list(waiting.order_by("confirmed_at")[:most])
    for shown in rows:
        issued(shown)
    return len(rows)


def _paper(shown: CostDisclosure, watermark: str | None = None) -> Paper:
    blocks: list[Block] = [
        _terms(shown),
        Heading("一、正常履约息费"),
        _lasting(shown.items),
        Facts([("年化综合融资成本", f"{shown.annualised_cost.quantize(Decimal('0.01'))}%（单利）")]),
        Heading("二、或有费用"),
        _contingent(shown.contingent_items),
        Paragraph(_NOTE, small=True, indent=False),
        _signature(shown),
    ]
    day = clock.business_date(shown.confirmed_at or shown.shown_at)
    number = f"MS-{shown.sha256[:16].upper()}"
    subtitle = f"版本{shown.table_version}"
    return Paper("个人贷款综合融资成本明示表", number, blocks, watermark=watermark, dated=day, subtitle=subtitle)


def _terms(shown: CostDisclosure) -> Facts:
    application, terms = shown.application, shown.terms
    pairs = [("借款人", application.customer.name), ("产品", application.product.name)]
    if terms:
        pairs += [
            ("贷款金额", f"{yuan(Decimal(terms['amount']))}元"),
            ("期限", f"{terms['term_months']}个月"),
            ("年利率", f"{Decimal(terms['rate']).normalize():f}%（单利）"),
            ("还款方式", f"{RepaymentMethod(terms['repayment_method']).label}，每月{terms['repayment_day']}日"),
        ]
    return Facts(pairs, columns=2)


def _lasting(items: list[dict[str, str]]) -> Table:
    """What is paid in any case, with its sum."""
    total = sum((Decimal(each["amount"].replace(",", "")) for each in items if each["amount"]), Decimal(0))
    rows = [[*_described(each), each["amount"]] for each in items]
    return Table(
        [*_HEAD, "金额（元）"],
        [*rows, ["合计", "", "", "", yuan(total)]],
        ["left", "left", "left", "left", "right"],
        total=True,
    )


def _contingent(items: list[dict[str, str]]) -> Table:
    return Table(_HEAD, [_described(each) for each in items])


def _described(item: dict[str, str]) -> list[str]:
    return [item["name"], item["method"], item["rate"], item["collected_by"]]


def _signature(shown: CostDisclosure) -> SignatureBox:
    customer = shown.application.customer
    picture = evidence.fetch(shown.signature_file, key=customer.data_key()) if shown.signature_file else None
    note = ""
    if shown.confirmed_at is not None:
        is_online = shown.way == CostDisclosure.Way.ONLINE
        note = f"线上阅读{shown.read_seconds}秒后以短信验证码确认" if is_online else "现场签字"
    return SignatureBox(
        "本人已阅读并知悉上述全部息费（借款人）",
        customer.name,
        picture=picture,
        signed_at=shown.confirmed_at,
        note=note,
    )
