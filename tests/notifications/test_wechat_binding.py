"""Ways to bind besides the code: a picture to scan, and a page inside WeChat."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client

from notifications.models import WeChatBinding, WeChatInvitation
from notifications.wechat import bindings
from tests.sandbox_server import Sandbox
from tests.world import PASSWORD, Bank, Phone

OPENID = "oRM0000000001"
QR = "/api/v1/wechat-binding/qr-code"
PAGE = "/wechat/bind"


# --- The picture --------------------------------------------------------------------------------
def test_the_invitation_is_a_picture_that_binds_whoever_scans_it(bank: Bank, sandbox: Sandbox) -> None:
    sandbox.followers(OPENID)
    phone = Phone(bank.rm)
    invited = phone.post("/api/v1/wechat-binding/invitation").json()
    url = phone.get(QR).json()["url"]
    picture = httpx.get(url, trust_env=False)
    assert picture.headers["Content-Type"].startswith("image/svg+xml")
    assert picture.text.startswith("<svg")
    ticket = parse_qs(urlsplit(url).query)["ticket"][0]
    scanned = sandbox.set_scene("wechat/scans", {"openid": OPENID, "ticket": ticket})
    assert scanned["scene"] == invited["scene"]


def test_the_ticket_is_fetched_once(bank: Bank, sandbox: Sandbox) -> None:
    bindings.invite(bank.rm)
    phone = Phone(bank.rm)
    assert phone.get(QR).json() == phone.get(QR).json()
    assert len(sandbox.log("wechat", "qrcode_create")) == 1


def test_without_an_invitation_there_is_no_picture(bank: Bank, sandbox: Sandbox) -> None:
    answer = Phone(bank.rm).get(QR)
    assert (answer.status_code, answer.json()["code"]) == (404, "wechat_invitation_missing")


@pytest.mark.parametrize("fault", ["error", "malformed", "http"])
def test_where_wechat_fails_the_code_still_serves(bank: Bank, sandbox: Sandbox, fault: str) -> None:
    sandbox.fault("wechat", "qrcode_create", fault, code="-1")
    bindings.invite(bank.rm)
    answer = Phone(bank.rm).get(QR)
    assert (answer.status_code, answer.json()["code"]) == (502, "wechat_failed")
    assert WeChatInvitation.objects.get().ticket == ""


# --- The page -----------------------------------------------------------------------------------
def back_from_wechat(browser: Client, sandbox: Sandbox, openid: str = OPENID) -> str:
    """The browser goes to WeChat and is sent back; where to."""
    away = browser.get(PAGE)
    assert away.status_code == 302
    answer = httpx.get(away.headers["Location"].partition("#")[0] + f"&as={openid}", trust_env=False)
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def sign_in(browser: Client, bank: Bank, *, password: str = PASSWORD) -> str:
    return browser.post(PAGE, {"employee_no": bank.rm.employee_no, "password": password}).content.decode()


def test_wechat_says_which_follower_and_the_password_who(bank: Bank, sandbox: Sandbox) -> None:
    browser = Client()
    returned = browser.get(back_from_wechat(browser, sandbox))
    assert returned.headers["Location"] == PAGE
    assert "请输入工号和密码" in browser.get(PAGE).content.decode()
    assert "绑定成功" in sign_in(browser, bank)
    binding = WeChatBinding.objects.bound().get(staff=bank.rm)
    assert (binding.openid, binding.way) == (OPENID, WeChatBinding.Way.OAUTH)
    assert browser.get(PAGE).status_code == 302, "the openid has done its work"


def test_a_wrong_password_binds_nobody(bank: Bank, sandbox: Sandbox) -> None:
    browser = Client()
    browser.get(back_from_wechat(browser, sandbox))
    assert "工号或密码错误" in sign_in(browser, bank, password="wrong")
    assert not WeChatBinding.objects.exists()
    assert "绑定成功" in sign_in(browser, bank)


def test_a_follower_who_is_somebody_else_is_refused(bank: Bank, sandbox: Sandbox) -> None:
    bindings.bind(bank.co_rm, openid=OPENID, way=WeChatBinding.Way.SANDBOX)
    browser = Client()
    browser.get(back_from_wechat(browser, sandbox))
    assert "该微信号已绑定其他员工" in sign_in(browser, bank)


def test_a_state_is_good_for_its_own_session_and_once(bank: Bank, sandbox: Sandbox) -> None:
    """Whoever hands somebody else a link of his own sign-in at WeChat gets nowhere."""
    attacker, victim = Client(), Client()
    link = back_from_wechat(attacker, sandbox)
    victim.get(PAGE)
    assert victim.get(link).status_code == 403
    assert sandbox.log("wechat", "oauth_token") == []
    assert attacker.get(link).status_code == 302
    assert attacker.get(link).status_code == 403


def test_without_going_to_wechat_nobody_is_bound(bank: Bank, sandbox: Sandbox) -> None:
    assert "授权已失效" in sign_in(Client(), bank)
    assert not WeChatBinding.objects.exists()


@pytest.mark.parametrize(
    "fault, code, status",
    [("error", "40029", 403), ("error", "40163", 403), ("error", "-1", 502), ("malformed", "", 502)],
)
def test_a_code_that_wechat_does_not_take(bank: Bank, sandbox: Sandbox, fault: str, code: str, status: int) -> None:
    browser = Client()
    link = back_from_wechat(browser, sandbox)
    sandbox.fault("wechat", "oauth_token", fault, code=code)
    assert browser.get(link).status_code == status
