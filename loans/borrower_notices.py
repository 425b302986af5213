"""What a borrower must be told, written down with the business that calls for it, and the record that he was told.

A loan that was not approved: who applied for it must be told (个人贷款管理办法); where the refusal rests on the
bureau's report, also on which, and what he can do about it (征信业管理条例第17、25条). Before adverse data of a person
is reported he is told (第15条): once for each time that his loan is late, before the core system's monthly report.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from aladdin import audit, clock, parameters
from aladdin.problems import Conflict, NotFound
from loans.leading import lead_only
from loans.models import BorrowerNotice, ClosingReason, CreditReport, LatenessOfDay, LoanApplication
from loans.reasons import CommitteeReason, RejectReason
from notifications import sms
from notifications.models import SmsMessage
from notifications.sms.sending import is_mobile
from organization.models import Staff

Occasion, Way = BorrowerNotice.Occasion, BorrowerNotice.Way
#: Refusals that rest on what the bureau's report says.
OF_REPORT = frozenset({RejectReason.CREDIT_RECORD, RejectReason.OVER_INDEBTED})
#: Carriers take no longer word as a value.
_SMS_WORD = 35
_OWN = "经综合评估不符合我行授信条件"
_REFUSED = "您申请的{product}（申请编号{number}）未获批准，原因：{reason}。如有疑问或需复核，请联系客户经理{manager}。"
_BY_REPORT = (
    "本次审批参考了您授权我行查询的个人信用报告（报告编号{report}）。您每年可以免费查询两次本人信用报告；认为其中信息有误的，"
    "可以向中国人民银行征信中心或提供该信息的机构提出异议，要求更正。"
)
_ADVERSE = (
    "您的{product}（借据号{account}）截至{day}已逾期{days}天。如在{until}前仍未还清，我行将依法向金融信用信息基础数据库报送该笔"
    "不良信息；不良信息自不良行为终止之日起保存五年。如有异议，请联系客户经理{manager}。"
)


# --- Not approved --------------------------------------------------------------------------------
def refused(application: LoanApplication, reason_code: str) -> BorrowerNotice:
    """The loan was refused just now, in the caller's transaction: what its borrower is told, by text message where
    there is a number. The words say the reason as it is counted, never what people of the bank noted beside it."""
    report = _report_of(application) if reason_code in OF_REPORT else None
    said = {
        "product": application.product.name,
        "number": application.application_no,
        "reason": _reason(reason_code),
        "manager": application.investigator.name,
    }
    words = _REFUSED.format(**said) + (_BY_REPORT.format(report=report.report_no) if report else "")
    notice = BorrowerNotice(
        application=application,
        occasion=Occasion.REFUSED_BY_REPORT if report else Occasion.REFUSED,
        event_key=f"refused/{application.pk}",
        report=report,
    )
    values = {name: said[name][:_SMS_WORD] for name in ("product", "manager")}
    return _write(notice, words, "loan_refused_by_report" if report else "loan_refused", values)


def _report_of(application: LoanApplication) -> CreditReport | None:
    """The borrower's newest report, run out by now or not."""
    received = application.credit_reports.filter(party__isnull=True, state=CreditReport.State.RECEIVED)
    return received.order_by("received_at").last()


def _reason(code: str) -> str:
    """As a borrower is told it. What a committee found, and what nobody named, is the bank's own assessment."""
    if code == RejectReason.OTHER or code in CommitteeReason.values:
        return _OWN
    return ClosingReason.objects.filter(code=code).values_list("label", flat=True).first() or _OWN


# --- Before adverse data is reported -------------------------------------------------------------
def tell_of_adverse_data(on: date | None = None) -> int:
    """Write to the borrowers whose loans were late at the end of a business date (yesterday unless told) for as long as
    the bank has set, once for each time they are late; how many."""
    day = on or clock.today() - timedelta(days=1)
    least = parameters.integer("loan.adverse_notice_days", day)
    late = LatenessOfDay.objects.filter(business_date=day, overdue_days__gte=least)
    rows = late.select_related("account__application__customer", "account__application__product").order_by("pk")
    return sum(_adverse(row) for row in rows.iterator(chunk_size=500))


@transaction.atomic
def _adverse(row: LatenessOfDay) -> bool:
    since = row.business_date - timedelta(days=row.overdue_days)
    key = f"adverse/{row.account_id}/{since}"
    if BorrowerNotice.objects.filter(event_key=key).exists():
        return False
    application = row.account.application
    until = clock.today() + timedelta(days=parameters.integer("loan.adverse_notice_grace_days"))
    words = _ADVERSE.format(
        product=application.product.name,
        account=row.account.account_no,
        day=_in_words(row.business_date),
        days=row.overdue_days,
        until=_in_words(until),
        manager=application.investigator.name,
    )
    notice = BorrowerNotice(application=application, account=row.account, occasion=Occasion.ADVERSE_DATA, event_key=key)
    _write(notice, words, "adverse_data", {"product": application.product.name[:_SMS_WORD], "until": _in_words(until)})
    return True


def _in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# --- Telling -------------------------------------------------------------------------------------
def _write(notice: BorrowerNotice, words: str, template: str, values: Mapping[str, str]) -> BorrowerNotice:
    """Keep the words, and send the short form of them where the borrower has a mobile."""
    customer = notice.application.customer
    notice.words = words
    if is_mobile(customer.mobile or ""):
        notice.sms_reference = f"borrower-notice/{notice.event_key}"
        sms.send(mobile=customer.mobile, template=template, values=values, reference=notice.sms_reference, wait=True)
    notice.save(force_insert=True)
    audit.record(by=None, action="loan.write_to_borrower", subject=_subject(notice), occasion=str(notice.occasion))
    return notice


def note_delivered() -> int:
    """Put on record what the carrier delivered; how many."""
    waiting = BorrowerNotice.objects.filter(told_at__isnull=True).exclude(sms_reference="")
    references = list(waiting.values_list("sms_reference", flat=True))
    arrived = SmsMessage.objects.filter(reference__in=references, status=SmsMessage.Status.DELIVERED)
    at = dict(arrived.values_list("reference", "delivered_at"))
    rows = list(waiting.filter(sms_reference__in=list(at)))
    for row in rows:
        row.way, row.told_at = Way.SMS, at[row.sms_reference]
    return BorrowerNotice.objects.bulk_update(rows, ["way", "told_at"])


def within_sight(notice_id: UUID, by: Staff) -> BorrowerNotice:
    """The notice, if the person may see its case. Raises NotFound."""
    row = BorrowerNotice.objects.visible_to(by).filter(pk=notice_id).first()
    if row is None:
        raise NotFound("没有找到该告知")
    return row


@transaction.atomic
def told(notice: BorrowerNotice, *, way: str, note: str, by: Staff) -> BorrowerNotice:
    """The RM in charge told the borrower himself. Raises `not_in_charge` (403), `borrower_told` (409)."""
    row = BorrowerNotice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    lead_only(row.application, "loan.tell_borrower", by)
    if row.told_at is not None:
        raise Conflict("borrower_told", "已记录告知借款人")
    row.way, row.note, row.told_by, row.told_at = way, note, by, clock.now()
    row.save(update_fields=["way", "note", "told_by", "told_at"])
    audit.record(by=by, action="loan.tell_borrower", subject=_subject(row), way=way, notice=str(row.pk))
    return row


def of(application: LoanApplication) -> QuerySet[BorrowerNotice]:
    """What the borrower had to be told in this case, the newest first."""
    rows = BorrowerNotice.objects.filter(application=application)
    return rows.select_related("application__customer", "report", "told_by").order_by("-written_at", "-id")


def _subject(notice: BorrowerNotice) -> str:
    return f"loan-application/{notice.application_id}"
