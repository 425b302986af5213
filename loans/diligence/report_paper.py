"""The investigators' report as a paper, printed from what it says and nothing else."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from uuid import UUID

from aladdin import clock
from aladdin.money import yuan
from aladdin.papers import Block, Facts, Heading, Paper, Paragraph, Picture, SignatureBox, Table
from loans import evidence
from loans.codes import Outcome
from loans.diligence.report_content import Told
from loans.models import InvestigationReport, Material

#: So many photographs are printed; the table names all of them.
PICTURED = 6
_DIGITS = "零一二三四五六七八九十"
_NONE = "—"


def paper(row: InvestigationReport) -> Paper:
    """The whole report."""
    told: Told = json.loads(row.content)
    loan = told["loan"]
    return Paper(
        "贷款尽职调查报告",
        f"DC-{loan['application_no']}-{row.version}",
        [*_numbered(row, told), *_signed(told)],
        watermark=f"仅用于审查审批 {loan['application_no']}",
        dated=clock.business_date(row.made_at),
        subtitle=f"{loan['product']} · 第{row.version}次报审",
    )


def pictured(row: InvestigationReport) -> list[Material]:
    """The photographs that are printed, as they were in the file when it was handed in."""
    named = [UUID(each["material"]) for each in json.loads(row.content)["photos"][:PICTURED]]
    found = Material.objects.in_bulk(named)
    return [found[each] for each in named]


def _numbered(row: InvestigationReport, told: Told) -> Iterator[Block]:
    """The sections that have something to say, numbered as they come."""
    sections: list[tuple[str, list[Block]]] = [
        ("申请与借款人", [_loan(told["loan"]), _borrower(told["borrower"])]),
        ("关联人", _parties(told["parties"])),
        ("押品", _collaterals(told["collaterals"])),
        ("现场调查", _visit(told["visit"])),
        ("面谈记录", [block for each in told["interviews"] for block in _interview(each)]),
        ("收入、负债与偿债能力", [*_ability(told["ability"]), *_worksheet(told["worksheet"])]),
        ("交叉验证发现的矛盾与核实说明", _contradictions(told["contradictions"])),
        ("现场照片的时间与地点", [*_photos(told["photos"]), *_photographs(row)]),
        ("征信情况", _credit(told["credit"])),
        ("准入规则", _rules(told["rules"])),
        ("评分与理由", _score(told["score"])),
        ("资料清单", _papers(told["papers"])),
        ("退回事项与本次变更", _since_return(told)),
        ("调查结论", [*_opinions(told["opinions"]), _made(row)]),
    ]
    number = count(1)
    for title, blocks in sections:
        if blocks:
            yield Heading(f"{_in_words(next(number))}、{title}")
            yield from blocks


def _in_words(number: int) -> str:
    """1 to 19 as Chinese papers number their sections.

    >>> _in_words(3), _in_words(12)
    ('三', '十二')
    """
    return _DIGITS[number] if number <= 10 else f"十{_DIGITS[number - 10]}"


# --- The loan and its people ---------------------------------------------------------------------
def _loan(said: Told) -> Facts:
    note = f"（{said['purpose_note']}）" if said["purpose_note"] else ""
    return Facts(
        [
            ("申请编号", said["application_no"]),
            ("经办机构", said["branch"]),
            ("产品", f"{said['product']}（第{said['product_version']}版）"),
            ("贷款类别与担保", f"{said['kind']}，{said['guarantee']}"),
            ("申请金额", _yuan(said["amount"])),
            ("期限", f"{said['term_months']}个月"),
            ("还款方式", said["repayment_method"]),
            ("用途", f"{said['purpose']}{note}"),
        ],
        columns=2,
    )


def _borrower(said: Told) -> Facts:
    return Facts(
        [
            ("借款人", said["name"]),
            ("证件号码", said["identity_no"]),
            ("年龄", f"{said['age']}周岁" if said["age"] is not None else _NONE),
            ("职业", said["occupation"] or _NONE),
            ("婚姻状况", said["marital_status"] or _NONE),
            ("工作单位", said["employer"] or _NONE),
            ("申报月收入", _yuan(said["monthly_income"])),
            ("申报月负债支出", _yuan(said["monthly_debt"])),
            ("联系地址", said["address"] or _NONE),
        ],
        columns=2,
    )


def _parties(rows: Sequence[Told]) -> list[Block]:
    return _table(
        rows,
        ("角色", lambda each: each["role"]),
        ("姓名", lambda each: each["name"]),
        ("与借款人关系", lambda each: each["relation"]),
        ("承担还款责任", lambda each: "是" if each["is_obligor"] else "否"),
        ("月收入", lambda each: _yuan(each["monthly_income"])),
    )


def _collaterals(rows: Sequence[Told]) -> list[Block]:
    return _table(
        rows,
        ("种类", lambda each: each["kind"] or _NONE),
        ("说明", lambda each: each["description"] or _NONE),
        ("评估价值", lambda each: _yuan(each["appraised_value"])),
        ("评估日期", lambda each: each["appraised_on"] or _NONE),
        ("优先债权", lambda each: _yuan(each["prior_claims"])),
    )


# --- Visit and interviews ------------------------------------------------------------------------
def _visit(said: Told | None) -> list[Block]:
    if said is None:
        return []
    facts = [
        ("调查方式", said["visit"]),
        ("调查时间", _time(said["visited_at"])),
        ("地点", said["place"] or _NONE),
        ("经纬度", _place(said)),
    ]
    if said["waiver_reason"]:
        facts.append(("豁免现场调查原因", said["waiver_reason"]))
    facts.append(("用途佐证", said["purpose_evidence"]))
    return [
        Facts(facts, columns=2),
        Paragraph(f"调查与面谈情况：{said['interview']}"),
        Paragraph(f"风险点与缓释措施：{said['risk_points'] or '未提出'}"),
    ]


def _interview(said: Told) -> Iterator[Block]:
    beside = f"，{said['accompanied_by']['name']}同行" if said["accompanied_by"] else ""
    where = said["place"] or f"{said['platform']}，录音录像编号{said['recording_reference']}"
    yield Facts(
        [
            ("面谈对象", said["person"]),
            ("方式", said["mode"]),
            ("时间", f"{_time(said['began_at'])}至{_time(said['ended_at'])[-5:]}"),
            ("地点或平台", where),
            ("面谈人", f"{said['interviewer']['name']}{beside}"),
        ],
        columns=2,
    )
    yield from _table(
        said["answers"],
        ("主题", lambda each: each["topic"]),
        ("问题", lambda each: each["question"] or _NONE),
        ("答复", lambda each: each["answer"] or "见面谈记录"),
    )


# --- Figures -------------------------------------------------------------------------------------
def _ability(said: Told | None) -> list[Block]:
    if said is None:
        return []
    source = f"现金流量表第{said['worksheet_version']}版" if said["worksheet_version"] else "主办调查填写"
    facts = [
        ("数据来源", source),
        ("核实月收入", _yuan(said["monthly_income"])),
        ("月支出", _yuan(said["monthly_outgo"])),
        ("现有月还款", _yuan(said["monthly_debt"])),
        ("本笔月还款", _yuan(said["instalment"])),
        ("月结余", _yuan(said["surplus"])),
        ("偿债收入比", _percent(said["debt_to_income"])),
        ("偿债覆盖率", _percent(said["coverage"])),
        ("资产", _yuan(said["assets"])),
        ("负债", _yuan(said["liabilities"])),
        ("净资产", _yuan(said["net_worth"])),
        ("资产负债率", _percent(said["liabilities_to_assets"])),
    ]
    if said["reserve_months"] is not None:
        facts.append(("流动资产可支撑", f"{said['reserve_months']}个月"))
    how = "偿债收入比=（现有月还款＋本笔月还款）÷月收入；偿债覆盖率=（月收入－月支出）÷（现有月还款＋本笔月还款）。"
    return [Facts(facts, columns=2), Paragraph(how, small=True, indent=False)]


def _worksheet(rows: Sequence[Told]) -> list[Block]:
    return _table(
        rows,
        ("部分", lambda each: each["section"]),
        ("项目", lambda each: each["item"]),
        ("说明", lambda each: each["description"] or _NONE),
        ("金额（元）", lambda each: yuan(Decimal(each["amount"]))),
        ("余额（元）", lambda each: yuan(Decimal(each["balance"])) if each["balance"] else _NONE),
        ("佐证", lambda each: each["evidence"] or "无"),
        ("录入", lambda each: each["entered_by"]["name"]),
    )


# --- Contradictions and photographs ----------------------------------------------------------------
def _contradictions(rows: Sequence[Told]) -> list[Block]:
    if not rows:
        return [Paragraph("交叉验证未发现矛盾。")]
    return _table(
        rows,
        ("矛盾", lambda each: f"【{each['severity_label']}】{each['detail']}"),
        ("核实说明", _answered),
    )


def _answered(said: Told) -> str:
    if not said["answer"]:
        return "提示，未要求说明"
    return f"{said['answer']}（{said['answered_by']['name']}，{_time(said['answered_at'])}）"


def _photos(rows: Sequence[Told]) -> list[Block]:
    numbers = count(1)
    return _table(
        rows,
        ("照片", lambda _: f"{next(numbers)}"),
        ("拍摄时间", lambda each: _time(each["taken_at"])),
        ("上传时间", lambda each: _time(each["uploaded_at"])),
        ("经纬度", _place),
        ("距调查地点", lambda each: _metres(each["metres_from_visit"])),
        ("距登记地址", lambda each: _metres(each["metres_from_address"])),
    )


def _photographs(row: InvestigationReport) -> list[Block]:
    key = row.data_key()
    return [
        Picture(evidence.fetch(each.thumbnail_file, key=key), width_mm=60, caption=f"现场照片{number}")
        for number, each in enumerate(pictured(row), start=1)
    ]


# --- The bureau, rules, score --------------------------------------------------------------------
def _credit(rows: Sequence[Told]) -> list[Block]:
    return [_credit_of(each) for each in rows]


def _credit_of(said: Told) -> Facts:
    overdue = f"{_count(said['overdue_accounts'])}户，{_yuan(said['overdue_amount'])}"
    return Facts(
        [
            ("对象", said["about"]),
            ("报告编号", said["report_no"]),
            ("取得时间", _time(said["received_at"])),
            ("贷款账户", f"{_count(said['loan_accounts'])}户"),
            ("当前逾期", overdue),
            ("近24个月逾期", f"{_count(said['overdue_months_24m'])}个月"),
            ("负债余额", _yuan(said["debt_balance"])),
            ("月还款", _yuan(said["monthly_payment"])),
            ("近3个月查询", f"{_count(said['queries_3m'])}次"),
        ],
        columns=2,
    )


def _rules(rows: Sequence[Told]) -> list[Block]:
    """Those that say something, each with its reason; the others by name."""
    telling = [each for each in rows if each["outcome"] != Outcome.PASS or each["is_unknown"]]
    passed = "、".join(dict.fromkeys(each["name"] for each in rows if each not in telling))
    blocks: list[Block] = _table(
        telling,
        ("规则", lambda each: f"{each['name']}（第{each['version']}版）"),
        ("对象", lambda each: each["about"]),
        ("结论", lambda each: each["outcome_label"]),
        ("理由", lambda each: each["explanation"]),
        ("依据", lambda each: each["legal_basis"] or _NONE),
    )
    return [*blocks, Paragraph(f"未触发：{passed}。", small=True)] if passed else blocks


def _score(said: Told | None) -> list[Block]:
    if said is None:
        return []
    facts = Facts(
        [
            ("评分卡", f"{said['scorecard']}（第{said['version']}版）"),
            ("得分与等级", f"{said['points']}分，{said['band_label']}"),
            ("等级含义", said["meaning"]),
        ]
    )
    reasons = _table(
        said["reasons"],
        ("因素", lambda each: each["name"]),
        ("取值", lambda each: each["value"]),
        ("理由", lambda each: each["text"]),
        ("得分", lambda each: f"{each['points']}"),
        ("满分", lambda each: f"{each['most']}"),
    )
    return [facts, *reasons, Paragraph(said["note"], small=True, indent=False)]


# --- Papers, returns, who stands for it ------------------------------------------------------------
def _papers(rows: Sequence[Told]) -> list[Block]:
    named = "、".join(f"{each['type']}（{each['pages']}张）" for each in rows)
    return [Paragraph(f"{named}。")] if named else []


def _since_return(told: Told) -> list[Block]:
    blocks = _table(
        told["returns"],
        ("次", lambda each: f"{each['round']}"),
        ("退回事项", lambda each: each["text"]),
        ("答复", lambda each: each["answer"] or _NONE),
    )
    changed = "、".join(dict.fromkeys(each["name"] for each in told["changes"]))
    return [*blocks, Paragraph(f"与上次报审相比有变更：{changed}。")] if changed else blocks


def _opinions(rows: Sequence[Told]) -> list[Block]:
    return [Paragraph(f"{each['part']}：{each['opinion']}。{each['text']}") for each in rows]


def _made(row: InvestigationReport) -> Facts:
    made = row.made_at.astimezone(clock.SHANGHAI)
    return Facts([("报告生成", f"报审时由系统按当时资料生成，{made:%Y-%m-%d %H:%M}"), ("内容摘要", row.sha256)])


def _signed(told: Told) -> Iterator[Block]:
    for each in told["opinions"]:
        at = datetime.fromisoformat(each["at"])
        note = f"系统内提交，工号{each['by']['employee_no']}"
        yield SignatureBox(each["part"], each["by"]["name"], signed_at=at, note=note)


# --- As people read it ---------------------------------------------------------------------------
_RIGHT = frozenset({"金额（元）", "余额（元）", "得分", "满分", "月收入", "评估价值", "优先债权"})


def _table(rows: Sequence[Told], *columns: tuple[str, Callable[[Told], str]]) -> list[Block]:
    """A table of the rows; nothing where there are none."""
    if not rows:
        return []
    head = [name for name, _ in columns]
    body = [[say(row) for _, say in columns] for row in rows]
    return [Table(head, body, ["right" if name in _RIGHT else "left" for name in head])]


def _yuan(amount: str | None) -> str:
    return _NONE if amount is None else f"{yuan(Decimal(amount))}元"


def _percent(share: str | None) -> str:
    return _NONE if share is None else f"{share}%"


def _count(number: int | None) -> str:
    return _NONE if number is None else f"{number}"


def _metres(distance: int | None) -> str:
    return _NONE if distance is None else f"{distance}米"


def _time(moment: str | None) -> str:
    return _NONE if moment is None else f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"


def _place(said: Told) -> str:
    if said["latitude"] is None or said["longitude"] is None:
        return _NONE
    return f"{Decimal(said['latitude']):.4f}, {Decimal(said['longitude']):.4f}"
