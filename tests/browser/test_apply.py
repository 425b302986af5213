"""A customer's phone in a real browser: from the QR code to what the RM takes up, and what can go wrong on the way."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from aladdin.parameters import Parameter
from loans import customer_links
from loans.models import CreditAuthorization, CustomerLink, LoanApplication, OneTimeCode
from tests.browser.conftest import Meanwhile, Window
from tests.loans.builders import identity_no, picture, shelf
from tests.notifications.builders import COMMITTED
from tests.sandbox_server import Sandbox
from tests.world import Bank

pytestmark = [COMMITTED, pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Window]
Work = Callable[[Callable[[], object]], None]
MOBILE = "13700000001"
ENTRIES = {
    "申请金额（元）": "80000",
    "期限（月）": "24",
    "用途说明": "厨房翻新",
    "每月还款日": "20",
    "工作单位或经营主体": "廊坊某科技有限公司",
    "月收入（元）": "15000",
    "现有月还款（元，没有填 0）": "0",
}
CHOICES = {"贷款用途": "房屋装修", "还款方式": "等额本息", "职业": "受薪", "婚姻状况": "未婚"}


@pytest.fixture
def lending(bank: Bank, committed: None, sandbox: Sandbox, settings: Any, tmp_path: Path) -> Bank:
    """A bank with products, whose customers read as fast as a test does."""
    settings.MEDIA_ROOT = tmp_path
    shelf(bank)
    Parameter.objects.filter(code="loan.consent_read_seconds").update(value=1)
    return bank


@pytest.fixture
def phone(lending: Bank, window: Open) -> Window:
    """The customer's phone, 390 pixels wide."""
    return window(width=390, height=844)


@pytest.fixture
def secret(lending: Bank, meanwhile: Meanwhile) -> str:
    """Of a link on the RM's card."""
    return meanwhile(lambda: customer_links.make(by=lending.rm, product="PERSONAL_CONSUMPTION").token)


def photo(name: str) -> FilePayload:
    """A picture from the phone's camera."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture(name).read()}


def enter(phone: Window, secret: str, sandbox: Sandbox, worked: Work) -> Page:
    """Open the link with the code that arrives."""
    page = phone.page
    phone.open(f"/apply/{secret}")
    page.get_by_label("手机号").fill(MOBILE)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("button", name="秒后重发")).to_be_disabled()
    worked(lambda: None)
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", sandbox.texts(MOBILE)[-1]["content"])
    page.get_by_label("短信验证码").fill(code)
    page.get_by_role("button", name="开始办理").click()
    return page


def draw_name(page: Page) -> None:
    """A few strokes on the pad."""
    pad = page.locator("#pad")
    pad.scroll_into_view_if_needed()
    frame = pad.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 40, frame["y"] + 120)
    page.mouse.down()
    for step in range(1, 16):
        page.mouse.move(frame["x"] + 40 + step * 15, frame["y"] + 120 - (step % 4) * 25)
    page.mouse.up()


def says_who_he_is(phone: Window) -> None:
    page = phone.page
    expect(page.get_by_role("heading", name="本人信息")).to_be_visible()
    page.get_by_label("姓名").fill("欧阳小丽")
    page.get_by_label("身份证号").fill("110105194912310021")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator('[data-error="identity_no"]')).to_contain_text("校验码不正确")
    phone.keep_picture("apply-2-applicant-refused")
    page.get_by_label("身份证号").fill(identity_no())
    page.get_by_role("button", name="下一步").click()


def fills_in(phone: Window) -> None:
    page = phone.page
    expect(page.get_by_role("heading", name="申请信息")).to_be_visible()
    for label, text in ENTRIES.items():
        page.get_by_label(label, exact=True).fill(text)
    for label, chosen in CHOICES.items():
        page.get_by_label(label, exact=True).select_option(label=chosen)
    page.get_by_label("长期").check()
    assert phone.overflow() == 0
    phone.keep_picture("apply-3-form")
    page.get_by_role("button", name="保存并继续").click()


def shows_his_face(phone: Window) -> None:
    expect(phone.page.get_by_role("heading", name="身份核验")).to_be_visible()
    phone.keep_picture("apply-4-face")
    phone.page.locator("#face").set_input_files(photo("face.jpg"))


def reads_and_signs(phone: Window) -> None:
    page = phone.page
    expect(page.get_by_role("heading", name="征信授权")).to_be_visible()
    text = page.get_by_role("region", name="征信授权书全文")
    expect(text).to_contain_text("欧阳小丽")
    expect(page.locator("#reading")).to_contain_text("请滑动到末尾")
    phone.keep_picture("apply-5-consent")
    text.evaluate("box => { box.scrollTop = box.scrollHeight }")
    page.get_by_label("本人已完整阅读并同意上述授权书").check()
    page.get_by_role("button", name="确认签署").click()
    expect(page.locator('[data-error="signature"]')).to_have_text("请在框内完整手写签名")
    draw_name(page)
    phone.keep_picture("apply-6-signature")
    page.get_by_role("button", name="确认签署").click()


def files_papers(phone: Window) -> None:
    page = phone.page
    expect(page.get_by_role("heading", name="上传资料")).to_be_visible()
    for count in (1, 2):
        page.locator("#paper-ID_CARD").set_input_files(photo(f"card-{count}.jpg"))
        expect(page.locator("#papers li").first).to_contain_text(f"已上传 {count} 张")
    phone.keep_picture("apply-7-papers")
    page.get_by_role("button", name="下一步").click()


def hands_in(phone: Window) -> None:
    page = phone.page
    expect(page.get_by_role("heading", name="办理进度")).to_be_visible()
    phone.keep_picture("apply-8-progress")
    page.get_by_role("button", name="提交给客户经理").click()
    expect(page.locator("#handed-in")).to_contain_text("客户经理会尽快与您联系")
    assert phone.overflow() == 0
    phone.keep_picture("apply-9-handed-in")


def test_from_the_code_to_the_manager(
    phone: Window, secret: str, sandbox: Sandbox, worked: Work, meanwhile: Meanwhile
) -> None:
    phone.open(f"/apply/{secret}")
    phone.keep_picture("apply-1-phone")
    enter(phone, secret, sandbox, worked)
    for step in (says_who_he_is, fills_in, shows_his_face, reads_and_signs, files_papers, hands_in):
        step(phone)
    # The browser's own word on what was refused is no complaint.
    assert [each for each in phone.complaints if "status of 400" not in each] == []

    row = meanwhile(LoanApplication.objects.get)
    assert (str(row.amount), row.term_months, row.marital_status) == ("80000.00", 24, "SINGLE")
    grant = meanwhile(CreditAuthorization.objects.get)
    assert (grant.channel, grant.signing_method) == ("LINK", "HANDWRITTEN")
    assert meanwhile(row.materials.count) == 2


def test_thinking_better_of_it(
    phone: Window, secret: str, sandbox: Sandbox, worked: Work, meanwhile: Meanwhile
) -> None:
    meanwhile(lambda: Parameter.objects.filter(code="sms.codes_a_minute").update(value=5))
    page = enter(phone, secret, sandbox, worked)
    says_who_he_is(phone)
    fills_in(phone)
    expect(page.get_by_role("heading", name="身份核验")).to_be_visible()
    page.get_by_role("button", name="办理进度").click()
    page.get_by_text("撤回申请", exact=True).click()
    page.get_by_role("button", name="确认撤回申请").click()
    expect(page.locator('#withdraw [data-error="code"]')).to_have_text("请输入6位验证码")
    page.locator("#send-withdraw-code").click()
    expect(page.locator("#send-withdraw-code")).to_be_disabled()
    worked(lambda: None)
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", sandbox.texts(MOBILE)[-1]["content"])
    page.get_by_label("撤回验证码").fill(code)
    page.get_by_label("撤回原因").fill("另有安排")
    phone.keep_picture("apply-withdrawal")
    page.get_by_role("button", name="确认撤回申请").click()
    expect(page.locator("#withdrawn")).to_be_visible()
    assert page.locator("#withdrawal").is_hidden()
    phone.keep_picture("apply-withdrawn")
    page.reload()
    expect(page.locator("#withdrawn")).to_be_visible()
    assert meanwhile(LoanApplication.objects.get).state == "WITHDRAWN"


def test_coming_back_goes_on_where_it_stood(phone: Window, secret: str, sandbox: Sandbox, worked: Work) -> None:
    page = enter(phone, secret, sandbox, worked)
    expect(page.get_by_role("heading", name="本人信息")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="本人信息")).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("alert")).to_have_text("您已退出。")
    expect(page.get_by_role("heading", name="验证手机号")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="验证手机号")).to_be_visible()


def test_a_wrong_code(phone: Window, secret: str, worked: Work, meanwhile: Meanwhile) -> None:
    page = phone.page
    phone.open(f"/apply/{secret}")
    page.get_by_label("手机号").fill("12")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.locator('[data-error="mobile"]')).to_contain_text("手机号码应为11位")
    page.get_by_label("手机号").fill(MOBILE)
    page.get_by_label("短信验证码").fill("123456")
    page.get_by_role("button", name="开始办理").click()
    expect(page.locator('#phone [data-error="code"]')).to_have_text("验证码不正确或已失效")
    phone.keep_picture("apply-code-refused")
    assert meanwhile(OneTimeCode.objects.count) == 0


def test_a_link_taken_back_meanwhile(
    phone: Window, lending: Bank, secret: str, sandbox: Sandbox, worked: Work, meanwhile: Meanwhile
) -> None:
    page = enter(phone, secret, sandbox, worked)
    expect(page.get_by_role("heading", name="本人信息")).to_be_visible()
    meanwhile(lambda: customer_links.revoke(CustomerLink.objects.get().pk, by=lending.rm))
    page.get_by_role("button", name="办理进度").click()
    expect(page.get_by_role("alert")).to_have_text("操作已超时，请重新获取验证码")
    page.get_by_label("手机号").fill(MOBILE)
    page.get_by_label("短信验证码").fill("123456")
    page.get_by_role("button", name="开始办理").click()
    expect(page.get_by_role("alert")).to_contain_text("链接无效或已失效")


def test_a_link_that_opens_nothing(phone: Window, lending: Bank) -> None:
    phone.open("/apply/" + "x" * 32)
    expect(phone.page.get_by_role("heading", name="链接无效或已失效")).to_be_visible()
    assert phone.page.get_by_label("手机号").count() == 0
    phone.keep_picture("apply-dead")


def test_without_a_network(phone: Window, secret: str) -> None:
    phone.open(f"/apply/{secret}")
    phone.page.context.set_offline(True)
    phone.page.get_by_label("手机号").fill(MOBILE)
    phone.page.get_by_role("button", name="获取验证码").click()
    expect(phone.page.get_by_role("alert")).to_have_text("网络异常，请检查网络后重试")
