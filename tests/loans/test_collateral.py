"""Collateral: worth enough, every owner agreed, registered before the money; and where the bank may lend at all."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aladdin import clock
from aladdin.ids import uuid7
from loans.blockers import of_file
from loans.forms import collateral
from loans.models import Collateral, LendingArea, LoanApplication, LoanProductVersion
from tests.loans.builders import Case, done, refused
from tests.loans.configuring import in_force_from_today
from tests.loans.test_forms import form, save

FLAT: dict[str, Any] = {
    "kind": "RESIDENTIAL",
    "location": "河北省廊坊市广阳区新华路12号3单元",
    "owner_relation": "BORROWER",
    "certificate_no": "冀（2026）廊坊市不动产权第0000001号",
    "appraised_value": "1000000.00",
    "appraiser": "廊坊某评估公司",
    "prior_claims": "0",
    "is_co_owned": False,
}


@pytest.fixture
def mortgage(case: Case) -> Case:
    """A mortgage-backed draft over 600,000 yuan."""
    return case.draft(product="MORTGAGE_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED", amount="600000.00")


def pledge(case: Case, **other: Any) -> str:
    row = str(uuid7())
    said = {"id": row, **FLAT, "appraised_on": str(clock.today()), **other}
    done(save(case, "COLLATERAL", {"collaterals": [said]}))
    return row


def lacks(case: Case, move: str = "submit") -> set[str]:
    return {each.code for each in of_file(case.row, move)}


def test_a_flat_is_entered_whole_and_sealed(mortgage: Case) -> None:
    row = pledge(mortgage)
    found = form(mortgage, "COLLATERAL")
    assert found["errors"] == {}
    figures = {each["name"]: each["value"] for each in found["computed"]}
    assert figures == {"appraised_total": "1000000.00", "lendable": "700000.00", "loan_to_value": "60.00"}
    (shown,) = done(mortgage.rm.get(f"{mortgage.url}/collaterals"))
    assert (shown["id"], shown["location"], shown["lendable"]) == (row, "河北省廊坊市广阳区****", "700000.00")
    assert "新华路" not in Collateral.objects.get().location_sealed


def test_no_more_is_lent_than_it_is_worth(mortgage: Case) -> None:
    assert "collateral_missing" in lacks(mortgage)
    row = pledge(mortgage, prior_claims="100000.01")
    assert "loan_to_value_exceeded" in lacks(mortgage)
    done(save(mortgage, "COLLATERAL", {"collaterals": [{"id": row, "prior_claims": "100000"}]}))
    assert "loan_to_value_exceeded" not in lacks(mortgage)


def test_the_products_own_share_lowers_the_parameter(case: Case) -> None:
    in_force_from_today("MORTGAGE_BUSINESS", maker=case.bank.product_manager, max_loan_to_value=Decimal(50))
    case.draft(product="MORTGAGE_BUSINESS", purpose="INVENTORY", occupation="SELF_EMPLOYED", amount="600000.00")
    pledge(case)
    assert "loan_to_value_exceeded" in lacks(case)


def test_every_co_owner_agrees(mortgage: Case) -> None:
    row = pledge(mortgage, is_co_owned=True)
    errors = form(mortgage, "COLLATERAL")["errors"]
    assert errors[f"collaterals.{row}.co_owners_consented_on"] == ["请填写共有人同意日期"]
    assert "COOWNER_CONSENT" in {
        each["type"] for each in done(mortgage.rm.get(f"{mortgage.url}/materials"))["checklist"]
    }


def test_an_old_appraisal_does_not_count(mortgage: Case) -> None:
    pledge(mortgage, appraised_on=str(clock.today() - timedelta(days=181)))
    assert "appraisal_outdated" in lacks(mortgage)


def test_what_is_taken_out_no_longer_counts(mortgage: Case) -> None:
    row = pledge(mortgage)
    done(save(mortgage, "COLLATERAL", {"collaterals": [{"id": row, "removed": True}]}))
    assert not Collateral.objects.exists()
    assert "collateral_missing" in lacks(mortgage)


def test_nothing_is_paid_before_the_registration(mortgage: Case) -> None:
    row = pledge(mortgage)
    assert "collateral_not_registered" in lacks(mortgage, "request_disbursement")
    said = {"registration_no": "冀（2026）证明第1号", "office": "廊坊市不动产登记中心"}
    said["registered_at"] = (clock.now() - timedelta(hours=1)).isoformat()
    door = f"collaterals/{row}/registration"
    refused(mortgage.post(door, said), 409, "wrong_state_for_registration")
    _granted(mortgage)
    refused(mortgage.post(door, said, by=mortgage.bank.co_rm), 403, "not_in_charge")
    later = {**said, "registered_at": (clock.now() + timedelta(hours=1)).isoformat()}
    refused(mortgage.post(door, later), 422, "registered_in_future")
    refused(mortgage.post(f"collaterals/{uuid7()}/registration", said), 404, "not_found")
    assert done(mortgage.post(door, said))["registration_no"] == said["registration_no"]
    refused(mortgage.post(door, said), 409, "already_registered")
    assert "collateral_not_registered" not in lacks(mortgage, "request_disbursement")


def _granted(case: Case) -> None:
    now = clock.now()
    LoanApplication.objects.filter(pk=case.id).update(
        state="CONTRACTED",
        accepted_at=now,
        submitted_at=now,
        reviewer=case.bank.reviewer,
        approver=case.bank.approver,
        approved_amount=Decimal(600_000),
        approved_term_months=12,
        approved_rate=Decimal("3.7"),
        approval_expires_on=clock.today() + timedelta(days=90),
    )


@given(
    value=st.integers(1, 10**10),
    prior=st.integers(0, 10**10),
    share=st.integers(1, 100),
)
def test_lendable_stays_between_nothing_and_the_value(value: int, prior: int, share: int) -> None:
    """Pure: the share is the product's here, the parameter is not asked for more than it."""
    row = Collateral(kind="", appraised_value=Decimal(value), prior_claims=Decimal(prior))
    assert collateral.lendable(LoanProductVersion(max_loan_to_value=Decimal(share)), row) == 0, "of no kind, no share"


# --- Where the bank may lend ---------------------------------------------------------------------
@pytest.fixture
def home(case: Case) -> None:
    """The bank is registered in Hebei and Tianjin."""
    LendingArea.objects.all().delete()
    for code, name in (("13", "河北省"), ("12", "天津市")):
        LendingArea.objects.create(
            code=code, name=name, effective_from=clock.today() - timedelta(days=1), legal_basis="金融许可证"
        )


@pytest.mark.usefixtures("home")
def test_a_borrower_from_elsewhere_is_refused_with_the_reason(case: Case) -> None:
    case.draft(residence_area="310115")
    problem = refused(case.post("accept"), 422, "outside_lending_area")
    assert problem["errors"]["residence_area"] == [
        "常住地上海市浦东新区均不在本行放贷区域内（天津市、河北省），不得跨区域发放贷款"
    ]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("place", ["131003", "120101", None])
def test_one_place_inside_or_nothing_known_is_enough(case: Case, place: str | None) -> None:
    case.draft(residence_area=place).accept()


@pytest.mark.usefixtures("home")
def test_an_address_inside_outweighs_a_residence_outside(case: Case) -> None:
    case.customer.describe(address="河北省廊坊市广阳区新华路12号")
    case.customer.save()
    case.draft(residence_area="310115").accept()


@pytest.mark.parametrize("place, is_home", [("110105", True), ("130102", True), ("310115", False)])
def test_the_house_lends_where_its_outlets_are(case: Case, place: str, is_home: bool) -> None:
    """As it is shipped: Hebei, Tianjin and Beijing."""
    case.draft(residence_area=place)
    answer = case.post("accept")
    if is_home:
        done(answer)
    else:
        refused(answer, 422, "outside_lending_area")


def test_a_bank_without_areas_asks_nothing(case: Case) -> None:
    LendingArea.objects.all().delete()
    case.draft(residence_area="310115").accept()
