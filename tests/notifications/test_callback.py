"""What WeChat tells us at /wechat/callback: proved, kept once, answered at once."""

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.clock import SHANGHAI
from notifications import deliveries, jobs
from notifications.models import Delivery, WeChatBinding, WeChatEvent
from notifications.wechat import bindings, crypto
from organization.models import Staff
from tests.conftest import run_due_jobs
from tests.notifications.builders import COMMITTED, told
from tests.sandbox_server import Sandbox
from tests.world import Bank

CALLBACK = "/wechat/callback"
OPENID = "oRM0000000001"
RunJobs = Callable[[], int]


def xml_of(**elements: str) -> str:
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items()) + "</xml>"


def event(name: str, *, at: int = 1, **more: str) -> str:
    common = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": str(at), "MsgType": "event", "Event": name}
    return xml_of(**common | more)


def tell(xml: str, *, age: int = 0, token: str = "", plain: bool = False) -> HttpResponse:
    """WeChat's signed call, in AES mode unless `plain`."""
    mine = crypto.Credentials.ours()
    timestamp, nonce, body = str(int(time.time()) - age), secrets.token_hex(8), xml
    query = {"timestamp": timestamp, "nonce": nonce}
    query["signature"] = crypto.signature(token or mine.token, timestamp, nonce)
    if not plain:
        encrypted = crypto.encrypt(xml, credentials=mine)
        query |= {"encrypt_type": "aes", "msg_signature": crypto.signature(mine.token, timestamp, nonce, encrypted)}
        body = xml_of(ToUserName="gh_1", Encrypt=encrypted)
    answer = Client().post(f"{CALLBACK}?{urlencode(query)}", body, content_type="text/xml")
    assert isinstance(answer, HttpResponse)
    return answer


def bind(staff: Staff) -> None:
    bindings.bind(staff, openid=OPENID, way=WeChatBinding.Way.SANDBOX)


# --- Proof --------------------------------------------------------------------------------------
def test_the_account_proves_our_address(db: None) -> None:
    timestamp = str(int(time.time()))
    signed = crypto.signature(settings.WECHAT["TOKEN"], timestamp, "n")
    answer = Client().get(CALLBACK, {"signature": signed, "timestamp": timestamp, "nonce": "n", "echostr": "<5>"})
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"<5>", "text/plain; charset=utf-8")


def test_nobody_else_proves_it(db: None) -> None:
    answer = Client().get(CALLBACK, {"signature": "0" * 40, "timestamp": str(int(time.time())), "nonce": "n"})
    assert answer.status_code == 403
    assert answer.content == b""


def test_a_forged_event_is_refused(bank: Bank) -> None:
    bind(bank.rm)
    forged = Client().post(CALLBACK, event("unsubscribe"), content_type="text/xml")
    assert forged.status_code == 403
    assert not WeChatEvent.objects.exists()


def test_an_old_call_is_refused(bank: Bank) -> None:
    assert tell(event("unsubscribe"), age=301).status_code == 403
    assert not WeChatEvent.objects.exists()


def test_plain_events_count_only_where_the_account_has_no_key(bank: Bank, settings: Settings) -> None:
    assert tell(event("unsubscribe"), plain=True).status_code == 403
    settings.WECHAT = {**settings.WECHAT, "ENCODING_AES_KEY": ""}
    assert tell(event("unsubscribe"), plain=True).content == b"success"
    assert WeChatEvent.objects.count() == 1


@pytest.mark.parametrize("body", ["", "no xml", '<!DOCTYPE x [<!ENTITY e "x">]><xml>&e;</xml>', "<xml>" * 20_000])
def test_what_is_no_message_is_refused(db: None, body: str, settings: Settings) -> None:
    settings.WECHAT = {**settings.WECHAT, "ENCODING_AES_KEY": ""}
    assert tell(body, plain=True).status_code == 403


# --- Once ---------------------------------------------------------------------------------------
def test_what_is_told_three_times_happens_once(bank: Bank, run_jobs: RunJobs) -> None:
    bind(bank.rm)
    for _ in range(3):
        assert tell(event("unsubscribe")).content == b"success"
    run_jobs()
    assert WeChatEvent.objects.count() == 1
    assert AuditEntry.objects.filter(action="wechat_unsubscribe").count() == 1


def test_another_event_of_the_same_second_is_another(bank: Bank) -> None:
    for name in ("subscribe", "SCAN"):
        tell(event(name, EventKey="x"))
    assert WeChatEvent.objects.count() == 2


def test_a_message_is_known_by_its_number(bank: Bank) -> None:
    for number in ("1", "1", "2"):
        tell(xml_of(FromUserName=OPENID, CreateTime="1", MsgType="text", Content="排名", MsgId=number))
    assert WeChatEvent.objects.count() == 2


# --- Binding ------------------------------------------------------------------------------------
@pytest.mark.parametrize("name, prefix", [("subscribe", "qrscene_"), ("SCAN", "")])
def test_scanning_the_invitation_binds(bank: Bank, run_jobs: RunJobs, name: str, prefix: str) -> None:
    tell(event(name, EventKey=prefix + bindings.scene(bindings.invite(bank.rm))))
    run_jobs()
    binding = WeChatBinding.objects.bound().get(staff=bank.rm)
    assert (binding.openid, binding.way) == (OPENID, WeChatBinding.Way.QR_CODE)


@pytest.mark.parametrize("written", ["{}", "绑定{}", "绑定 {} "])
def test_sending_the_code_binds(bank: Bank, run_jobs: RunJobs, written: str) -> None:
    content = written.format(bindings.invite(bank.rm).nonce.lower())
    tell(xml_of(FromUserName=OPENID, CreateTime="1", MsgType="text", Content=content, MsgId="7"))
    run_jobs()
    assert WeChatBinding.objects.bound().get(staff=bank.rm).way == WeChatBinding.Way.CODE


def test_an_invitation_is_good_once(bank: Bank, run_jobs: RunJobs) -> None:
    scene = bindings.scene(bindings.invite(bank.rm))
    tell(event("SCAN", at=1, EventKey=scene))
    run_jobs()
    bindings.unbind(bank.rm, by=bank.rm)
    tell(event("SCAN", at=2, EventKey=scene))
    run_jobs()
    assert not WeChatBinding.objects.bound().exists()


def test_an_invitation_runs_out(bank: Bank) -> None:
    invitation = bindings.invite(bank.rm)
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert bindings.accept(openid=OPENID, nonce=invitation.nonce, way=WeChatBinding.Way.CODE) is None


@pytest.mark.parametrize("key", ["", "rm:E00001:", "rm:E00001", "card:E00001:ABCDEFGHJK", "rm:E00001:NOSUCHCODE"])
def test_what_is_no_invitation_binds_nobody(bank: Bank, run_jobs: RunJobs, key: str) -> None:
    bindings.invite(bank.rm)
    tell(event("SCAN", EventKey=key))
    run_jobs()
    assert not WeChatBinding.objects.exists()


def test_a_follower_who_is_somebody_already_stays_who_he_is(bank: Bank, run_jobs: RunJobs) -> None:
    bind(bank.co_rm)
    tell(event("SCAN", EventKey=bindings.scene(bindings.invite(bank.rm))))
    run_jobs()
    assert WeChatBinding.objects.bound().get().staff == bank.co_rm
    assert AuditEntry.objects.filter(action="wechat_bind_refused").exists()


def test_whoever_leaves_the_account_is_unbound(bank: Bank, run_jobs: RunJobs) -> None:
    bind(bank.rm)
    tell(event("unsubscribe"))
    run_jobs()
    assert not WeChatBinding.objects.bound().exists()


# --- Results ------------------------------------------------------------------------------------
def test_a_result_that_overtakes_its_message_waits_for_it(bank: Bank, run_jobs: RunJobs) -> None:
    bind(bank.rm)
    told(bank.rm)
    tell(event("TEMPLATESENDJOBFINISH", MsgID="77", Status="success"))
    key = WeChatEvent.objects.get().key
    jobs.handle_wechat_event(key)
    assert WeChatEvent.objects.get().handled_at is None
    Delivery.objects.update(status="SENT", provider_message_id="77", sent_at=clock.now())
    jobs.handle_wechat_event(key, look=2)
    assert Delivery.objects.get().status == Delivery.Status.DELIVERED
    assert WeChatEvent.objects.get().handled_at is not None


def test_a_result_of_nothing_is_put_away_in_the_end(bank: Bank) -> None:
    tell(event("TEMPLATESENDJOBFINISH", MsgID="77", Status="success"))
    jobs.handle_wechat_event(WeChatEvent.objects.get().key, look=4)
    assert WeChatEvent.objects.get().handled_at is not None


def test_old_events_are_forgotten(bank: Bank, run_jobs: RunJobs) -> None:
    tell(event("subscribe", EventKey=""))
    run_jobs()
    jobs.forget()
    assert WeChatEvent.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=8)):
        jobs.forget()
    assert not WeChatEvent.objects.exists()


@COMMITTED
@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("mode", ["aes", "plain"])
def test_from_the_notice_to_wechats_receipt(
    bank: Bank, sandbox: Sandbox, server: str, settings: Settings, mode: str
) -> None:
    if mode == "plain":
        settings.WECHAT = {**settings.WECHAT, "ENCODING_AES_KEY": ""}
    sandbox.callbacks(wechat=f"http://{server}{CALLBACK}", wechat_mode=mode)
    noon = (clock.now() + timedelta(days=1)).astimezone(SHANGHAI).replace(hour=12)
    with clock.at(noon):
        scene = bindings.scene(bindings.invite(bank.rm))
        sandbox.followers(OPENID, scene=scene)
        sandbox.drain()
        run_due_jobs()
        told(bank.rm)
        deliveries.deliver(Delivery.objects.get().pk)
    sandbox.drain()
    jobs.handle_wechat_event(WeChatEvent.objects.get(event="TEMPLATESENDJOBFINISH").key)
    assert Delivery.objects.get().status == Delivery.Status.DELIVERED
    assert all(call["status"] == 200 for call in sandbox.log("wechat", "callback"))
