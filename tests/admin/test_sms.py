"""Texts of messages in the back office: one drafts, another puts in force what the carrier let pass."""

import pytest

from aladdin.audit import AuditEntry
from notifications import sms
from notifications.models import SmsMessage, SmsOptOut, SmsTemplate
from notifications.sms import opt_outs
from organization.models import Staff
from organization.roles import Role
from tests.admin.conftest import Desk, filled_in
from tests.world import Bank, hire

LIST = "/admin/notifications/smstemplate/"
TEXT = {
    "code": "visit_reminder",
    "name": "上门提醒",
    "kind": "SERVICE",
    "sign_name": "阿拉丁银行",
    "text": "客户经理{manager}将于{on}上门。",
    "variables": '{"manager": "TEXT", "on": "DATE"}',
}


@pytest.fixture
def other_admin(bank: Bank) -> Staff:
    return hire(bank.head, Staff.Position.HEAD_OFFICE, Role.SYS_ADMIN, is_staff=True)


def draft(bank: Bank, desk: Desk, **changes: str) -> SmsTemplate | None:
    client = desk(bank.admin)
    client.post(f"{LIST}add/", filled_in(client, f"{LIST}add/", **(TEXT | changes)))
    return SmsTemplate.objects.first()


def press(desk: Desk, person: Staff, row: SmsTemplate, button: str, **said: str) -> None:
    desk(person).post(f"{LIST}{row.pk}/{button}/", {"_form_submitted": "on", **said})


def test_a_text_holds_once_another_person_said_that_it_passed(bank: Bank, desk: Desk, other_admin: Staff) -> None:
    row = draft(bank, desk)
    assert row is not None
    assert (row.state, row.maker) == ("DRAFT", bank.admin)
    press(desk, bank.admin, row, "submit")
    press(desk, bank.admin, row, "approve", provider_code="SMS_154950909")
    row.refresh_from_db()
    assert row.state == "SUBMITTED"
    press(desk, other_admin, row, "approve", provider_code="SMS_154950909")
    row.refresh_from_db()
    assert (row.state, row.checker, row.provider_code) == ("APPROVED", other_admin, "SMS_154950909")
    assert AuditEntry.objects.filter(subject=f"sms-template/{row.pk}").count() == 3


def test_an_unsound_text_is_not_drafted(bank: Bank, desk: Desk) -> None:
    assert draft(bank, desk, text="没有变量") is None


def test_a_text_that_was_sent_by_is_not_rewritten(bank: Bank, desk: Desk) -> None:
    row = draft(bank, desk)
    assert row is not None
    client = desk(bank.admin)
    client.post(f"{LIST}{row.pk}/change/", TEXT | {"text": "改写"})
    row.refresh_from_db()
    assert row.text == TEXT["text"]


def test_numbers_and_what_was_said_stay_hidden(bank: Bank, desk: Desk, other_admin: Staff) -> None:
    values = {"product": "经营贷", "due_on": "2026年12月20日"}
    message = sms.send(mobile="13800001234", template="repayment_reminder", values=values, reference="due/1")
    client = desk(other_admin)
    for path in ("", f"{message.pk}/change/"):
        page = client.get(f"/admin/notifications/smsmessage/{path}").content.decode()
        assert "138****1234" in page
        assert "13800001234" not in page
        assert "经营贷" not in page
    assert SmsMessage.objects.count() == 1


def test_an_opt_out_is_lifted_with_a_reason(bank: Bank, desk: Desk) -> None:
    opt_outs.note("13800001234", reason=SmsOptOut.Reason.OPT_OUT, source="TD")
    row = SmsOptOut.objects.get()
    address = f"/admin/notifications/smsoptout/{row.pk}/lift/"
    desk(bank.admin).post(address, {"_form_submitted": "on", "reason": "客户书面同意"})
    row.refresh_from_db()
    assert row.lifted_at is not None
    assert AuditEntry.objects.get(action="lift_sms_opt_out").by == bank.admin
