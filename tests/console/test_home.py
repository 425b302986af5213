"""What a branch manager sees in the morning, and what he does not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from aladdin import clock
from console.work import Late
from loans.states import State
from notifications import streams
from organization.models import Staff
from tests.console.builders import application, credit, late_check, log
from tests.console.conftest import Browser
from tests.world import Bank

HOME = "/console/"


def page(client: Client, **asked: str) -> Any:
    """What the page is made of."""
    answer = client.get(HOME, asked)
    assert answer.status_code == 200
    shown: Any = answer.context
    return shown


def one_line(answer: Any) -> str:
    """The page's text without its line breaks."""
    return " ".join(answer.content.decode().split())


def loans_today(client: Client) -> str:
    figures = {item.metric.code: item.today for item in page(client)["figures"]}
    return f"{figures['LOAN_DISBURSED']}"


# --- Scope ---------------------------------------------------------------------------------------
def test_a_branch_manager_sees_his_branch_and_what_lies_below(bank: Bank, browser: Browser) -> None:
    credit(bank.rm, 100_000)
    credit(bank.stranger, 50_000)
    assert loans_today(browser(bank.manager)) == "100000.00"
    assert loans_today(browser(bank.other_manager)) == "50000.00"
    assert loans_today(browser(bank.city_manager)) == "150000.00"


@pytest.mark.parametrize("who", ["head_office", "auditor"])
def test_head_office_and_audit_see_the_bank(bank: Bank, browser: Browser, who: str) -> None:
    credit(bank.rm, 100_000)
    credit(bank.stranger, 50_000)
    shown = page(browser(getattr(bank, who)))
    assert shown["branch"] == bank.head
    assert loans_today(browser(getattr(bank, who))) == "150000.00"


def test_an_auditor_who_sits_in_a_branch_sees_the_bank_too(bank: Bank, browser: Browser) -> None:
    bank.auditor.branch = bank.east
    bank.auditor.save()
    shown = page(browser(bank.auditor))
    assert shown["branch"] == bank.head
    assert shown["board"].key == f"branch:{bank.head.pk}"


def test_work_of_another_branch_is_not_shown(lending_bank: Bank, browser: Browser) -> None:
    bank = lending_bank
    application(bank, State.INVESTIGATING, rm=bank.stranger, since=clock.now() - timedelta(days=3))
    late_check(bank, rm=bank.stranger)
    shown = page(browser(bank.manager))
    assert (shown["steps"], shown["late"].longest, shown["events"]) == ([], [], [])
    seen = page(browser(bank.city_manager))
    assert (len(seen["steps"]), len(seen["late"].longest), len(seen["events"])) == (1, 2, 2)


# --- Figures and ranking -------------------------------------------------------------------------
def test_figures_are_of_today_and_of_the_month(bank: Bank, browser: Browser) -> None:
    first = clock.today().replace(day=1)
    credit(bank.rm, "-12345.67", "DEPOSIT_NET_INCREASE")
    credit(bank.rm, 20_000, "DEPOSIT_NET_INCREASE", on=first - timedelta(days=1))
    html = one_line(browser(bank.manager).get(HOME))
    deposits = html.split('data-metric="DEPOSIT_NET_INCREASE"')[1].split("</div>")[0]
    assert '<p class="value down" data-moves="today DEPOSIT_NET_INCREASE">-1.23<small>万元' in deposits
    assert '<b class="down">-1.23</b>' in deposits


def test_the_ranking_shows_ties_and_the_chosen_metric_and_period(bank: Bank, browser: Browser) -> None:
    credit(bank.rm, 2, "NEW_CUSTOMERS")
    credit(bank.co_rm, 2, "NEW_CUSTOMERS")
    credit(bank.other_rm, 1, "NEW_CUSTOMERS")
    shown = page(browser(bank.manager), metric="NEW_CUSTOMERS", period="DAY")
    assert [(line.place.rank, line.place.tied, line.place.name, line.length) for line in shown["lines"]] == [
        (1, 2, "王小明", 100),
        (1, 2, "李小红", 100),
        (3, 1, "张伟", 50),
    ]


def test_what_is_not_a_metric_or_a_period_shows_the_usual_ranking(bank: Bank, browser: Browser) -> None:
    shown = page(browser(bank.manager), metric="'; DROP TABLE", period="CENTURY")
    assert (shown["metric"].code, shown["period"]) == ("LOAN_DISBURSED", "MONTH")


def test_the_trend_has_thirty_days_and_ends_today(bank: Bank, browser: Browser) -> None:
    credit(bank.rm, 123_400)
    credit(bank.rm, 10_000, on=clock.today() - timedelta(days=29))
    credit(bank.rm, 10_000, on=clock.today() - timedelta(days=30))
    trend = page(browser(bank.manager))["trend"]
    assert len(trend["days"]) == 30
    assert trend["days"][-1] == f"{clock.today().month}月{clock.today().day}日"
    assert (trend["loans"][0], trend["loans"][-1], sum(trend["loans"])) == (1.0, 12.34, 13.34)


# --- Work ----------------------------------------------------------------------------------------
def test_the_pipeline_counts_what_is_on_its_way_in_the_order_of_the_procedure(
    lending_bank: Bank, browser: Browser
) -> None:
    bank = lending_bank
    application(bank, State.IN_APPROVAL, amount=50_000)
    application(bank, State.ACCEPTED, amount=20_000)
    application(bank, State.ACCEPTED, amount=30_000, since=clock.now() - timedelta(hours=25))
    application(bank, State.DISBURSED)
    application(bank, State.REJECTED)
    shown = page(browser(bank.manager))
    assert [(step.state, step.count, int(step.amount), step.stuck) for step in shown["steps"]] == [
        (State.ACCEPTED, 2, 50_000, 1),
        (State.IN_APPROVAL, 1, 50_000, 0),
    ]
    assert (shown["on_their_way"], int(shown["amount_on_its_way"])) == (3, 100_000)


def test_late_checks_and_stuck_applications_stand_in_one_list_the_longest_waiting_first(
    lending_bank: Bank, browser: Browser
) -> None:
    bank = lending_bank
    check = late_check(bank, rm=bank.other_rm)
    late_by = (clock.today() - check.due_on).days
    application(bank, State.INVESTIGATING, since=clock.now() - timedelta(days=late_by + 5))
    application(bank, State.UNDER_REVIEW, rm=bank.co_rm, since=clock.now() - timedelta(days=late_by - 5))
    application(bank, State.IN_APPROVAL, since=clock.now() - timedelta(hours=25))
    application(bank, State.SUBMITTED, since=clock.now() - timedelta(hours=23))
    late = page(browser(bank.manager))["late"]
    assert (late.checks, late.stuck) == (1, 3)
    assert [_told(item) for item in late.longest] == [
        ("进件停滞", "王小明", "王小明", late_by + 5),
        ("贷后检查逾期", "张伟", "张伟", late_by),
        ("进件停滞", "周审查", "李小红", late_by - 5),
        ("进件停滞", "有权审批人", "王小明", 1),
    ]


def _told(item: Late) -> tuple[str, str, str, int]:
    return item.what, item.waits_for, item.rm, item.days


def test_the_latest_moves_come_first(lending_bank: Bank, browser: Browser) -> None:
    bank = lending_bank
    moved = application(bank, State.ACCEPTED)
    log(moved, State.ID_VERIFIED, by=None)
    shown = page(browser(bank.manager))["events"]
    assert [(event.who, event.state) for event in shown] == [
        ("系统", State.ID_VERIFIED),
        ("王小明", State.ACCEPTED),
    ]


def test_a_quiet_branch_says_so(bank: Bank, browser: Browser) -> None:
    html = browser(bank.city_manager).get(HOME).content.decode()
    for said in ("没有在途的贷款申请", "没有逾期的贷后检查，也没有停滞的进件", "还没有动态"):
        assert said in html


def test_no_customer_is_named(lending_bank: Bank, browser: Browser) -> None:
    bank = lending_bank
    waiting = application(bank, State.INVESTIGATING, rm=bank.other_rm, since=clock.now() - timedelta(days=3))
    assert waiting.customer.name == "王小明"
    bank.rm.delete()  # his namesake among the staff
    html = browser(bank.manager).get(HOME).content.decode()
    assert "王小明" not in html
    assert waiting.customer.masked_name() not in html


# --- Parts, queries, policy ----------------------------------------------------------------------
def test_the_parts_are_what_the_page_shows(lending_bank: Bank, browser: Browser) -> None:
    bank = lending_bank
    credit(bank.rm, 88_000)
    application(bank, State.ACCEPTED)
    html = browser(bank.manager).get("/console/parts?metric=LOAN_DISBURSED&period=DAY").content.decode()
    swapped = re.findall(r'hx-swap-oob="innerHTML:#([\w-]+)"', html)
    assert swapped == ["as-of", "figures", "ranking", "pipeline", "trend-figures", "events", "late"]
    assert "8.80" in html
    assert 'data-state="ACCEPTED"' in html


def test_the_page_says_from_where_its_board_is_followed_on(bank: Bank, browser: Browser) -> None:
    key = f"branch:{bank.east.pk}"
    streams.publish(key, "pipeline_changed", {})
    streams.publish(key, "pipeline_changed", {})
    html = one_line(browser(bank.manager).get(HOME))
    assert f'data-board="{key}" data-epoch="{streams.board_stream(key).epoch}" data-sequence="2"' in html


def fill(bank: Bank, people: list[Staff]) -> None:
    for rm in people:
        credit(rm, 10_000)
        application(bank, State.SUBMITTED, rm=rm, since=clock.now() - timedelta(days=2))
        application(bank, State.UNDER_REVIEW, rm=rm, since=clock.now() - timedelta(days=2))
        late_check(bank, rm=rm)


@pytest.mark.parametrize("path, known", [(HOME, 15), ("/console/parts", 14)])
def test_the_number_of_queries_does_not_grow_with_the_work(
    lending_bank: Bank,
    browser: Browser,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    known: int,
) -> None:
    bank = lending_bank
    client = browser(bank.city_manager)
    fill(bank, [bank.rm])
    client.get(path)  # the board's stream now exists
    with django_assert_num_queries(known):
        client.get(path)
    fill(bank, [bank.co_rm, bank.other_rm, bank.stranger])
    with django_assert_num_queries(known):
        client.get(path)


def test_the_page_runs_and_styles_nothing_inline(lending_bank: Bank, browser: Browser) -> None:
    fill(lending_bank, [lending_bank.rm])
    answer = browser(lending_bank.manager).get(HOME)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    html = answer.content.decode()
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all(" src=" in script or 'type="application/json"' in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)


def test_figures_are_not_kept_by_browsers_or_proxies(bank: Bank, browser: Browser) -> None:
    assert "no-store" in browser(bank.manager).get(HOME)["Cache-Control"]
