"""Customers over the phone's API: entering, finding, editing, revealing, assigning; a stranger sees nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.crypto import Unreadable
from aladdin.parameters import Parameter
from crm import ownership
from crm.feeds import load
from crm.models import Customer, Ownership, Reveal
from crm.ownership import Owner
from organization.models import Staff
from tests.crm.builders import (
    account_no,
    credit_code,
    customer_line,
    enter,
    feed,
    identity_no,
    load_movements,
    movement_line,
    open_account,
)
from tests.world import Bank, Phone

PhoneOf = Callable[[Staff], Phone]
CUSTOMERS = "/api/v1/customers"


def new_customer(**changed: Any) -> dict[str, Any]:
    return {
        "kind": "PERSON",
        "name": "欧阳娜娜",
        "identity_no": identity_no(5, male=False),
        "mobile": "+86 138-1234-5678",
        "address": "河北省廊坊市广阳区新华路12号3单元",
    } | changed


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.json()["results"]]


# --- Entering -----------------------------------------------------------------------------------
def test_an_rm_enters_a_customer_and_manages_him(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.rm).post(CUSTOMERS, new_customer())
    said = answer.json()
    assert answer.status_code == 201
    assert answer["ETag"] == '"1"'
    assert answer["Location"] == f"{CUSTOMERS}/{said['id']}"
    assert said["name"] == "欧阳**"
    assert said["mobile"] == "138****5678"
    assert said["address"] == "河北省廊坊市广阳区****"
    assert said["managing_rm"] == {"staff": str(bank.rm.pk), "name": bank.rm.name}
    assert (said["sex"], said["cif_no"], said["branch_name"]) == ("FEMALE", None, "广阳支行")
    assert said["age"] == clock.today().year - 1980 - ((clock.today().month, clock.today().day) < (5, 17))
    assert "birth_on" not in said


def test_a_business_is_entered_by_its_credit_code(bank: Bank, phone: PhoneOf) -> None:
    firm = new_customer(kind="BUSINESS", name="廊坊市华兴建材有限公司", identity_no=credit_code(3))
    said = phone(bank.rm).post(CUSTOMERS, firm).json()
    assert (said["name"], said["sex"], said["age"]) == ("廊坊市****有限公司", "", None)


@pytest.mark.parametrize(
    "changed,code,fields",
    [
        ({"identity_no": "110105194912310021"}, "identity_number_checksum", {"identity_no"}),
        ({"identity_no": "110105491231002"}, "identity_number_old", {"identity_no"}),
        ({"identity_no": "abc"}, "identity_number_format", {"identity_no"}),
        ({"identity_no": "11010518991231001X"}, "identity_number_checksum", {"identity_no"}),
        ({"kind": "BUSINESS", "identity_no": credit_code(3)[:-1] + "0"}, "credit_code_checksum", {"identity_no"}),
        ({"mobile": "12812345678"}, "mobile_format", {"mobile"}),
        ({"identity_no": "abc", "mobile": "1"}, "identity_number_format", {"identity_no", "mobile"}),
    ],
)
def test_a_wrong_number_is_refused_on_its_field_in_chinese(
    bank: Bank, phone: PhoneOf, changed: dict[str, str], code: str, fields: set[str]
) -> None:
    answer = phone(bank.rm).post(CUSTOMERS, new_customer(**changed))
    said = answer.json()
    assert (answer.status_code, said["code"], set(said["errors"])) == (400, code, fields)
    assert all("\u4e00" <= message[0] <= "\u9fff" or message[0].isdigit() for message in said["errors"].popitem()[1])
    assert not Customer.objects.exists()


@pytest.mark.parametrize("field", ["kind", "name", "identity_no"])
def test_what_is_needed_is_named(bank: Bank, phone: PhoneOf, field: str) -> None:
    answer = phone(bank.rm).post(CUSTOMERS, {key: value for key, value in new_customer().items() if key != field})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


def test_a_known_customer_says_only_the_unit_he_belongs_to(bank: Bank, phone: PhoneOf) -> None:
    enter(bank.stranger, number=5, identity_no=identity_no(5, male=False), name="欧阳娜娜")
    answer = phone(bank.rm).post(CUSTOMERS, new_customer())
    said = answer.json()
    assert (answer.status_code, said["code"], said["unit"]) == (409, "customer_known", "安次支行")
    assert set(said) == {"type", "title", "status", "detail", "code", "unit"}
    assert "欧阳" not in said["detail"]


def test_an_entry_made_off_line_is_made_once(bank: Bank, phone: PhoneOf) -> None:
    entry = new_customer(id=str(uuid4()))
    first, second = phone(bank.rm).post(CUSTOMERS, entry), phone(bank.rm).post(CUSTOMERS, entry)
    other = phone(bank.rm).post(CUSTOMERS, entry | {"identity_no": identity_no(6)})
    foreign = phone(bank.stranger).post(CUSTOMERS, entry)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert [(one.status_code, one.json()["code"]) for one in (other, foreign)] == [(409, "id_taken")] * 2


def test_the_same_key_gives_the_same_answer(bank: Bank, phone: PhoneOf) -> None:
    rm = phone(bank.rm)
    first, second = (rm.post(CUSTOMERS, new_customer(), key="once") for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert Customer.objects.count() == 1


def test_only_an_rm_enters_customers(bank: Bank, phone: PhoneOf) -> None:
    for person in (bank.manager, bank.approver, bank.auditor, bank.head_office):
        assert phone(person).post(CUSTOMERS, new_customer()).status_code == 403


# --- Editing ------------------------------------------------------------------------------------
def test_an_edit_names_the_version_that_was_read(bank: Bank, phone: PhoneOf) -> None:
    customer, rm = enter(bank.rm), phone(bank.rm)
    path = f"{CUSTOMERS}/{customer.pk}"
    etag = rm.get(path)["ETag"]
    edited = rm.patch(path, {"mobile": "13900001111"}, etag=etag)
    stale = rm.patch(path, {"mobile": "13900002222"}, etag=etag)
    unsaid = rm.patch(path, {"mobile": "13900003333"})
    customer.refresh_from_db()
    assert (edited.status_code, edited["ETag"], edited.json()["mobile"]) == (200, '"2"', "139****1111")
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (412, "stale", 2)
    assert (unsaid.status_code, unsaid.json()["code"]) == (428, "precondition_required")
    assert customer.mobile == "13900001111"
    assert names(rm.get(f"{CUSTOMERS}?q=13900001111")) == ["王*明"]
    assert names(rm.get(f"{CUSTOMERS}?q=13800000001")) == []


def test_a_wrong_mobile_changes_nothing(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm)
    answer = phone(bank.rm).patch(f"{CUSTOMERS}/{customer.pk}", {"mobile": "1", "address": "x"}, etag='"1"')
    customer.refresh_from_db()
    assert (answer.status_code, answer.json()["code"]) == (400, "mobile_format")
    assert customer.version == 1


# --- Who sees whom ------------------------------------------------------------------------------
def test_a_strangers_customer_is_not_there(bank: Bank, phone: PhoneOf) -> None:
    account = open_account(1, rm=bank.rm)
    path = f"{CUSTOMERS}/{account.customer_id}"
    for person in (bank.stranger, bank.other_rm, bank.other_manager):
        there = phone(person)
        for sub in ("", "/accounts", "/transactions"):
            answer = there.get(f"{path}{sub}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert names(there.get(CUSTOMERS)) == []
        assert names(there.get(f"{CUSTOMERS}?q={identity_no(1)}")) == []
    assert phone(bank.stranger).patch(path, {"name": "x"}, etag='"1"').status_code == 404
    revealed = phone(bank.stranger).post(f"{path}/reveal", {"field": "mobile", "reason": "客户要求回电"})
    assert revealed.status_code == 404
    assigned = phone(bank.other_manager).post(f"{path}/ownership", {"owners": [{"staff": str(bank.stranger.pk)}]})
    assert assigned.status_code == 404


def test_each_scope_sees_its_own(bank: Bank, phone: PhoneOf) -> None:
    enter(bank.rm, number=1, name="王一")
    enter(bank.stranger, number=2, name="陈二")
    seen = {
        person.name: sorted(names(phone(person).get(CUSTOMERS)))
        for person in (
            bank.rm,
            bank.co_rm,
            bank.stranger,
            bank.manager,
            bank.other_manager,
            bank.city_manager,
            bank.auditor,
        )
    }
    assert seen == {
        bank.rm.name: ["王*"],
        bank.co_rm.name: [],
        bank.stranger.name: ["陈*"],
        bank.manager.name: ["王*"],
        bank.other_manager.name: ["陈*"],
        bank.city_manager.name: ["王*", "陈*"],
        bank.auditor.name: ["王*", "陈*"],
    }
    assert phone(bank.head_office).get(CUSTOMERS).status_code == 403


def test_a_co_managing_rm_sees_the_customer_as_a_list_shows_him(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm, identity_no="11010519491231002X")
    ownership.assign(
        customer,
        owners=[Owner(bank.rm, share=Decimal("0.8")), Owner(bank.co_rm, Ownership.Role.CO_MANAGING, Decimal("0.2"))],
        by=bank.manager,
    )
    path = f"{CUSTOMERS}/{customer.pk}"
    assert phone(bank.rm).get(path).json()["identity_no"] == "110***********002X"
    assert phone(bank.co_rm).get(path).json()["identity_no"] == "1****************X"
    assert phone(bank.rm).get(CUSTOMERS).json()["results"][0]["identity_no"] == "1****************X"


def test_what_an_rm_sees_follows_the_ownership_at_once(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm)
    answer = phone(bank.manager).post(
        f"{CUSTOMERS}/{customer.pk}/ownership", {"owners": [{"staff": str(bank.other_rm.pk)}]}
    )
    assert (answer.status_code, answer.json()["managing_rm"]["staff"]) == (200, str(bank.other_rm.pk))
    assert phone(bank.rm).get(f"{CUSTOMERS}/{customer.pk}").status_code == 404
    assert phone(bank.other_rm).get(f"{CUSTOMERS}/{customer.pk}").status_code == 200


# --- Assigning ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code,owners",
    [
        ("one_managing_rm_needed", [("rm", "CO_MANAGING", "1")]),
        ("one_managing_rm_needed", [("rm", "MANAGING", "0.5"), ("co_rm", "MANAGING", "0.5")]),
        ("owner_named_twice", [("rm", "MANAGING", "0.5"), ("rm", "CO_MANAGING", "0.5")]),
        ("shares_exceed_one", [("rm", "MANAGING", "0.8"), ("co_rm", "CO_MANAGING", "0.3")]),
        ("not_an_rm", [("manager", "MANAGING", "1")]),
    ],
)
def test_an_assignment_that_breaks_a_rule(
    bank: Bank, phone: PhoneOf, code: str, owners: list[tuple[str, str, str]]
) -> None:
    customer = enter(bank.rm)
    said = [{"staff": str(getattr(bank, who).pk), "role": role, "share": share} for who, role, share in owners]
    answer = phone(bank.manager).post(f"{CUSTOMERS}/{customer.pk}/ownership", {"owners": said})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Ownership.objects.get().staff == bank.rm


def test_another_branchs_rm_cannot_be_named(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm)
    answer = phone(bank.manager).post(
        f"{CUSTOMERS}/{customer.pk}/ownership", {"owners": [{"staff": str(bank.stranger.pk)}]}
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["owners"])


def test_an_rm_assigns_nobody(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm)
    answer = phone(bank.rm).post(f"{CUSTOMERS}/{customer.pk}/ownership", {"owners": [{"staff": str(bank.co_rm.pk)}]})
    assert answer.status_code == 403


def test_assigning_never_rewrites_history(bank: Bank) -> None:
    load(feed("customers", [customer_line(1, rm=bank.rm)]))
    customer = Customer.objects.get()
    ownership.assign(customer, owners=[Owner(bank.other_rm)], by=bank.manager)
    today = clock.today()
    assert ownership.managing_rm(customer) == bank.other_rm
    assert ownership.managing_rm(customer, today - timedelta(days=1)) == bank.rm
    assert ownership.shares_on([customer.pk], today - timedelta(days=31)) == {}
    assert AuditEntry.objects.filter(action="assign_ownership", by=bank.manager).count() == 1


@pytest.mark.parametrize(
    "role,share,days_ago",
    [("MANAGING", "0.1", 0), ("CO_MANAGING", "0.1", 0), ("MANAGING", "0", 5)],
)
def test_the_database_keeps_one_managing_rm_and_shares_up_to_one(
    bank: Bank, role: str, share: str, days_ago: int
) -> None:
    customer = enter(bank.rm)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(
            customer=customer,
            staff=bank.co_rm,
            role=role,
            share=share,
            effective_from=clock.today() - timedelta(days=days_ago),
            effective_to=clock.today() + timedelta(days=1),
        )


# --- Finding ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed,found",
    [
        ("王", {"王*明", "王*"}),
        ("王小", {"王*明"}),
        ("小明", {"王*明"}),
        ("wxm", {"王*明"}),
        ("WX", {"王*明"}),
        ("w", {"王*明", "王*"}),
        ("xm", set()),
        ("李", set()),
        ("13800000001", {"王*明"}),
        ("138-0000-0001", {"王*明"}),
        ("1380000000", set()),
        (identity_no(2), {"王*"}),
        (identity_no(2)[:17], set()),
        (identity_no(3), set()),
        ("", {"王*明", "王*"}),
    ],
)
def test_one_box_finds_by_name_initials_and_whole_numbers(
    bank: Bank, phone: PhoneOf, typed: str, found: set[str]
) -> None:
    enter(bank.rm, number=1, name="王小明")
    enter(bank.rm, number=2, name="王五")
    enter(bank.stranger, number=3, name="王小明")
    assert set(names(phone(bank.rm).get(CUSTOMERS, {"q": typed}))) == found


def test_the_box_finds_by_account_and_customer_number(bank: Bank, phone: PhoneOf) -> None:
    open_account(1, rm=bank.rm)
    enter(bank.rm, number=2, name="李四")
    for typed in (account_no(1), "C0001"):
        assert names(phone(bank.rm).get(CUSTOMERS, {"q": typed})) == ["王*明"]
    assert names(phone(bank.rm).get(CUSTOMERS, {"q": account_no(2)})) == []


def test_a_query_that_is_too_long_is_refused(bank: Bank, phone: PhoneOf) -> None:
    answer = phone(bank.rm).get(CUSTOMERS, {"q": "王" * 61})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["q"])


def test_filters_by_kind_and_managing_rm(bank: Bank, phone: PhoneOf) -> None:
    enter(bank.rm, number=1, name="王一")
    enter(bank.co_rm, number=2, name="陈二")
    manager = phone(bank.manager)
    assert names(manager.get(CUSTOMERS, {"managing_rm": str(bank.co_rm.pk)})) == ["陈*"]
    assert names(manager.get(CUSTOMERS, {"kind": "BUSINESS"})) == []
    assert manager.get(CUSTOMERS, {"kind": "ROBOT"}).status_code == 400


def test_pages_follow_one_another_without_gaps(bank: Bank, phone: PhoneOf) -> None:
    load(feed("customers", [customer_line(number, rm=bank.rm, name=f"王{number}") for number in range(1, 8)]))
    rm, path, seen = phone(bank.rm), f"{CUSTOMERS}?limit=3", []
    while path:
        page = rm.get(path).json()
        seen += [row["cif_no"] for row in page["results"]]
        path = page["next"]
    assert sorted(seen) == [f"C{number:04d}" for number in range(1, 8)]


# --- Accounts and movements ---------------------------------------------------------------------
def test_accounts_and_movements_are_masked(bank: Bank, phone: PhoneOf) -> None:
    account = open_account(1, rm=bank.rm)
    load_movements(movement_line("R1", "700.00", balance="700.00", counterparty_account="6222020402000000016"))
    rm = phone(bank.rm)
    (shown,) = rm.get(f"{CUSTOMERS}/{account.customer_id}/accounts").json()["results"]
    (moved,) = rm.get(f"{CUSTOMERS}/{account.customer_id}/transactions").json()["results"]
    assert (shown["number"], shown["balance"], shown["role"]) == ("**** 0001", "700.00", "OWNER")
    assert (moved["amount"], moved["account_number"]) == ("700.00", "**** 0001")
    assert moved["counterparty_account"] == "**** 0016"
    assert rm.get(f"{CUSTOMERS}/{account.customer_id}").json()["balance"] == "700.00"


def test_movements_by_date(bank: Bank, phone: PhoneOf) -> None:
    account = open_account(1, rm=bank.rm)
    yesterday, before = (clock.today() - timedelta(days=days) for days in (1, 5))
    load_movements(
        movement_line("R1", "1.00"),
        movement_line("R2", "2.00", posted_on=f"{before}", occurred_at=f"{before}T09:00:00"),
    )
    rm, path = phone(bank.rm), f"{CUSTOMERS}/{account.customer_id}/transactions"

    def found(**asked: str) -> list[str]:
        return [row["reference"] for row in rm.get(path, asked).json()["results"]]

    assert found() == ["R1", "R2"]
    assert found(from_date=f"{yesterday}") == ["R1"]
    assert found(to_date=f"{before}") == ["R2"]
    assert found(direction="DEBIT") == []
    assert rm.get(path, {"from_date": "yesterday"}).status_code == 400


def test_a_disponent_shows_the_account_only_where_its_owner_is_ones_own(bank: Bank, phone: PhoneOf) -> None:
    load(feed("customers", [customer_line(2, rm=bank.other_rm), customer_line(3, rm=bank.rm)]))
    open_account(1, rm=bank.rm, disponents="C0002 C0003")
    of_other, of_mine = (Customer.objects.get(cif_no=number).pk for number in ("C0002", "C0003"))
    (shown,) = phone(bank.rm).get(f"{CUSTOMERS}/{of_mine}/accounts").json()["results"]
    assert shown["role"] == "DISPONENT"
    assert phone(bank.other_rm).get(f"{CUSTOMERS}/{of_other}/accounts").json()["results"] == []


# --- Revealing ----------------------------------------------------------------------------------
def test_a_reveal_is_written_down_with_its_reason(bank: Bank, phone: PhoneOf) -> None:
    customer = enter(bank.rm)
    answer = phone(bank.rm).post(f"{CUSTOMERS}/{customer.pk}/reveal", {"field": "mobile", "reason": "客户要求回电"})
    assert (answer.status_code, answer.json()) == (200, {"field": "mobile", "value": "13800000001"})
    assert answer["Cache-Control"] == "no-store"
    row = Reveal.objects.get()
    assert (row.staff, row.customer, row.field, row.reason) == (bank.rm, customer, "mobile", "客户要求回电")
    entry = AuditEntry.objects.get(action="reveal")
    assert (entry.by, entry.subject, entry.detail["field"]) == (bank.rm, f"customer/{customer.pk}", "mobile")
    assert "13800000001" not in str(entry.detail)


def test_a_reveal_needs_right_and_reason(bank: Bank, phone: PhoneOf) -> None:
    path = f"{CUSTOMERS}/{enter(bank.rm).pk}/reveal"
    for reason in ("", "   ", "急"):
        answer = phone(bank.rm).post(path, {"field": "mobile", "reason": reason})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["reason"])
    assert phone(bank.rm).post(path, {"field": "password", "reason": "客户要求回电"}).status_code == 400
    for person in (bank.manager, bank.auditor, bank.query_officer):
        assert phone(person).post(path, {"field": "mobile", "reason": "客户要求回电"}).status_code == 403
    assert not Reveal.objects.exists()


def test_reveals_are_limited_by_the_day(bank: Bank, phone: PhoneOf) -> None:
    Parameter.objects.filter(code="reveal.daily_limit").update(value=2)
    path, rm = f"{CUSTOMERS}/{enter(bank.rm).pk}/reveal", phone(bank.rm)
    asked = {"field": "identity_no", "reason": "核对证件号码"}
    assert [rm.post(path, asked).status_code for _ in range(3)] == [200, 200, 429]
    assert rm.post(path, asked).json()["code"] == "reveal_limit_reached"
    with clock.at(clock.now() + timedelta(days=1)):
        tomorrow = rm.post(path, asked, headers={clock.REPLAY_HEADER: clock.now().isoformat()})
    assert tomorrow.status_code == 200


def test_a_reveal_cannot_be_changed_afterwards(bank: Bank, phone: PhoneOf) -> None:
    phone(bank.rm).post(f"{CUSTOMERS}/{enter(bank.rm).pk}/reveal", {"field": "mobile", "reason": "客户要求回电"})
    for change in (lambda: Reveal.objects.update(reason="x"), lambda: Reveal.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# --- At rest ------------------------------------------------------------------------------------
def raw(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT string_agg(t::text, '') FROM {table} t")  # noqa: S608  table names of this test
        return str(cursor.fetchone()[0])


def test_no_column_holds_clear_personal_data(bank: Bank, phone: PhoneOf) -> None:
    open_account(1, rm=bank.rm)
    enter(bank.rm, number=2, name="欧阳娜娜")
    load_movements(
        movement_line("R1", "1.00", counterparty_account="6222020402000000016", counterparty_name="诸葛大明")
    )
    clear = [
        "王小明",
        "欧阳娜娜",
        identity_no(1),
        "13800000001",
        "新华路",
        account_no(1),
        "6222020402000000016",
        "诸葛大明",
    ]
    for table in ("crm_customer", "crm_account", "crm_transaction", "crm_feedreject", "aladdin_auditentry"):
        stored = raw(table)
        assert not [value for value in clear if value in stored], table


def test_a_value_moved_to_another_customer_or_column_does_not_open(bank: Bank) -> None:
    one, other = enter(bank.rm, number=1, name="王一"), enter(bank.rm, number=2, name="陈二")
    Customer.objects.filter(pk=other.pk).update(name_sealed=one.name_sealed)
    with pytest.raises(Unreadable):
        _ = Customer.objects.get(pk=other.pk).name
    Customer.objects.filter(pk=other.pk).update(name_sealed=one.name_sealed, data_key_sealed=one.data_key_sealed)
    with pytest.raises(Unreadable):
        _ = Customer.objects.get(pk=other.pk).name
    Customer.objects.filter(pk=one.pk).update(name_sealed=one.mobile_sealed)
    with pytest.raises(Unreadable):
        _ = Customer.objects.get(pk=one.pk).name


def test_equal_values_of_two_customers_look_different(bank: Bank) -> None:
    one, other = enter(bank.rm, number=1, name="王一"), enter(bank.rm, number=2, name="王一")
    assert one.name == other.name
    assert one.name_sealed != other.name_sealed


# --- Statements ---------------------------------------------------------------------------------
@pytest.mark.parametrize("customers", [1, 3])
def test_the_list_asks_the_same_number_of_statements_whatever_it_shows(
    bank: Bank, phone: PhoneOf, customers: int, django_assert_num_queries: Any
) -> None:
    load(feed("customers", [customer_line(number, rm=bank.rm) for number in range(1, customers + 1)]))
    rm = phone(bank.rm)
    with django_assert_num_queries(3):  # the sign-in with its person, page, owners
        assert len(rm.get(CUSTOMERS).json()["results"]) == customers


@pytest.mark.parametrize("movements", [1, 3])
def test_the_movements_page_too(bank: Bank, phone: PhoneOf, movements: int, django_assert_num_queries: Any) -> None:
    account = open_account(1, rm=bank.rm)
    load_movements(*(movement_line(f"R{number}", "1.00") for number in range(movements)))
    rm = phone(bank.rm)
    with django_assert_num_queries(4):  # the sign-in with its person, customer, accounts, page
        assert len(rm.get(f"{CUSTOMERS}/{account.customer_id}/transactions").json()["results"]) == movements
