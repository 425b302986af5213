"""Before the application: offers kept with customers and prospects, shared, taken up, or lost for a reason."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from aladdin import clock
from loans import jobs, reason_catalogue
from loans.models import ClosingReason, LoanApplication, LoanOffer
from tests.loans.builders import Case, done, identity_no, refused
from tests.loans.lending import in_approval, later
from tests.world import Phone

D = Decimal
API = "/api/v1/loan-offers"
MEANS = {"monthly_income": "20000.00", "monthly_debt": "1500.00"}
WISH: dict[str, Any] = {
    "product": "PERSONAL_CONSUMPTION",
    "amount": "80000.00",
    "term_months": 24,
    "repayment_method": "EQUAL_INSTALLMENT",
    "repayment_day": 15,
    "purpose": "HOME_IMPROVEMENT",
    "means": MEANS,
}
PROSPECT = {"name": "赵敏敏", "mobile": "13912345678"}


def made(case: Case, **said: Any) -> dict[str, Any]:
    """An offer of the RM's for a prospect."""
    found: dict[str, Any] = done(case.rm.post(API, WISH | PROSPECT | said))
    return found


# --- Made and found ------------------------------------------------------------------------------
def test_an_offer_keeps_the_figures_of_its_day(case: Case) -> None:
    offer = made(case)
    assert (offer["rate"], offer["lpr"], offer["product_version"]) == ("4.500000", "3.000000", 1)
    assert len(offer["lines"]) == 24
    assert D(offer["most"]) > D(offer["amount"])
    assert offer["valid_until"] == str(clock.today() + timedelta(days=15))
    assert (offer["name"], offer["mobile"]) == ("赵*敏", "139****5678")


def test_the_person_is_sealed_in_the_table(case: Case) -> None:
    row = LoanOffer.objects.get(pk=made(case)["id"])
    assert (row.name, row.mobile) == ("赵敏敏", "13912345678")
    for sealed in LoanOffer.objects.values_list("name_sealed", "mobile_sealed", "data_key_sealed").get():
        assert "赵" not in sealed
        assert "13912345678" not in sealed


def test_an_offer_for_a_customer_needs_no_name(case: Case) -> None:
    offer = done(case.rm.post(API, WISH | {"customer": str(case.customer.pk)}))
    assert (offer["customer"], offer["name"]) == (str(case.customer.pk), "张*丰")
    refused(Phone(case.bank.stranger).post(API, WISH | {"customer": str(case.customer.pk)}), 404, "not_found")


def test_a_customers_offer_keeps_no_name_of_its_own_and_is_found_by_his(case: Case) -> None:
    done(case.rm.post(API, WISH | {"customer": str(case.customer.pk)}))
    row = LoanOffer.objects.get()
    assert (row.data_key_sealed, row.name_sealed, row.mobile_sealed, row.name_tokens) == ("", "", "", [])
    for typed in (case.customer.name[:2], case.customer.mobile):
        assert len(done(case.rm.get(API, {"q": typed}))["results"]) == 1


@pytest.mark.parametrize("typed, found", [("赵敏", 1), ("zmm", 1), ("13912345678", 1), ("钱", 0), ("13912345679", 0)])
def test_offers_are_found_by_name_and_mobile(case: Case, typed: str, found: int) -> None:
    made(case)
    assert len(done(case.rm.get(API, {"q": typed}))["results"]) == found


def test_an_offer_is_found_by_its_number_and_state(case: Case) -> None:
    offer = made(case)
    assert len(done(case.rm.get(API, {"q": offer["offer_no"], "state": "OPEN"}))["results"]) == 1
    assert done(case.rm.get(API, {"state": "EXPIRED"}))["results"] == []


def test_who_sees_an_offer(case: Case) -> None:
    path = f"{API}/{made(case)['id']}"
    for staff in (case.bank.rm, case.bank.manager, case.bank.city_manager, case.bank.auditor):
        assert done(case.phone(staff).get(path))
    for staff in (case.bank.other_rm, case.bank.stranger, case.bank.other_manager):
        refused(case.phone(staff).get(path), 404, "not_found")
    refused(case.phone(case.bank.manager).post(API, WISH | PROSPECT), 403, "not_permitted")


@pytest.mark.parametrize(
    "said, code",
    [
        ({"name": ""}, "offer_without_a_name"),
        ({"mobile": "139"}, "mobile_format"),
        ({"amount": "1.00"}, "offer_does_not_fit"),
    ],
)
def test_an_offer_that_cannot_be_made(case: Case, said: dict[str, str], code: str) -> None:
    refused(case.rm.post(API, WISH | PROSPECT | said), 422, code)


# --- Taken up ------------------------------------------------------------------------------------
def test_a_prospect_becomes_a_customer_with_an_application_and_nothing_typed_again(case: Case) -> None:
    offer = made(case)
    draft = done(case.rm.post(f"{API}/{offer['id']}/application", {"identity_no": identity_no()}))
    row = LoanApplication.objects.get(pk=draft["id"])
    assert (row.state, row.customer.name, row.customer.mobile) == ("DRAFT", "赵敏敏", "13912345678")
    kept = {name: getattr(row, name) for name in ("amount", "term_months", "purpose", "repayment_method")}
    assert kept == {
        "amount": D(80_000),
        "term_months": 24,
        "purpose": "HOME_IMPROVEMENT",
        "repayment_method": "EQUAL_INSTALLMENT",
    }
    assert (row.monthly_income, row.monthly_debt, row.repayment_day) == (D(20_000), D(1_500), 15)
    after = done(case.rm.get(f"{API}/{offer['id']}"))
    assert (after["state"], after["application"], after["name"]) == ("CONVERTED", draft["id"], "赵*敏")
    assert LoanOffer.objects.get().name_sealed == ""
    refused(case.rm.post(f"{API}/{offer['id']}/application", {}), 409, "offer_closed")


def test_a_prospect_without_an_identity_number_stays_one(case: Case) -> None:
    offer = made(case)
    refused(case.rm.post(f"{API}/{offer['id']}/application", {}), 422, "identity_no_needed")
    assert LoanOffer.objects.get().state == "OPEN"


def test_a_known_customer_needs_no_number(case: Case) -> None:
    offer = done(case.rm.post(API, WISH | {"customer": str(case.customer.pk)}))
    draft = done(case.rm.post(f"{API}/{offer['id']}/application", {}))
    assert draft["customer"]["id"] == str(case.customer.pk)


def test_only_its_rm_works_on_an_offer(case: Case) -> None:
    offer = LoanOffer.objects.get(pk=made(case)["id"])
    LoanOffer.objects.filter(pk=offer.pk).update(owner=case.bank.co_rm)
    refused(case.rm.post(f"{API}/{offer.pk}/share"), 404, "not_found")
    refused(case.phone(case.bank.manager).post(f"{API}/{offer.pk}/share"), 403, "not_permitted")


# --- Lost ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("code, state", [("COMPETITOR_RATE", "DECLINED"), ("OVER_INDEBTED", "REFUSED")])
def test_a_lost_offer_has_its_reason_and_its_side(case: Case, code: str, state: str) -> None:
    said = {"reason_code": code, "competitor": "某商业银行", "competitor_rate": "3.9"}
    closed = done(case.rm.post(f"{API}/{made(case)['id']}/close", said))
    assert (closed["state"], closed["reason"]["code"], closed["competitor_rate"]) == (state, code, "3.900000")


@pytest.mark.parametrize("code", ["NO_SUCH", "ENTERED_TWICE", "OFFER_EXPIRED"])
def test_a_reason_of_another_stage_or_of_none_is_refused(case: Case, code: str) -> None:
    refused(case.rm.post(f"{API}/{made(case)['id']}/close", {"reason_code": code}), 422, "reason_unknown")


def test_offers_past_their_day_are_closed_at_night(case: Case) -> None:
    offer = made(case)
    with clock.at(later(days=15)):
        jobs.expire_offers()
        assert done(case.rm.get(f"{API}/{offer['id']}"))["state"] == "OPEN"
    with clock.at(later(days=16)):
        refused(case.rm.post(f"{API}/{offer['id']}/application", {}), 409, "offer_expired")
        jobs.expire_offers()
        assert done(case.rm.get(f"{API}/{offer['id']}"))["state"] == "EXPIRED"


def test_a_prospect_of_whom_nothing_came_is_forgotten(case: Case) -> None:
    offer = made(case)
    done(case.rm.post(f"{API}/{offer['id']}/close", {"reason_code": "NO_NEED"}))
    with clock.at(later(days=180)):
        jobs.expire_offers()
        assert done(case.rm.get(f"{API}/{offer['id']}"))["name"] == "赵*敏"
    with clock.at(later(days=181)):
        jobs.expire_offers()
        found = done(case.rm.get(f"{API}/{offer['id']}"))
        assert (found["name"], found["mobile"], found["amount"]) == ("", "", "80000.00")
        assert done(case.rm.get(API, {"q": "赵敏"}))["results"] == []
    assert LoanOffer.objects.get().data_key_sealed == ""


def test_the_database_wants_a_lost_offer_to_have_a_reason(case: Case) -> None:
    made(case)
    for wrong in ({"state": "DECLINED", "closed_on": clock.today()}, {"state": "CONVERTED"}, {"state": "EXPIRED"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LoanOffer.objects.update(**wrong)


# --- Shared --------------------------------------------------------------------------------------
def test_the_page_shows_figures_and_nobody(case: Case) -> None:
    offer = made(case)
    url = done(case.rm.post(f"{API}/{offer['id']}/share"))["url"]
    page = Phone().get("/offers/" + url.rpartition("/")[2])
    text = page.content.decode()
    assert page.status_code == 200
    assert "个人消费贷" in text
    assert "80,000.00 元" in text
    assert "4.5%" in text
    assert not any(secret in text for secret in ("赵", "139", offer["offer_no"]))
    assert page["Cache-Control"] == "no-store"


def test_a_new_address_makes_the_old_one_worthless_and_an_ended_offer_shows_nothing(case: Case) -> None:
    offer = made(case)
    old, new = (done(case.rm.post(f"{API}/{offer['id']}/share"))["url"].rpartition("/")[2] for _ in range(2))
    assert [Phone().get(f"/offers/{token}").status_code for token in (old, new, "x")] == [404, 200, 404]
    with clock.at(later(days=16)):
        assert Phone().get(f"/offers/{new}").status_code == 404
    done(case.rm.post(f"{API}/{offer['id']}/close", {"reason_code": "NO_NEED"}))
    assert Phone().get(f"/offers/{new}").status_code == 404


# --- Why nothing came of it ----------------------------------------------------------------------
def test_the_catalogue_is_read_by_stage_and_kept_by_the_bank(case: Case) -> None:
    rejecting = done(case.rm.get("/api/v1/closing-reasons", {"stage": "REJECTION"}))
    assert {row["party"] for row in rejecting} == {"BANK"}
    ClosingReason.objects.filter(code="RATE_TOO_HIGH").update(label="价格原因", is_active=False)
    assert reason_catalogue.seed() > 20
    codes = {row["code"] for row in done(case.rm.get("/api/v1/closing-reasons"))}
    assert "RATE_TOO_HIGH" not in codes
    assert ClosingReason.objects.get(code="RATE_TOO_HIGH").label == "价格原因"


def statistics(case: Case, by: Any, **which: str) -> list[tuple[str, str, int, str]]:
    rows = done(case.phone(by).get("/api/v1/closing-reasons/statistics", which))
    return [(row["stage"], row["reason_code"], row["count"], row["amount"]) for row in rows]


def test_reasons_are_counted_over_offers_and_applications(case: Case, another_case: Any) -> None:
    for code in ("COMPETITOR_RATE", "COMPETITOR_RATE", "BELOW_MINIMUM"):
        said = {"reason_code": code} | ({"competitor_rate": "3.5"} if code == "COMPETITOR_RATE" else {})
        done(case.rm.post(f"{API}/{made(case)['id']}/close", said))
    case.draft()
    done(case.post("cancel", {"reason": "重复", "reason_code": "ENTERED_TWICE"}))
    withdrawn = another_case().draft()
    done(withdrawn.post("withdraw", {"reason": "利率高", "reason_code": "RATE_TOO_HIGH"}))
    rejected = in_approval(another_case())
    done(rejected.post("reject", {"reason_code": "OVER_INDEBTED", "note": "负债"}, by=case.bank.approver))
    expected = [
        ("OFFER", "COMPETITOR_RATE", 2, "160000.00"),
        ("OFFER", "BELOW_MINIMUM", 1, "80000.00"),
        ("CANCELLATION", "ENTERED_TWICE", 1, "100000.00"),
        ("REJECTION", "OVER_INDEBTED", 1, "100000.00"),
        ("WITHDRAWAL", "RATE_TOO_HIGH", 1, "100000.00"),
    ]
    for person in (case.bank.rm, case.bank.manager, case.bank.head_office):
        assert statistics(case, person) == expected
    assert statistics(case, case.bank.other_manager) == []
    assert statistics(case, case.bank.manager, product="FARMER") == []
    assert statistics(case, case.bank.city_manager, branch=str(case.bank.west.pk)) == []
    assert statistics(case, case.bank.city_manager, branch=str(case.bank.city.pk)) == expected
    long_ago = {"since": "2020-01-01", "until": "2020-12-31"}
    assert statistics(case, case.bank.manager, **long_ago) == []


def test_a_reason_that_nobody_gave_is_counted_as_other(case: Case) -> None:
    case.draft()
    done(case.post("cancel", {"reason": "重复"}))
    assert statistics(case, case.bank.rm) == [("CANCELLATION", "BANK_OTHER", 1, "100000.00")]


def test_a_wrong_reason_stops_the_cancellation(case: Case) -> None:
    case.draft()
    refused(case.post("cancel", {"reason": "重复", "reason_code": "RATE_TOO_HIGH"}), 422, "reason_unknown")
    refused(case.post("withdraw", {"reason": "重复", "reason_code": "ENTERED_TWICE"}), 422, "reason_unknown")
    assert case.row.state == "DRAFT"


def test_who_may_see_the_statistics(case: Case) -> None:
    for staff in (case.bank.reviewer, case.bank.product_manager):
        refused(case.phone(staff).get("/api/v1/closing-reasons/statistics"), 403, "not_permitted")
