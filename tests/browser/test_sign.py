"""A signer's phone and a guarantor's desk in a real browser: cost and contract read, confirmed, signed, refused."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from aladdin.parameters import Parameter
from loans import contract, customer_links, disclosure, esigning
from loans.models import ContractSigner, CostDisclosure
from loans.terms import Choice
from tests.browser.conftest import Meanwhile, Window
from tests.conftest import run_due_jobs
from tests.loans.builders import Case, customer_of, shelf
from tests.loans.conftest import clean_history
from tests.loans.lending import OWN_ACCOUNT, approved, beside
from tests.notifications.builders import COMMITTED
from tests.sandbox_server import Sandbox
from tests.world import Bank

pytestmark = [COMMITTED, pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Window]
GUARANTOR = "13911112222"
SHORT = {"loan.disclosure_read_seconds": 1, "loan.contract_read_seconds": 1, "sms.codes_a_minute": 9}


@pytest.fixture
def case(bank: Bank, committed: None, sandbox: Sandbox, settings: Any, tmp_path: Path) -> Case:
    """Approved, with a guarantor beside the borrower; people read as fast as a test does."""
    settings.MEDIA_ROOT = tmp_path
    shelf(bank)
    for code, value in SHORT.items():
        Parameter.objects.filter(code=code).update(value=value)
    found = Case(bank, run_due_jobs, customer_of(bank.rm))
    clean_history(sandbox, found)
    approved(found)
    beside(found)
    return found


def link(case: Case, party: Any = None) -> str:
    return customer_links.make_to_sign(case.row, by=case.bank.rm, party_id=party, contract=True).token


def show_cost(case: Case) -> None:
    disclosure.show(case.row, Choice(), by=case.bank.rm)


def send_contract(case: Case) -> None:
    """Drawn up, and on its way to the signers."""
    to = {name.removeprefix("payee_"): value for name, value in OWN_ACCOUNT.items()}
    drawn = contract.draw_up(case.row, Choice(), contract.Payee(**to), by=case.bank.rm)
    esigning.start(case.row, drawn.sha256, by=case.bank.rm)
    run_due_jobs()


def confirm_cost(case: Case) -> None:
    """As if the borrower had."""
    show_cost(case)
    CostDisclosure.objects.update(
        way="ONLINE",
        read_seconds=30,
        confirmed_at=case.row.updated_at,
        signing_method="ONE_TIME_CODE",
        signature_sha256="0" * 64,
    )


def text_code(sandbox: Sandbox, mobile: str) -> str:
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", sandbox.texts(mobile)[-1]["content"])
    return str(code)


def provider_code(sandbox: Sandbox, mobile: str) -> str:
    (envelope,) = sandbox._http.get("/e-signing/envelopes").json()["envelopes"]
    (signer,) = [each for each in envelope["signers"] if each["mobile"] == mobile]
    return str(signer["code"])


def enter(window: Window, token: str, mobile: str, sandbox: Sandbox, meanwhile: Meanwhile) -> Page:
    page = window.page
    window.open(f"/apply/{token}")
    page.get_by_label("手机号").fill(mobile)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("button", name="秒后重发")).to_be_disabled()
    meanwhile(run_due_jobs)
    page.get_by_label("短信验证码").fill(text_code(sandbox, mobile))
    page.get_by_role("button", name="开始办理").click()
    return page


def read_to_the_end(page: Page, name: str) -> None:
    page.get_by_role("region", name=name).evaluate("box => { box.scrollTop = box.scrollHeight }")


def test_the_borrower_confirms_and_signs(case: Case, window: Open, sandbox: Sandbox, meanwhile: Meanwhile) -> None:
    token, mobile = meanwhile(lambda: link(case)), meanwhile(lambda: case.customer.mobile)
    phone = window(width=390, height=844)
    page = enter(phone, token, mobile, sandbox, meanwhile)
    expect(page.locator("#cost-lacks")).to_have_text("客户经理正在准备明示表")
    phone.keep_picture("sign-1-waiting")

    meanwhile(lambda: show_cost(case))
    page.reload()
    table = page.get_by_role("region", name="综合融资成本明示表")
    expect(table).to_contain_text("年化综合融资成本")
    expect(page.locator("#cost-reading")).to_contain_text("请滑动到末尾")
    phone.keep_picture("sign-2-cost")
    read_to_the_end(page, "综合融资成本明示表")
    page.locator("#send-cost-code").click()
    expect(page.locator("#send-cost-code")).to_be_disabled()
    meanwhile(run_due_jobs)
    page.get_by_label("确认验证码").fill(text_code(sandbox, mobile))
    phone.keep_picture("sign-3-cost-code")
    page.get_by_role("button", name="本人已阅读并知悉，确认").click()
    expect(page.locator("#contract-lacks")).to_have_text("客户经理正在准备合同")

    meanwhile(lambda: send_contract(case))
    page.reload()
    expect(page.get_by_role("region", name="合同全文")).to_contain_text("第一条")
    assert phone.overflow() == 0
    phone.keep_picture("sign-4-contract")
    read_to_the_end(page, "合同全文")
    page.get_by_role("button", name="确认签署").click()
    expect(page.get_by_role("alert")).to_have_text("请先勾选“已完整阅读并同意”")
    page.get_by_label("本人已完整阅读并同意上述全部文件").check()
    page.locator("#contract-code").fill("12")
    page.get_by_role("button", name="确认签署").click()
    expect(page.locator('#contract [data-error="code"]')).to_have_text("验证码为6位数字")
    page.locator("#contract-code").fill(provider_code(sandbox, mobile))
    phone.keep_picture("sign-5-contract-code")
    page.get_by_role("button", name="确认签署").click()
    expect(page.locator("#contract-done")).to_be_visible()
    phone.keep_picture("sign-6-signed")
    assert [each for each in phone.complaints if "status of 400" not in each] == []
    assert meanwhile(lambda: ContractSigner.objects.get(party=None).state) == "SIGNED"
    assert meanwhile(lambda: CostDisclosure.objects.get().way) == "ONLINE"


def test_a_guarantor_at_a_desk(case: Case, window: Open, sandbox: Sandbox, meanwhile: Meanwhile) -> None:
    meanwhile(lambda: confirm_cost(case))
    meanwhile(lambda: send_contract(case))
    party = meanwhile(lambda: ContractSigner.objects.exclude(party=None).get().party_id)
    desk = window(width=1280, height=900)
    page = enter(desk, meanwhile(lambda: link(case, party)), GUARANTOR, sandbox, meanwhile)
    expect(page.get_by_role("region", name="合同全文")).to_contain_text("保证合同")
    expect(page.locator("#contract-role")).to_contain_text("保证人")
    desk.keep_picture("sign-desk-contract")
    with page.expect_download() as download:
        page.get_by_role("button", name="打开保证合同 PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_text("不同意签署").click()
    page.get_by_role("button", name="确认拒签").click()
    expect(page.locator('#refuse-contract [data-error="reason"]')).to_have_text("请填写拒签原因")
    page.get_by_label("拒签原因").fill("担保金额与约定不符")
    page.get_by_role("button", name="确认拒签").click()
    expect(page.locator("#contract-lacks")).to_contain_text("您已拒签：担保金额与约定不符")
    assert desk.overflow() == 0
    desk.keep_picture("sign-desk-refused")
    assert meanwhile(lambda: ContractSigner.objects.get(party=party).state) == "REFUSED"
