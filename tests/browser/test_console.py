"""The branch manager's page in a real browser, against a real server."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import WebSocketRoute, expect

from aladdin import clock
from loans.notices import pipeline_changed
from loans.states import State
from organization.roles import Role
from tests.browser.conftest import Window
from tests.console.builders import application, credit, late_check
from tests.notifications.builders import COMMITTED
from tests.world import PASSWORD, Bank, hire

pytestmark = [COMMITTED, pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Window]
Work = Callable[[Callable[[], object]], None]


@pytest.fixture
def busy_bank(lending_bank: Bank) -> Bank:
    """A morning with everything on it: long names, ties, money that left, late work."""
    bank = lending_bank
    long_name = hire(bank.east, bank.rm.Position.RM, Role.RM, name="阿卜杜热依木·买买提吐尔逊·伊布拉音江")
    bank.west.name = "中国（河北）自由贸易试验区大兴国际机场临空经济区支行"
    bank.west.save()
    for rm, amount in ((bank.rm, 412_000), (long_name, 1_234_567_890), (bank.stranger, 50_000), (bank.co_rm, 50_000)):
        credit(rm, amount)
        credit(rm, 1, "LOAN_COUNT")
    credit(bank.rm, "-98765432.10", "DEPOSIT_NET_INCREASE")
    for state in (State.DRAFT, State.CREDIT_AUTHORIZED, State.SUBMITTED, State.CONTRACTED, State.DISBURSING):
        application(bank, state, rm=long_name, since=clock.now() - timedelta(days=3))
    application(bank, State.IN_APPROVAL, rm=bank.stranger)
    late_check(bank, rm=bank.stranger)
    return bank


def test_signing_in_wrong_and_right(bank: Bank, window: Open) -> None:
    nobody = window()
    nobody.open("/console/")
    page = nobody.page
    page.get_by_label("工号").fill(bank.manager.employee_no)
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_have_text("工号或密码错误")
    nobody.keep_picture("sign-in-refused")
    nobody.complaints.clear()  # the browser's own word on the 401
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=bank.east.name)).to_be_visible()
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("工号")).to_be_focused()
    assert nobody.complaints == []


def test_the_page_fits_every_screen_and_breaks_no_policy(busy_bank: Bank, window: Open) -> None:
    for width, height in ((1440, 900), (768, 1024), (390, 844)):
        seen = window(busy_bank.city_manager, width, height)
        seen.opens_live()
        expect(seen.page.locator("#trend canvas")).to_be_visible()
        assert seen.overflow() == 0, f"wider than {width}"
        seen.keep_picture(f"console-{width}")
        assert seen.complaints == []


def test_an_entry_and_a_moved_application_show_without_a_reload(lending_bank: Bank, window: Open, worked: Work) -> None:
    bank = lending_bank
    seen = window(bank.manager)
    seen.opens_live()
    seen.page.evaluate("window.sameDocument = true")
    page = seen.page
    expect(page.locator("#pipeline .empty")).to_be_visible()

    worked(lambda: credit(bank.other_rm, 350_000))
    expect(page.locator('[data-metric="LOAN_DISBURSED"] .value')).to_have_text("35.00万元")
    expect(page.locator("#ranking tbody tr").first).to_contain_text("张伟")
    expect(page.locator('#ranking [data-moves="E00003"]')).to_have_class("moved")

    worked(lambda: pipeline_changed(application(bank, State.SUBMITTED)))
    expect(page.locator('#pipeline tr[data-state="SUBMITTED"]')).to_contain_text("已报审")
    expect(page.locator("#events tbody tr").first).to_contain_text("王小明")
    assert page.evaluate("window.sameDocument")
    assert seen.complaints == []


def test_a_lost_connection_is_said_and_what_was_missed_is_made_up(bank: Bank, window: Open, worked: Work) -> None:
    seen = window(bank.manager)
    is_cut, lines = False, []

    def line(socket: WebSocketRoute) -> None:
        lines.append(socket)
        if is_cut:
            socket.close(code=1012)
        else:
            socket.connect_to_server()

    seen.page.route_web_socket("**/ws/v1/stream", line)
    seen.opens_live()
    is_cut = True
    lines[0].close(code=1012)
    expect(seen.page.locator("#live")).to_have_text("已断开，正在重连")
    worked(lambda: credit(bank.rm, 120_000))
    is_cut = False
    expect(seen.page.locator("#live")).to_have_text("实时")
    expect(seen.page.locator('[data-metric="LOAN_DISBURSED"] .value')).to_have_text("12.00万元")


def test_when_the_session_ends_the_page_goes_to_the_sign_in(bank: Bank, window: Open, worked: Work) -> None:
    seen = window(bank.manager)
    seen.opens_live()
    worked(lambda: Session.objects.all().delete())
    expect(seen.page.get_by_role("button", name="登录")).to_be_visible()
