"""The channels' page: who sees it, and what is done from it."""

from datetime import timedelta
from uuid import uuid4

from aladdin import clock
from notifications.models import ChannelStop, Delivery, Redo
from tests.console.conftest import Browser
from tests.notifications.builders import told
from tests.world import Bank

PAGE = "/console/channels"


def failed_delivery(bank: Bank) -> Delivery:
    notice = told(bank.rm)
    return Delivery.objects.create(
        notice_id=notice.pk,
        notice_created_on=notice.created_on,
        recipient=bank.rm,
        channel="WECHAT",
        status="FAILED",
        outcome="48001",
    )


def test_the_administrator_watches_and_acts_the_auditor_watches(bank: Bank, browser: Browser) -> None:
    html = browser(bank.admin).get(PAGE, {"channel": "WECHAT"}).content.decode()
    assert "微信公众号 · 按时段" in html
    assert 'action="/console/channels/stop"' in html
    seen = browser(bank.auditor).get(PAGE, {"channel": "WECHAT", "days": "7"})
    assert seen.status_code == 200
    assert 'action="/console/channels/stop"' not in seen.content.decode()
    assert browser(bank.auditor).post(f"{PAGE}/stop", {"channel": "SMS", "reason": "x"}).status_code == 403
    assert browser(bank.manager).get(PAGE).status_code == 403


def test_a_channel_is_stopped_and_lifted(bank: Bank, browser: Browser) -> None:
    admin = browser(bank.admin)
    said = {"channel": "WECHAT", "kind": "", "reason": "供应商故障"}
    page = admin.post(f"{PAGE}/stop", said, follow=True).content.decode()
    assert "已停用，消息将等待恢复" in page
    assert "供应商故障" in page
    assert "已停用，无需重复操作" in admin.post(f"{PAGE}/stop", said, follow=True).content.decode()
    row = ChannelStop.objects.get()
    lifted = admin.post(f"{PAGE}/lift", {"channel": "WECHAT", "stop": str(row.pk)}, follow=True).content.decode()
    assert "已恢复，等待的消息继续发送" in lifted
    row.refresh_from_db()
    assert row.lifted_by == bank.admin


def test_without_a_reason_nothing_is_stopped(bank: Bank, browser: Browser) -> None:
    page = browser(bank.admin).post(f"{PAGE}/stop", {"channel": "WECHAT"}, follow=True).content.decode()
    assert "填写有误，请检查后重试" in page
    assert not ChannelStop.objects.exists()


def test_failures_are_previewed_and_sent_again(bank: Bank, browser: Browser) -> None:
    failed_delivery(bank)
    admin = browser(bank.admin)
    now = clock.now().astimezone(clock.SHANGHAI)
    chosen = {
        "channel": "WECHAT",
        "since": f"{now - timedelta(days=1):%Y-%m-%d %H:%M}",
        "until": f"{now + timedelta(days=1):%Y-%m-%d %H:%M}",
    }
    shown = admin.get(PAGE, chosen)
    assert "将重发 <b>1</b> 条" in " ".join(shown.content.decode().split())
    assert shown.context["preview"] == {"48001": 1}
    said = chosen | {"id": str(shown.context["redo_id"]), "reason": "权限已恢复"}
    page = admin.post(f"{PAGE}/redo", said, follow=True).content.decode()
    assert "已开始重发" in page
    assert (Redo.objects.get().total, Redo.objects.get().asked_by) == (1, bank.admin)
    again = admin.post(f"{PAGE}/redo", said | {"id": str(uuid4()), "code": "none"}, follow=True)
    assert "该范围内没有可重发的失败消息" in again.content.decode()


def test_a_wrong_period_is_told(bank: Bank, browser: Browser) -> None:
    chosen = {"channel": "WECHAT", "since": "2026-11-25 12:00", "until": "2026-11-25 11:00"}
    assert "起止时间有误" in browser(bank.admin).get(PAGE, chosen).content.decode()


def test_an_unknown_channel_shows_the_first(bank: Bank, browser: Browser) -> None:
    assert browser(bank.admin).get(PAGE, {"channel": "x", "days": "99"}).context["chosen"].code == "APP"
