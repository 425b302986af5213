"""The doors of metrics, ranking, standing and entries, and who sees what through them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from organization.models import Staff
from performance import ledger
from performance.models import LedgerEntry
from tests.performance.builders import disburses, entry, on
from tests.world import Bank, Phone

PhoneOf = Callable[..., Phone]
JUNE = "metric=LOAN_DISBURSED&period=MONTH&on=2026-06-15"


@pytest.fixture
def june(bank: Bank) -> Bank:
    """王小明 300, 张伟 200 in the east, 陈陌 250 in the west."""
    disburses(bank.rm, 300, **on(2026, 6, 1))
    disburses(bank.other_rm, 200, **on(2026, 6, 2))
    disburses(bank.stranger, 250, **on(2026, 6, 3))
    return bank


def get(phone: Phone, path: str) -> Any:
    answer = phone.get(f"/api/v1/performance/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def names(board: Any) -> list[tuple[int, str, str]]:
    return [(place["rank"], place["name"], place["value"]) for place in board["places"]]


# --- Metrics -------------------------------------------------------------------------------------------
def test_each_metric_is_explained(bank: Bank, phone: PhoneOf) -> None:
    answer = get(phone(bank.rm), "metrics")
    assert answer["label"] == "展业排名，非考核"
    metrics = {metric["code"]: metric for metric in answer["results"]}
    assert list(metrics) == ["DEPOSIT_NET_INCREASE", "NEW_CUSTOMERS", "LOAN_DISBURSED", "LOAN_COUNT"]
    assert [metric["unit"] for metric in metrics.values()] == ["元", "户", "元", "笔"]
    assert "不是时点存款规模" in metrics["DEPOSIT_NET_INCREASE"]["explanation"]
    assert metrics["LOAN_DISBURSED"] | {"explanation": ""} == {
        "code": "LOAN_DISBURSED",
        "name": "贷款投放",
        "unit": "元",
        "direction": "HIGHER_IS_BETTER",
        "counts_on": "放款成功之日",
        "version": 1,
        "effective_from": "2000-01-01",
        "explanation": "",
    }


# --- Ranking -------------------------------------------------------------------------------------------
def test_the_table_of_ones_own_sub_branch(june: Bank, phone: PhoneOf) -> None:
    board = get(phone(june.rm), f"ranking?{JUNE}")
    assert names(board) == [(1, "王小明", "300.00"), (2, "张伟", "200.00"), (3, "李小红", "0.00")]
    assert (board["label"], board["counted"]) == ("展业排名，非考核", 3)
    assert (board["period_start"], board["period_end"]) == ("2026-06-01", "2026-06-30")
    assert (board["branch"]["name"], board["metric"]["unit"]) == ("广阳支行", "元")


def test_the_ranking_is_public_in_the_bank(june: Bank, phone: PhoneOf) -> None:
    board = get(phone(june.stranger), f"ranking?{JUNE}&scope=BANK")
    assert names(board) == [
        (1, "王小明", "300.00"),
        (2, "陈陌", "250.00"),
        (3, "张伟", "200.00"),
        (4, "李小红", "0.00"),
    ]
    assert (board["own"]["place"]["rank"], board["own"]["ahead"]["distance"]) == (2, "50.00")


def test_a_watcher_sees_the_table_and_has_no_place_in_it(june: Bank, phone: PhoneOf) -> None:
    board = get(phone(june.head_office), f"ranking?{JUNE}&scope=BANK")
    assert board["own"] is None
    assert board["counted"] == 4


def test_pages_of_the_table(june: Bank, phone: PhoneOf) -> None:
    board = get(phone(june.rm), f"ranking?{JUNE}&scope=BANK&limit=2&skip=1")
    assert [rank for rank, _, _ in names(board)] == [2, 3]
    assert board["counted"] == 4


@pytest.mark.parametrize(
    "who, branch, status",
    [
        ("rm", "east", 200),
        ("rm", "city", 200),
        ("rm", "head", 200),
        ("rm", "west", 404),
        ("manager", "west", 404),
        ("city_manager", "west", 200),
        ("head_office", "west", 200),
    ],
)
def test_a_branch_may_be_named_within_ones_right(
    june: Bank, phone: PhoneOf, who: str, branch: str, status: int
) -> None:
    named = getattr(june, branch)
    answer = phone(getattr(june, who)).get(f"/api/v1/performance/ranking?{JUNE}&branch={named.pk}")
    assert answer.status_code == status
    assert status == 404 or answer.json()["branch"]["name"] == named.name


def test_the_table_takes_few_queries_however_long(june: Bank, phone: PhoneOf) -> None:
    mobile = phone(june.rm)
    get(mobile, f"ranking?{JUNE}&scope=BANK")
    with CaptureQueriesContext(connection) as short:
        get(mobile, f"ranking?{JUNE}&scope=BANK&limit=1")
    with CaptureQueriesContext(connection) as long:
        get(mobile, f"ranking?{JUNE}&scope=BANK&limit=100")
    assert len(short) == len(long)


# --- Standing ------------------------------------------------------------------------------------------
def test_ones_own_standing(june: Bank, phone: PhoneOf) -> None:
    disburses(june.co_rm, 200, **on(2026, 6, 5))
    answer = get(phone(june.other_rm), f"standing?{JUNE}&scope=BRANCH")
    assert answer["branch"]["name"] == "廊坊分行"
    assert answer["standing"]["counted"] == 4
    assert (answer["standing"]["place"]["rank"], answer["standing"]["place"]["tied"]) == (3, 2)
    assert answer["standing"]["ahead"] == {"rank": 2, "tied": 1, "value": "250.00", "distance": "50.00"}
    assert answer["standing"]["behind"] is None


def test_this_month_and_ones_own_sub_branch_unless_told(bank: Bank, phone: PhoneOf) -> None:
    disburses(bank.rm, 10)
    answer = get(phone(bank.rm), "standing?metric=LOAN_DISBURSED")
    assert (answer["period"], answer["branch"]["name"]) == ("MONTH", "广阳支行")
    assert answer["standing"]["place"]["value"] == "10.00"


def test_who_is_not_ranked_has_no_standing(june: Bank, phone: PhoneOf) -> None:
    answer = phone(june.manager).get(f"/api/v1/performance/standing?{JUNE}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_ranked")


# --- Entries -------------------------------------------------------------------------------------------
def seen(phone: Phone, query: str) -> set[str]:
    return {row["staff_name"] for row in get(phone, f"entries?on=2026-06-15{query}")["results"]}


def test_entries_are_seen_within_ones_scope(june: Bank, phone: PhoneOf) -> None:
    assert seen(phone(june.rm), "") == {"王小明"}
    assert seen(phone(june.manager), "") == {"王小明", "张伟"}
    assert seen(phone(june.city_manager), "") == {"王小明", "张伟", "陈陌"}
    assert seen(phone(june.auditor), f"&staff={june.stranger.pk}") == {"陈陌"}


@pytest.mark.parametrize("viewer", ["rm", "manager"])
def test_entries_of_a_stranger_are_not_found(june: Bank, phone: PhoneOf, viewer: str) -> None:
    mobile = phone(getattr(june, viewer))
    answer = mobile.get(f"/api/v1/performance/entries?on=2026-06-15&staff={june.stranger.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_figure_drills_down_to_its_entries(june: Bank, phone: PhoneOf) -> None:
    ledger.post([entry(june.rm, 1, metric="LOAN_COUNT", **on(2026, 6, 1))])
    disburses(june.rm, 7, **on(2026, 7, 1))
    ledger.reverse(LedgerEntry.objects.get(staff=june.rm, amount=300), reason="放款冲正", by=june.manager)
    rows = get(phone(june.rm), "entries?metric=LOAN_DISBURSED&period=MONTH&on=2026-06-15")["results"]
    assert [(row["amount"], row["reason"]) for row in rows] == [("-300.00", "放款冲正"), ("300.00", "")]
    assert rows[0]["reversal_of"] == rows[1]["id"]
    assert get(phone(june.rm), f"standing?{JUNE}")["standing"]["place"]["value"] == "0.00"


def test_entries_come_in_pages_without_gap_or_repetition(bank: Bank, phone: PhoneOf) -> None:
    ledger.post(entry(bank.rm, number, **on(2026, 6, 1)) for number in range(1, 8))
    mobile, found = phone(bank.rm), []
    address: str | None = "/api/v1/performance/entries?on=2026-06-01&limit=3"
    while address:
        page = mobile.get(address).json()
        found.append([int(float(row["amount"])) for row in page["results"]])
        address = page["next"]
    assert [len(page) for page in found] == [3, 3, 1]
    assert sorted(amount for page in found for amount in page) == list(range(1, 8))


def test_the_list_of_entries_takes_the_same_queries_for_one_and_for_many(june: Bank, phone: PhoneOf) -> None:
    mobile = phone(june.city_manager)
    counts = []
    for limit in (1, 3):
        with CaptureQueriesContext(connection) as queries:
            get(mobile, f"entries?on=2026-06-15&limit={limit}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- Refusals ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["metrics", "ranking", "standing", "entries"])
@pytest.mark.parametrize("who", ["reviewer", "product_manager", "admin"])
def test_who_has_nothing_to_do_with_performance_is_refused(bank: Bank, phone: PhoneOf, path: str, who: str) -> None:
    answer = phone(getattr(bank, who)).get(f"/api/v1/performance/{path}?{JUNE}")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize("path", ["metrics", "ranking", "standing", "entries"])
def test_nobody_reads_it_without_signing_in(bank: Bank, phone: PhoneOf, path: str) -> None:
    assert phone().get(f"/api/v1/performance/{path}").status_code == 401


@pytest.mark.parametrize(
    "query, field, said",
    [
        ("", "metric", "请指明指标"),
        ("metric=LUCK", "metric", "没有这个指标"),
        ("metric=LOAN_COUNT&period=WEEK", "period", "周期须为"),
        ("metric=LOAN_COUNT&on=2026-02-30", "on", "日期无效"),
        ("metric=LOAN_COUNT&on=yesterday", "on", "日期无效"),
        ("metric=LOAN_COUNT&scope=WORLD", "scope", "范围须为"),
        ("metric=LOAN_COUNT&branch=1", "branch", "机构标识无效"),
        ("metric=LOAN_COUNT&limit=0", "limit", "须为 1 到 500 的整数"),
        ("metric=LOAN_COUNT&limit=many", "limit", "须为 1 到 500 的整数"),
        ("metric=LOAN_COUNT&skip=-1", "skip", "须为 0 到 100000 的整数"),
    ],
)
def test_a_faulty_question_is_refused_in_chinese(bank: Bank, phone: PhoneOf, query: str, field: str, said: str) -> None:
    answer = phone(bank.rm).get(f"/api/v1/performance/ranking?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer["Content-Type"] == "application/problem+json"
    assert said in answer.json()["errors"][field][0]


@pytest.mark.parametrize(
    "query, field", [("staff=me", "staff"), ("metric=LUCK", "metric"), ("period=WEEK", "period"), ("on=0", "on")]
)
def test_a_faulty_question_for_entries_is_refused(bank: Bank, phone: PhoneOf, query: str, field: str) -> None:
    answer = phone(bank.rm).get(f"/api/v1/performance/entries?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]


def test_a_faulty_cursor_is_refused(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.rm).get("/api/v1/performance/entries?cursor=nonsense")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_time_are_days_like_any_other(bank: Bank, phone: PhoneOf, day: str) -> None:
    for period in ("DAY", "MONTH", "QUARTER", "YEAR"):
        board = get(phone(bank.rm), f"ranking?metric=LOAN_COUNT&period={period}&on={day}")
        assert board["counted"] == 3


def test_someone_without_a_role_sees_no_ranking(bank: Bank, phone: PhoneOf) -> None:
    bank.rm.role_assignments.all().delete()
    assert phone(Staff.objects.get(pk=bank.rm.pk)).get("/api/v1/performance/metrics").status_code == 403
