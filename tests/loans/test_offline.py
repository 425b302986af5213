"""Drafts that were filled in without a connection come back: no duplicate, no loss, contradictions told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from aladdin import clock
from aladdin.ids import uuid7
from loans.models import Collateral, FieldChange, FieldConflict, LoanApplication, LoanParty
from tests.loans.builders import APPLICATIONS, Case, done, identity_no, refused
from tests.loans.configuring import another_product
from tests.world import Bank, Phone

FILLED: dict[str, Any] = {
    "amount": "100000.00",
    "term_months": 12,
    "purpose": "CAR",
    "repayment_method": "EQUAL_INSTALLMENT",
    "repayment_day": 15,
    "occupation": "EMPLOYED",
    "marital_status": "SINGLE",
    "employer": "廊坊某公司",
    "monthly_income": "20000",
    "monthly_debt": "0",
    "identity_is_long_term": True,
}


@pytest.fixture
def away(case: Case) -> "Away":
    """The RM's phone, out of reach since this morning."""
    return Away(case)


class Away:
    """A phone that keeps its changes until it is back; `draft` is the id that it made itself."""

    def __init__(self, case: Case, draft: str = "", phone: Phone | None = None) -> None:
        self.case = case
        self.draft = draft or str(uuid7())
        self.phone = phone or case.rm
        self.morning = clock.now() - timedelta(hours=3)
        self.seen = 0
        case.id = self.draft

    def change(
        self, field: str, value: Any, *, minute: int = 0, step: str = "APPLICANT", row: str = ""
    ) -> dict[str, Any]:
        at = self.morning + timedelta(minutes=minute)
        said = {"step": step, "field": field, "value": value, "at": at.isoformat()}
        return {**said, "row": row} if row else said

    def send(self, changes: list[dict[str, Any]], **more: Any) -> Any:
        said = {"customer": str(self.case.customer.pk), "product": "PERSONAL_CONSUMPTION", "seen": self.seen}
        return self.phone.post(f"{APPLICATIONS}/{self.draft}/sync", {**said, "changes": changes, **more})

    def all(self, **other: Any) -> list[dict[str, Any]]:
        return [self.change(name, value) for name, value in {**FILLED, **other}.items()]


def outcomes(merged: dict[str, Any]) -> dict[str, str]:
    return {each["field"]: each["outcome"] for each in merged["outcomes"]}


# --- Made on the phone ---------------------------------------------------------------------------
def test_a_draft_made_on_the_phone_comes_in_whole(away: Away) -> None:
    answer = away.send(away.all())
    assert answer.status_code == 201
    merged = done(answer)
    assert merged["is_new"]
    assert merged["errors"] == {}
    assert set(outcomes(merged).values()) == {"TAKEN"}
    assert answer["ETag"] == f'"{merged["application"]["version"]}"'
    row = away.case.row
    assert (row.amount, row.purpose, row.employer) == (Decimal(100_000), "CAR", "廊坊某公司")
    done(away.case.post("accept"))


def test_sending_again_makes_no_second_draft_and_no_conflict(away: Away) -> None:
    parcel = away.all()
    done(away.send(parcel))
    again = away.send(parcel)  # under another Idempotency-Key: the app was started anew
    assert again.status_code == 200
    assert set(outcomes(done(again)).values()) == {"REPEATED"}
    assert LoanApplication.objects.count() == 1
    assert FieldChange.objects.count() == len(FILLED)
    assert not FieldConflict.objects.exists()


def test_sending_again_after_an_edit_elsewhere_undoes_nothing(away: Away) -> None:
    parcel = away.all()
    done(away.send(parcel))
    etag = away.phone.get(f"{APPLICATIONS}/{away.draft}")["ETag"]
    done(away.phone.patch(f"{APPLICATIONS}/{away.draft}", {"amount": "80000.00"}, etag=etag))
    merged = done(away.send(parcel))
    assert outcomes(merged)["amount"] == "REPEATED"
    assert merged["conflicts"] == []
    assert away.case.row.amount == Decimal(80_000)


def test_a_new_draft_says_for_whom_and_what(away: Away) -> None:
    refused(away.phone.post(f"{APPLICATIONS}/{uuid7()}/sync", {"changes": []}), 422, "draft_unknown")
    with_customer = {"customer": str(away.case.customer.pk), "changes": []}
    refused(away.phone.post(f"{APPLICATIONS}/{uuid7()}/sync", with_customer), 422, "draft_unknown")


def test_the_id_of_somebody_elses_draft_is_taken(away: Away, bank: Bank) -> None:
    done(away.send(away.all()))
    stranger = away.case.phone(bank.stranger)
    other = {"customer": str(uuid4()), "product": "PERSONAL_CONSUMPTION", "changes": []}
    refused(stranger.post(f"{APPLICATIONS}/{away.draft}/sync", other), 409, "id_taken")
    assert stranger.post(f"{APPLICATIONS}/{away.draft}/sync", {"changes": []}).status_code == 404
    refused(away.send([], product="PERSONAL_BUSINESS"), 409, "id_taken")


def test_a_colleague_in_sight_may_look_but_not_merge(away: Away, bank: Bank) -> None:
    done(away.send([*away.all(), away.change("co_investigator", str(bank.co_rm.pk))]))
    helper = away.case.phone(bank.co_rm)
    refused(helper.post(f"{APPLICATIONS}/{away.draft}/sync", {"changes": []}), 403, "not_in_charge")


# --- What is wrong stays on the phone -------------------------------------------------------------
def test_what_is_wrong_is_told_by_path_and_the_rest_is_kept(away: Away) -> None:
    changes = [
        *away.all(amount="999", term_months="zwölf"),
        away.change("colour", "red"),
        away.change("kind", "RESIDENTIAL", step="COLLATERAL", row=str(uuid7())),
    ]
    merged = done(away.send(changes))
    assert merged["errors"]["APPLICANT.amount"] == ["申请金额须在1,000.00元至1,000,000.00元之间"]
    assert merged["errors"]["APPLICANT.term_months"] == ["申请期限须为整数"]
    assert merged["errors"]["APPLICANT.colour"] == ["colour不是本表单的内容"]
    assert [key.split(".")[0] for key in merged["errors"]][-1] in {"COLLATERAL", "APPLICANT"}
    assert outcomes(merged)["amount"] == "REFUSED"
    assert outcomes(merged)["employer"] == "TAKEN"
    assert (away.case.row.amount, away.case.row.employer) == (None, "廊坊某公司")


def test_what_a_capability_refuses_is_told_too(away: Away, bank: Bank) -> None:
    """A colleague who cannot assist; the other fields of the step come in."""
    merged = done(away.send([*away.all(), away.change("co_investigator", str(bank.stranger.pk))]))
    assert merged["errors"] == {"APPLICANT.co_investigator": ["协办须为本机构另一名在职客户经理"]}
    assert away.case.row.amount == Decimal(100_000)


def test_a_file_that_was_handed_on_is_not_merged_into(away: Away) -> None:
    done(away.send(away.all()))
    LoanApplication.objects.filter(pk=away.draft).update(state="WITHDRAWN", closed_at=clock.now())
    refused(away.send([away.change("amount", "50000", minute=5)]), 409, "not_editable")


# --- Two phones ----------------------------------------------------------------------------------
@pytest.fixture
def two(away: Away) -> tuple[Away, Away]:
    """The same RM's phone and tablet, both away after the draft came in."""
    done(away.send(away.all()))
    tablet = Away(away.case, away.draft, Phone(away.case.bank.rm))
    away.seen = tablet.seen = away.case.row.version
    return away, tablet


def test_different_fields_come_together(two: tuple[Away, Away]) -> None:
    phone, tablet = two
    done(phone.send([phone.change("amount", "80000", minute=10)]))
    merged = done(tablet.send([tablet.change("term_months", 24, minute=5)]))
    assert merged["conflicts"] == []
    assert (phone.case.row.amount, phone.case.row.term_months) == (Decimal(80_000), 24)


@pytest.mark.parametrize("phone_minute,tablet_minute,stands", [(10, 20, "60000.00"), (20, 10, "80000.00")])
def test_the_same_field_twice_is_told_with_both_values(
    two: tuple[Away, Away], phone_minute: int, tablet_minute: int, stands: str
) -> None:
    phone, tablet = two
    done(phone.send([phone.change("amount", "80000", minute=phone_minute)]))
    merged = done(tablet.send([tablet.change("amount", "60000", minute=tablet_minute)]))
    (conflict,) = merged["conflicts"]
    assert {conflict["standing"], conflict["other"]} == {"80000", "60000"}
    assert (conflict["label"], conflict["field"]) == ("申请金额", "amount")
    assert merged["application"]["amount"] == stands
    again = done(tablet.send([tablet.change("amount", "60000", minute=tablet_minute)]))
    assert [each["id"] for each in again["conflicts"]] == [conflict["id"]]


def test_a_contradiction_holds_the_file_until_somebody_settles_it(two: tuple[Away, Away]) -> None:
    phone, tablet = two
    done(phone.send([phone.change("amount", "80000", minute=20)]))
    (conflict,) = done(tablet.send([tablet.change("amount", "60000", minute=10)]))["conflicts"]
    case = phone.case
    problem = refused(case.post("accept"), 409, "transition_blocked")
    assert [each["code"] for each in problem["blockers"]] == ["field_conflict"]
    assert done(case.rm.get(f"{case.url}/forms/APPLICANT"))["conflicts"][0]["id"] == conflict["id"]
    settle = f"field-conflicts/{conflict['id']}/settle"
    refused(case.post(settle, {"take": "OTHER"}, by=case.bank.other_rm), 404, "not_found")
    found = done(case.post(settle, {"take": "OTHER"}))
    assert found["document"]["amount"] == "60000.00"
    assert found["conflicts"] == []
    refused(case.post(settle, {"take": "STANDING"}), 409, "conflict_settled")
    (row,) = done(case.rm.get(f"{case.url}/field-conflicts"))
    assert (row["settled_as"], row["standing"], row["other"]) == ("OTHER", "80000", "60000")
    case.accept()


def test_keeping_what_stands_settles_too_and_so_does_filling_in_anew(two: tuple[Away, Away]) -> None:
    phone, tablet = two
    changes = [phone.change("amount", "80000", minute=20), phone.change("employer", "甲公司", minute=20)]
    done(phone.send(changes))
    merged = done(
        tablet.send([tablet.change("amount", "60000", minute=10), tablet.change("employer", "乙公司", minute=10)])
    )
    by_field = {each["field"]: each["id"] for each in merged["conflicts"]}
    case = phone.case
    done(case.post(f"field-conflicts/{by_field['amount']}/settle", {"take": "STANDING"}))
    assert case.row.amount == Decimal(80_000)
    etag = case.rm.get(f"{case.url}/forms/APPLICANT")["ETag"]
    answer = case.rm.patch(f"{case.url}/forms/APPLICANT", {"document": {"employer": "丙公司"}}, etag=etag)
    assert done(answer)["conflicts"] == []
    assert {row.settled_as for row in FieldConflict.objects.all()} == {"STANDING", "EDITED"}


def test_both_values_are_hidden_from_who_does_not_lead(two: tuple[Away, Away]) -> None:
    phone, tablet = two
    done(phone.send([phone.change("employer", "甲公司", minute=20)]))
    done(tablet.send([tablet.change("employer", "乙公司", minute=10)]))
    (row,) = done(phone.case.phone(phone.case.bank.manager).get(f"{phone.case.url}/field-conflicts"))
    assert (row["standing"], row["other"]) == ("****", "****")
    stored = FieldConflict.objects.get()
    assert "甲公司" not in stored.standing_sealed + stored.other_sealed


def test_a_clock_that_runs_ahead_is_set_right(two: tuple[Away, Away]) -> None:
    phone, _ = two
    with clock.at(clock.now() + timedelta(minutes=30)):
        done(phone.send([phone.change("amount", "80000", minute=100_000)]))
    change = FieldChange.objects.filter(field="amount").latest("received_at")
    assert change.changed_at < datetime.now(tz=change.changed_at.tzinfo) + timedelta(days=1)


# --- Rows ----------------------------------------------------------------------------------------
@pytest.fixture
def mortgage(case: Case) -> "Away":
    """A mortgage-backed draft that came in from the phone."""
    code = another_product(
        "SECURED",
        like="PERSONAL_CONSUMPTION",
        maker=case.bank.product_manager,
        guarantee="MORTGAGED",
        steps=[
            "APPLICANT",
            "SPOUSE_GUARANTOR",
            "IDENTITY_CHECK",
            "CREDIT_AUTHORIZATION",
            "COLLATERAL",
            "MATERIALS",
            "DUE_DILIGENCE",
            "CONFIRMATION",
        ],
    )
    away = Away(case)
    done(away.send(away.all(), product=code))
    away.product = code  # type: ignore[attr-defined]
    away.seen = case.row.version
    return away


def flat(away: Away, row: str, minute: int = 0, **fields: Any) -> list[dict[str, Any]]:
    said = {"kind": "RESIDENTIAL", "appraised_value": "1000000", "certificate_no": "冀2026廊坊001", **fields}
    return [away.change(name, value, minute=minute, step="COLLATERAL", row=row) for name, value in said.items()]


def sent(away: Away, changes: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = done(away.send(changes, product=away.product))  # type: ignore[attr-defined]
    return answer


def test_rows_made_on_the_phone_are_not_doubled(mortgage: Away) -> None:
    first, second = str(uuid7()), str(uuid7())
    changes = [*flat(mortgage, first), *flat(mortgage, second, certificate_no="冀2026廊坊002")]
    sent(mortgage, changes)
    sent(mortgage, changes)
    assert Collateral.objects.count() == 2
    assert {str(row.pk) for row in Collateral.objects.all()} == {first, second}


def test_a_row_taken_out_here_and_changed_there_is_told(mortgage: Away) -> None:
    row = str(uuid7())
    sent(mortgage, flat(mortgage, row))
    mortgage.seen = mortgage.case.row.version
    tablet = Away(mortgage.case, mortgage.draft, Phone(mortgage.case.bank.rm))
    tablet.seen, tablet.product = mortgage.seen, mortgage.product  # type: ignore[attr-defined]
    sent(mortgage, [mortgage.change("", None, minute=30, step="COLLATERAL", row=row)])
    assert not Collateral.objects.exists()
    merged = sent(tablet, [tablet.change("appraised_value", "900000", minute=20, step="COLLATERAL", row=row)])
    (conflict,) = merged["conflicts"]
    assert (conflict["label"], conflict["standing"], conflict["other"]) == ("押品", None, {"appraised_value": "900000"})
    case = mortgage.case
    done(case.post(f"field-conflicts/{conflict['id']}/settle", {"take": "OTHER"}))
    back = Collateral.objects.get()
    assert (back.appraised_value, back.certificate_no) == (Decimal(900_000), "冀2026廊坊001")


def test_a_row_changed_here_and_taken_out_there_is_told(mortgage: Away) -> None:
    row = str(uuid7())
    sent(mortgage, flat(mortgage, row))
    mortgage.seen = mortgage.case.row.version
    tablet = Away(mortgage.case, mortgage.draft, Phone(mortgage.case.bank.rm))
    tablet.seen, tablet.product = mortgage.seen, mortgage.product  # type: ignore[attr-defined]
    sent(mortgage, [mortgage.change("appraised_value", "900000", minute=30, step="COLLATERAL", row=row)])
    merged = sent(tablet, [tablet.change("", None, minute=20, step="COLLATERAL", row=row)])
    (conflict,) = merged["conflicts"]
    assert conflict["standing"]["appraised_value"] == "900000"
    assert conflict["other"] is None
    assert Collateral.objects.count() == 1
    done(mortgage.case.post(f"field-conflicts/{conflict['id']}/settle", {"take": "OTHER"}))
    assert not Collateral.objects.exists()


def test_a_spouse_comes_in_whole_or_stays_on_the_phone(mortgage: Away) -> None:
    row = str(uuid7())
    said = {"role": "SPOUSE", "relation": "SPOUSE", "name": "李四", "mobile": "13911112222"}
    changes = [mortgage.change(name, value, step="SPOUSE_GUARANTOR", row=row) for name, value in said.items()]
    married = [mortgage.change("marital_status", "MARRIED", minute=5)]
    merged = sent(mortgage, [*married, *changes])
    assert merged["errors"][f"SPOUSE_GUARANTOR.{row}.role"] == ["请填写身份证号"]
    assert not LoanParty.objects.exists()
    number = mortgage.change("identity_no", identity_no(), step="SPOUSE_GUARANTOR", row=row)
    merged = sent(mortgage, [*changes, number])
    assert merged["errors"] == {}
    assert LoanParty.objects.get().name == "李四"
    assert str(LoanParty.objects.get().pk) == row


@pytest.mark.parametrize(
    "nonsense",
    [
        {"changes": [{"step": "APPLICANT", "field": "amount", "value": "1"}]},
        {"changes": "x"},
        {"changes": [{"step": "APPLICANT", "field": "amount", "at": "yesterday"}]},
        {"seen": -1, "changes": []},
        {"changes": [{"step": "COLLATERAL", "row": "x", "field": "kind", "at": "2026-01-01T00:00:00Z"}]},
    ],
    ids=str,
)
def test_a_parcel_that_is_none(away: Away, nonsense: dict[str, Any]) -> None:
    refused(away.phone.post(f"{APPLICATIONS}/{away.draft}/sync", nonsense), 400, "invalid")


@pytest.mark.parametrize(
    "value", [None, True, 1, [], {}, "x" * 3000, {"a": {"b": []}}], ids=lambda each: str(each)[:20]
)
def test_whatever_is_sent_as_a_value_is_answered(away: Away, value: Any) -> None:
    merged = done(away.send([away.change(name, value) for name in (*FILLED, "co_investigator", "identity_expires_on")]))
    assert set(outcomes(merged).values()) <= {"REFUSED", "TAKEN", "SAME"}


def test_a_row_needs_a_row(away: Away, another_case: Callable[..., Case]) -> None:
    """A step with rows is not filled in without one, nor a step without rows with one."""
    merged = done(away.send([away.change("amount", "50000", row=str(uuid7()))]))
    assert outcomes(merged)["amount"] == "REFUSED"
