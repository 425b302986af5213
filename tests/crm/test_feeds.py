"""Nightly files: what goes in, what is rejected, what is refused whole, and what happens the second time."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from aladdin import clock
from crm.feeds import FeedRefused, load
from crm.models import Account, AccountHolder, Customer, FeedFile, FeedReject, Ownership, Transaction
from notifications.models import Notice
from organization.models import Staff
from performance.models import LedgerEntry
from tests.crm.builders import (
    account_line,
    account_no,
    credit_code,
    customer_line,
    enter,
    feed,
    identity_no,
    load_movements,
    movement_line,
    open_account,
    packed,
)
from tests.world import Bank, Phone


def reasons(file: FeedFile) -> dict[int, str]:
    return dict(FeedReject.objects.filter(file=file).values_list("line_no", "code"))


def credited(staff: Staff, metric: str = "DEPOSIT_NET_INCREASE") -> Decimal:
    total = LedgerEntry.objects.filter(staff=staff, metric=metric).aggregate(total=Sum("amount"))["total"]
    return total or Decimal(0)


# --- Customers ----------------------------------------------------------------------------------
def test_a_new_customer_is_in_the_care_of_the_rm_and_counts_for_him(bank: Bank) -> None:
    loaded = load(feed("customers", [customer_line(rm=bank.rm)]))

    customer = Customer.objects.get(cif_no="C0001")
    assert (loaded.file.state, loaded.file.loaded) == ("LOADED", 1)
    assert (customer.name, customer.mobile, customer.sex) == ("王小明", "13800000001", "MALE")
    assert customer.identity_no == identity_no(1)
    assert customer.branch == bank.east
    ownership = Ownership.objects.get(customer=customer)
    assert (ownership.staff, ownership.role, ownership.share) == (bank.rm, "MANAGING", Decimal(1))
    assert ownership.effective_from == customer.opened_on
    entry = LedgerEntry.objects.get(metric="NEW_CUSTOMERS")
    assert (entry.staff, entry.amount, entry.business_date) == (bank.rm, Decimal(1), customer.opened_on)


def test_a_customer_without_an_rm_counts_for_nobody(bank: Bank) -> None:
    load(feed("customers", [customer_line(rm=None)]))
    assert Customer.objects.count() == 1
    assert not Ownership.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_business_is_known_by_its_credit_code(bank: Bank) -> None:
    line = customer_line(rm=bank.rm, kind="BUSINESS", name="廊坊市华兴建材有限公司", identity_no=credit_code(7))
    load(feed("customers", [line]))
    customer = Customer.objects.get()
    assert (customer.identity_no, customer.birth_on, customer.sex) == (credit_code(7), None, "")


def test_a_changed_line_changes_the_customer_and_an_equal_one_leaves_what_the_rm_edited(bank: Bank) -> None:
    load(feed("customers", [customer_line(rm=bank.rm)]))
    customer = Customer.objects.get()
    customer.describe(mobile="13911112222")
    customer.save()

    again = load(feed("customers", [customer_line(rm=bank.rm), customer_line(2, rm=bank.rm)]))
    assert (again.file.loaded, again.file.unchanged) == (1, 1)
    assert Customer.objects.get(cif_no="C0001").mobile == "13911112222"

    load(feed("customers", [customer_line(rm=bank.other_rm, name="王晓明")]))
    customer.refresh_from_db()
    assert (customer.name, customer.mobile, customer.version) == ("王晓明", "13800000001", 2)
    assert Ownership.objects.get(customer=customer).staff == bank.rm, "ownership changes in Aladdin only"
    assert credited(bank.rm, "NEW_CUSTOMERS") == 2


def test_the_feed_recognizes_whom_an_rm_entered_before(bank: Bank) -> None:
    entered = enter(bank.rm, number=1, name="王小")
    load(feed("customers", [customer_line(rm=bank.other_rm, opened_on=f"{clock.today()}")]))

    customer = Customer.objects.get()
    assert (customer.pk, customer.cif_no, customer.name) == (entered.pk, "C0001", "王小明")
    assert customer.source == Customer.Source.RM
    assert Ownership.objects.get(customer=customer).staff == bank.rm
    assert credited(bank.rm, "NEW_CUSTOMERS") == 1


def test_damaged_customers_are_rejected_each_with_its_reason(bank: Bank) -> None:
    wrong_check = identity_no(3)[:-1] + ("1" if identity_no(3)[-1] != "1" else "2")
    late = f"{clock.today() + timedelta(days=1)}"
    lines = [
        customer_line(1, rm=bank.rm),
        customer_line(3, rm=bank.rm, identity_no=wrong_check),
        customer_line(4, rm=bank.rm, branch="9999"),
        customer_line(5, rm=bank.rm, managing_rm="E99999"),
        customer_line(6, rm=bank.rm, name=""),
        customer_line(7, rm=bank.rm, opened_on=late),
        customer_line(8, rm=bank.rm, birth_on="1980-05-18"),
        customer_line(9, rm=bank.rm, mobile="12345"),
        customer_line(10, rm=bank.rm, identity_no=identity_no(1)),
        customer_line(11, rm=bank.rm)[:-1],
        "completely damaged",
        customer_line(12, rm=bank.rm, name="王" * 101),
        customer_line(13, rm=bank.rm, opened_on="2026-02-30"),
        customer_line(14, rm=bank.rm, kind="ROBOT"),
        customer_line(15, rm=bank.rm, sex="FEMALE"),
        customer_line(16, rm=bank.rm, name="王\x00明"),
        customer_line(17, rm=bank.rm),
    ]
    loaded = load(feed("customers", lines))

    assert (loaded.file.state, loaded.file.rows, loaded.file.loaded) == ("LOADED_WITH_REJECTS", 17, 2)
    assert reasons(loaded.file) == {
        3: "identity_number_checksum",
        4: "branch_unknown",
        5: "staff_unknown",
        6: "value_missing",
        7: "date_in_future",
        8: "identity_contradicts",
        9: "mobile_format",
        10: "repeated_in_file",
        11: "columns",
        12: "line_type_unknown",
        13: "value_too_long",
        14: "date_invalid",
        15: "value_invalid",
        16: "identity_contradicts",
        17: "value_invalid",
    }
    assert set(Customer.objects.values_list("cif_no", flat=True)) == {"C0001", "C0017"}
    kept = FeedReject.objects.get(line_no=3)
    assert wrong_check in kept.line
    assert wrong_check not in kept.line_sealed
    assert "校验码不正确" in kept.reason


def test_one_identity_number_is_one_customer(bank: Bank) -> None:
    load(feed("customers", [customer_line(1, rm=bank.rm), customer_line(2, rm=bank.rm)]))
    taken = load(feed("customers", [customer_line(3, rm=bank.rm, identity_no=identity_no(1))]))
    moved = load(feed("customers", [customer_line(2, rm=bank.rm, identity_no=identity_no(1))]))
    business = load(
        feed("customers", [customer_line(2, rm=bank.rm, kind="BUSINESS", identity_no=credit_code(1), name="华兴公司")])
    )
    assert [reasons(one.file) for one in (taken, moved, business)] == [
        {2: "identity_taken"},
        {2: "identity_taken"},
        {2: "kind_differs"},
    ]


# --- Accounts -----------------------------------------------------------------------------------
def test_an_account_has_its_owner_and_disponents(bank: Bank) -> None:
    load(feed("customers", [customer_line(number, rm=bank.rm) for number in (1, 2, 3)]))
    load(feed("accounts", [account_line(1, disponents="C0002 C0003")]))
    load(feed("accounts", [account_line(1, disponents="C0003")]))

    account = Account.objects.get()
    assert (account.number, account.last4) == (account_no(1), "0001")
    assert account_no(1) not in account.number_sealed
    held = AccountHolder.objects.filter(account=account).values_list("customer__cif_no", "role")
    assert set(held) == {("C0001", "OWNER"), ("C0003", "DISPONENT")}


def test_a_balance_is_taken_only_where_it_is_younger(bank: Bank) -> None:
    today = clock.today()
    load(feed("customers", [customer_line(1, rm=bank.rm)]))
    for balance, hour in (("500.00", 12), ("700.00", 18), ("600.00", 15)):
        load(feed("accounts", [account_line(1, balance=balance, balance_as_of=f"{today}T{hour}:00:00")]))
    assert Account.objects.get().balance == Decimal("700.00")


def test_damaged_accounts_are_rejected(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    load(feed("customers", [customer_line(2, rm=bank.rm)]))
    lines = [
        account_line(2, cif=9),
        account_line(1, cif=2),
        account_line(3, cif=2, disponents="C0009"),
        account_line(4, cif=2, balance="1.00"),
        account_line(5, cif=2, branch_code="9999"),
        account_line(6, cif=2, account_no="12"),
        account_line(7, cif=2),
        account_line(7, cif=2, kind="TERM"),
    ]
    loaded = load(feed("accounts", lines))
    assert reasons(loaded.file) == {
        2: "customer_unknown",
        3: "owner_differs",
        4: "customer_unknown",
        5: "value_missing",
        6: "branch_unknown",
        7: "value_invalid",
        9: "repeated_in_file",
    }
    assert Account.objects.filter(customer__cif_no="C0002").count() == 1


# --- Movements ----------------------------------------------------------------------------------
def test_movements_move_the_balance_and_the_ledger(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    loaded = load_movements(
        movement_line("R1", "700.00", balance="700.00"),
        movement_line("R2", "-200.50", balance="499.50", counterparty_account="62457513", counterparty_name="李四"),
    )
    account.refresh_from_db()
    assert loaded.file.totals == {"lines": "2", "credits": "700.00", "debits": "200.50"}
    assert account.balance == Decimal("499.50"), "equal moments count in the order of their lines"
    assert credited(bank.rm) == Decimal("499.50")
    debit = Transaction.objects.get(reference="R2")
    assert (debit.counterparty_account, debit.counterparty_name) == ("**** 7513", "李*")


def test_movements_on_a_loan_account_are_no_deposits(bank: Bank) -> None:
    open_account(1, rm=bank.rm, kind="LOAN")
    load_movements(movement_line("R1", "-90000.00"))
    assert Transaction.objects.count() == 1
    assert not LedgerEntry.objects.filter(metric="DEPOSIT_NET_INCREASE").exists()
    assert not Notice.objects.exists()


def test_damaged_movements_are_rejected_while_the_rest_loads(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    future = f"{clock.today() + timedelta(days=3)}"
    lines = [
        movement_line("R1", "1.00"),
        movement_line("R2", "2.00", account=9),
        movement_line("R3", "3.00", posted_on=future),
        movement_line("R4", "0.00"),
        movement_line("R 5", "5.00"),
        movement_line("R6", "6.00", balance_after="?"),
        movement_line("R7", "7.00", occurred_at="yesterday"),
        movement_line("R8", "8.00", occurred_at=f"{future}T12:00:00"),
        movement_line("R9", "9.00", operation="MAGIC"),
        movement_line("R10", "10.00", posted_on="0001-01-05"),
        movement_line("R11", "11.00", direction="CREDIT", counterparty_name='"unpaired'),
        movement_line("R1", "12.00"),
        movement_line("R1", "1.00"),
        movement_line("R14", "14.00"),
    ]
    loaded = load(feed("transactions", lines, "89.00", "0"))
    assert reasons(loaded.file) == {
        3: "account_unknown",
        4: "date_in_future",
        5: "amount_invalid",
        6: "value_invalid",
        7: "amount_invalid",
        8: "date_invalid",
        9: "date_in_future",
        10: "value_invalid",
        11: "date_invalid",
        12: "columns",
        13: "reference_conflict",
    }
    assert (loaded.file.loaded, loaded.file.unchanged, loaded.file.rejected) == (2, 1, 11)
    assert set(Transaction.objects.values_list("reference", flat=True)) == {"R1", "R14"}
    assert credited(bank.rm) == Decimal("15.00")


def test_an_amount_that_cannot_be_read_counts_nothing_in_the_control_total(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    lines = [movement_line("R1", "1.00"), movement_line("R2", "2.0O")]
    loaded = load(feed("transactions", lines, "1.00", "0"))
    assert reasons(loaded.file) == {3: "amount_invalid"}
    with pytest.raises(FeedRefused) as refused:
        load(feed("transactions", lines, "3.00", "0"))
    assert refused.value.extra["reason"] == "total_disagrees"


# --- The same again -----------------------------------------------------------------------------
def test_the_same_file_again_changes_nothing(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    content = feed("transactions", [movement_line("R1", "100.00", balance="100.00")])
    first, second, as_gzip = load(content), load(content), load(packed(content))
    assert [one.again for one in (first, second, as_gzip)] == [False, True, True]
    assert {one.file.pk for one in (first, second, as_gzip)} == {first.file.pk}
    assert Transaction.objects.count() == 1
    assert credited(bank.rm) == Decimal("100.00")


def test_a_corrected_file_adds_only_what_is_new(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    load_movements(movement_line("R1", "100.00", balance="100.00"))
    corrected = load_movements(
        movement_line("R1", "100.00", balance="100.00"),
        movement_line("R2", "50.00", balance="150.00"),
    )
    assert (corrected.file.loaded, corrected.file.unchanged) == (1, 1)
    assert credited(bank.rm) == Decimal("150.00")
    assert Account.objects.get().balance == Decimal("150.00")


def test_a_reference_that_contradicts_is_rejected_and_counts_once(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    load_movements(movement_line("R1", "100.00"))
    contradicting = load_movements(movement_line("R1", "1000.00"))
    assert reasons(contradicting.file) == {2: "reference_conflict"}
    assert credited(bank.rm) == Decimal("100.00")


def test_a_reference_posted_on_another_day_is_the_same_movement(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    load_movements(movement_line("R1", "100.00"))
    again = load_movements(movement_line("R1", "100.00", posted_on=f"{clock.today() - timedelta(days=9)}"))
    assert again.file.unchanged == 1
    assert Transaction.objects.count() == 1


def test_a_late_file_leaves_the_younger_balance(bank: Bank) -> None:
    account = open_account(1, rm=bank.rm)
    before = f"{clock.today() - timedelta(days=5)}"
    load_movements(movement_line("R2", "50.00", balance="150.00"))
    load_movements(movement_line("R1", "100.00", balance="100.00", posted_on=before, occurred_at=f"{before}T09:00:00"))
    account.refresh_from_db()
    assert account.balance == Decimal("150.00")
    assert credited(bank.rm) == Decimal("150.00")


# --- Refused whole ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "reason,content",
    [
        ("header_missing", lambda good: good.split(b"\n", 1)[1]),
        ("header_missing", lambda good: b""),
        ("header_missing", lambda good: b"\xff\xfe\x00\x01"),
        ("trailer_missing", lambda good: good.rsplit(b"\n", 2)[0]),
        ("trailer_missing", lambda good: good.split(b"\n")[0]),
        ("trailer_invalid", lambda good: good.replace(b"T,1,", b"T,1,2,3,")),
        ("trailer_invalid", lambda good: good.replace(b"T,1,", b"T,one,")),
        ("count_disagrees", lambda good: good.replace(b"T,1,", b"T,2,")),
        ("total_disagrees", lambda good: good.replace(b"T,1,100.00", b"T,1,100.01")),
        ("total_disagrees", lambda good: good.replace(b"T,1,100.00", b"T,1,NaN")),
        ("unknown_kind", lambda good: good.replace(b"H,transactions", b"H,horoscopes")),
        ("unknown_version", lambda good: good.replace(b",1\n", b",2\n", 1)),
        ("header_invalid", lambda good: good.replace(b",1\n", b",1,EBCDIC\n", 1)),
        ("header_invalid", lambda good: good.replace(b"H,transactions,2", b"H,transactions,X", 1)),
        ("header_invalid", lambda good: good.replace(b"H,transactions,2", b"H,transactions,9", 1)),
        ("not_gzip", lambda good: packed(good)[:-9]),
    ],
)
def test_a_file_that_does_not_agree_is_refused_whole(
    bank: Bank, reason: str, content: Callable[[bytes], bytes]
) -> None:
    open_account(1, rm=bank.rm)
    good = feed("transactions", [movement_line("R1", "100.00")])
    with pytest.raises(FeedRefused) as refused:
        load(content(good))
    assert (refused.value.code, refused.value.extra["reason"]) == ("feed_refused", reason)
    file = FeedFile.objects.get(state="REFUSED")
    assert (file.reason, bool(file.reason_text)) == (reason, True)
    assert not Transaction.objects.exists()


def test_a_refused_file_says_what_was_expected_and_found(bank: Bank) -> None:
    with pytest.raises(FeedRefused) as refused:
        load(feed("transactions", [movement_line("R1", "100.00")], "99.00", "0"))
    assert refused.value.extra["expected"] == "99.00"
    assert refused.value.extra["found"] == "100.00"
    assert refused.value.detail == "文件整体拒绝：尾行的控制总数与实际不符（credits）"


def test_a_refused_file_can_be_sent_again_corrected(bank: Bank) -> None:
    open_account(1, rm=bank.rm)
    lines = [movement_line("R1", "100.00")]
    for _ in range(2):
        with pytest.raises(FeedRefused):
            load(feed("transactions", lines, count=2))
    assert load(feed("transactions", lines)).file.loaded == 1


# --- Encodings ----------------------------------------------------------------------------------
@pytest.mark.parametrize("names", [("GB18030",), ()], ids=["named", "recognized"])
def test_gb18030(bank: Bank, names: tuple[str, ...]) -> None:
    rare = "王㐂𠮷"
    content = feed("customers", [customer_line(rm=bank.rm, name=rare)], encoding="gb18030", names=names)
    load(packed(content), name="customers_2026.csv.gz")
    assert Customer.objects.get().name == rare


def test_a_damaged_character_rejects_its_line_only(bank: Bank) -> None:
    lines = [customer_line(number, rm=bank.rm) for number in (1, 2, 3)]
    content = feed("customers", lines).replace("王小明".encode(), b"\xe7\x8e", 1)
    loaded = load(content)
    assert reasons(loaded.file) == {2: "encoding"}
    assert {customer.name for customer in Customer.objects.all()} == {"王小明"}


def test_a_byte_order_mark_and_windows_lines_are_no_harm(bank: Bank) -> None:
    content = b"\xef\xbb\xbf" + feed("customers", [customer_line(rm=bank.rm)]).replace(b"\n", b"\r\n")
    assert load(content).file.loaded == 1


def test_quoted_fields_may_hold_commas(bank: Bank) -> None:
    load(feed("customers", [customer_line(rm=bank.rm, address='"河北省廊坊市广阳区,新华路""1""号"')]))
    assert Customer.objects.get().address == '河北省廊坊市广阳区,新华路"1"号'


# --- The command, and reading what was loaded ---------------------------------------------------
def test_the_command_loads_files_and_writes_the_reject_file(bank: Bank, tmp_path: Path) -> None:
    path = tmp_path / "customers_2026.csv.gz"
    path.write_bytes(packed(feed("customers", [customer_line(1, rm=bank.rm), customer_line(2, rm=bank.rm, name="")])))
    said = StringIO()
    call_command("load_feed", str(path), stdout=said)

    assert "2 rows, 1 loaded, 0 unchanged, 1 rejected" in said.getvalue()
    rejects = tmp_path / "customers_2026.rejects.csv"
    assert rejects.stat().st_mode & 0o777 == 0o600
    table = rejects.read_text("utf-8-sig").splitlines()
    assert table[0] == "line_no,code,reason,line"
    assert table[1].startswith('3,value_missing,名称不能为空,"D,C0002,PERSON,,')


def test_the_command_fails_where_a_file_was_refused(bank: Bank, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(feed("customers", [customer_line(1, rm=bank.rm)]))
    bad.write_bytes(feed("customers", [customer_line(2, rm=bank.rm)], count=7))
    with pytest.raises(CommandError, match="files refused: 1"):
        call_command("load_feed", str(bad), str(good), stdout=StringIO(), stderr=StringIO())
    assert Customer.objects.get().cif_no == "C0001"


def test_a_line_that_a_spreadsheet_would_run_is_disarmed(bank: Bank, phone: Callable[[Staff], Phone]) -> None:
    file = load(feed("customers", ["=cmd()"])).file
    answer = phone(bank.admin).get(f"/api/v1/feeds/{file.pk}/rejects.csv")
    assert answer.status_code == 200
    assert "'=cmd()" in answer.content.decode("utf-8-sig")
    assert answer["Cache-Control"] == "no-store"


def test_feeds_are_read_by_head_office_and_rejects_only_by_who_loads(
    bank: Bank, phone: Callable[[Staff], Phone]
) -> None:
    file = load(
        feed("customers", [customer_line(1, rm=bank.rm), customer_line(2, rm=bank.rm, name="")]), name="k.csv"
    ).file
    listed = phone(bank.head_office).get("/api/v1/feeds?kind=customers").json()["results"]
    assert [(row["name"], row["rejected"]) for row in listed] == [("k.csv", 1)]
    one = phone(bank.head_office).get(f"/api/v1/feeds/{file.pk}").json()
    assert one["rejects"] == {"value_missing": 1}
    assert phone(bank.head_office).get(f"/api/v1/feeds/{file.pk}/rejects.csv").status_code == 403
    assert phone(bank.rm).get("/api/v1/feeds").status_code == 403


def test_the_number_of_statements_does_not_grow_with_the_lines(bank: Bank, django_assert_max_num_queries: Any) -> None:
    open_account(1, rm=bank.rm)
    lines = [movement_line(f"R{number}", "100.00") for number in range(200)]
    with django_assert_max_num_queries(60):
        load(feed("transactions", lines))
    assert Transaction.objects.count() == 200
