"""Who is refused is told, and on which report it rests; who is late is told before the bank reports it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from aladdin import clock
from loans import borrower_notices
from loans.models import BorrowerNotice, LatenessOfDay, LoanAccount
from notifications.models import SmsMessage
from tests.loans import lending
from tests.loans.builders import API, Case, done, refused
from tests.loans.lending import claim, give_opinion, in_approval


def reject(case: Case, reason: str = "REPAYMENT_ABILITY", note: str = "收入不稳，另有隐情") -> None:
    done(case.post("reject", {"reason_code": reason, "note": note}, by=case.bank.approver))


def duties(case: Case, *, by: Any = None) -> Any:
    return done(case.phone(by or case.bank.rm).get(f"{case.url}/borrower-notices"))


def tell(case: Case, notice: Any, *, by: Any = None, **said: Any) -> Any:
    body = {"way": "CALL", "note": "客户已知悉", **said}
    return case.phone(by or case.bank.rm).post(f"{API}/borrower-notices/{notice['id']}/told", body)


# --- Not approved --------------------------------------------------------------------------------
def test_who_is_refused_is_told_why_in_counted_words(case: Case) -> None:
    in_approval(case)
    reject(case)
    (duty,) = duties(case)
    assert (duty["occasion"], duty["report_no"], duty["told_at"]) == ("REFUSED", None, None)
    assert "还款能力不足" in duty["words"]
    assert "隐情" not in duty["words"], "what people of the bank noted is not for him"
    message = SmsMessage.objects.get(reference__startswith="borrower-notice/")
    assert (message.template.code, message.mobile) == ("loan_refused", case.customer.mobile)


@pytest.mark.parametrize("reason", ["CREDIT_RECORD", "OVER_INDEBTED"])
def test_a_refusal_that_rests_on_the_report_names_it_and_the_customers_rights(case: Case, reason: str) -> None:
    case.to("SUBMITTED")
    done(claim(case))
    done(give_opinion(case))
    reject(case, reason)
    (duty,) = duties(case)
    report = case.row.credit_reports.get()
    assert (duty["occasion"], duty["report_no"]) == ("REFUSED_BY_REPORT", report.report_no)
    assert report.report_no in duty["words"]
    assert "提出异议" in duty["words"]
    assert SmsMessage.objects.get(reference__startswith="borrower-notice/").template.code == "loan_refused_by_report"


def test_what_nobody_named_is_the_banks_own_assessment(case: Case) -> None:
    in_approval(case)
    reject(case, "OTHER", note="老板不同意")
    (duty,) = duties(case)
    assert "经综合评估不符合我行授信条件" in duty["words"]


def test_without_a_mobile_the_manager_tells_him(case: Case) -> None:
    in_approval(case)
    case.customer.mobile = ""
    case.customer.save()
    reject(case)
    assert not SmsMessage.objects.filter(reference__startswith="borrower-notice/").exists()
    done(tell(case, duties(case)[0], way="IN_PERSON"))
    (duty,) = duties(case)
    assert (duty["way"], duty["told_by"]["name"], duty["note"]) == ("IN_PERSON", case.bank.rm.name, "客户已知悉")


def test_a_delivered_message_is_on_record(case: Case) -> None:
    in_approval(case)
    reject(case)
    assert borrower_notices.note_delivered() == 0
    SmsMessage.objects.filter(reference__startswith="borrower-notice/").update(
        status="DELIVERED", sent_at=clock.now(), delivered_at=clock.now()
    )
    assert borrower_notices.note_delivered() == 1
    (duty,) = duties(case)
    assert (duty["way"], duty["told_by"]) == ("SMS", None)
    refused(tell(case, duty), 409, "borrower_told")


def test_only_who_is_in_charge_says_that_he_told_him(case: Case) -> None:
    in_approval(case)
    reject(case)
    (duty,) = duties(case)
    refused(tell(case, duty, by=case.bank.co_rm), 403, "not_in_charge")
    refused(tell(case, duty, by=case.bank.approver), 403, "not_permitted")
    refused(tell(case, duty, by=case.bank.other_rm), 404, "not_found")
    refused(tell(case, duty, way="SMS"), 400, "invalid")
    done(tell(case, duty))
    refused(tell(case, duty), 409, "borrower_told")


def test_its_words_never_change(case: Case) -> None:
    in_approval(case)
    reject(case)
    changes = (
        lambda: BorrowerNotice.objects.update(words_sealed=""),
        lambda: BorrowerNotice.objects.update(occasion="REFUSED_BY_REPORT"),
        lambda: BorrowerNotice.objects.all().delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    done(tell(case, duties(case)[0]))
    with pytest.raises(DatabaseError), transaction.atomic():
        BorrowerNotice.objects.update(note="没有告知")


# --- Before adverse data is reported -------------------------------------------------------------
def late(account: LoanAccount, days: int) -> None:
    """The night's row: so many days late at the end of yesterday."""
    LatenessOfDay.objects.create(
        account=account,
        business_date=clock.today() - timedelta(days=1),
        overdue_days=days,
        overdue_principal=Decimal(1000),
        overdue_interest=Decimal(10),
        penalty=Decimal(0),
        compound=Decimal(0),
        penalty_rate=Decimal(6),
        balance=Decimal(50_000),
    )


def test_who_is_late_is_told_before_it_is_reported_and_once(case: Case) -> None:
    account = lending.disbursed(case)
    late(account, 1)
    assert borrower_notices.tell_of_adverse_data() == 0, "three days are waited"
    with clock.at(lending.later(days=2)):
        late(account, 3)
        assert borrower_notices.tell_of_adverse_data() == 1
        assert borrower_notices.tell_of_adverse_data() == 0
        (duty,) = duties(case)
    with clock.at(lending.later(days=3)):
        late(account, 4)
        assert borrower_notices.tell_of_adverse_data() == 0, "late for the same time"
    assert (duty["occasion"], duty["account"]) == ("ADVERSE_DATA", str(account.pk))
    assert account.account_no in duty["words"]
    assert "已逾期3天" in duty["words"]
    assert "报送" in duty["words"]


def test_who_was_never_late_is_told_nothing(case: Case) -> None:
    lending.disbursed(case)
    assert borrower_notices.tell_of_adverse_data() == 0
    assert duties(case) == []
