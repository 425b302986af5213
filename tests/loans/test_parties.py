"""Those beside the borrower: entered by A, checked like the borrower, each with his own consent and his own report."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from aladdin import clock, crypto
from aladdin.audit import AuditEntry
from aladdin.crypto import Unreadable
from aladdin.parameters import Parameter
from loans import idleness
from loans.models import CreditAuthorization, CreditReport, ListedPerson, LoanParty, LoanProductVersion
from tests.loans.builders import Case, customer_of, done, identity_no, picture, refused, signature
from tests.loans.configuring import another_product
from tests.sandbox_server import Sandbox

GUARANTOR: dict[str, Any] = {
    "role": "GUARANTOR",
    "relation": "FRIEND",
    "name": "李建国",
    "mobile": "13911112222",
    "employer": "廊坊某商贸有限公司",
    "monthly_income": "15000.00",
    "identity_is_long_term": True,
}
SPOUSE = GUARANTOR | {"role": "SPOUSE", "relation": "SPOUSE", "name": "赵小兰"}


def enter(case: Case, person: dict[str, Any] = GUARANTOR, **said: Any) -> Any:
    return case.post("parties", {"identity_no": identity_no(), **person, **said})


def entered(case: Case, sandbox: Sandbox, person: dict[str, Any] = GUARANTOR, **said: Any) -> str:
    """A person in the file, of whom the bureau knows nothing bad."""
    party_id: str = done(enter(case, person, **said))["id"]
    number = LoanParty.objects.get(pk=party_id).identity_no
    sandbox.set_scene("bureau/subjects", {"identity_no": number, "history": "CLEAN"})
    return party_id


def verify(case: Case, party: str) -> Any:
    return case.upload("identity-checks", face=picture("face.jpg"), party=party)


def sign(case: Case, party: str) -> Any:
    text = done(case.rm.get(f"{case.url}/credit-consent-text", {"party": party}))
    said = {"text_sha256": text["sha256"], "place": "广阳支行", "party": party}
    return case.upload("credit-authorizations", signature=signature(), **said)


def query(case: Case, party: str, **said: Any) -> Any:
    return case.post("credit-reports", {"party": party, **said}, by=case.bank.query_officer)


def lacks(case: Case) -> list[tuple[str, str]]:
    return [(each["code"], each["field"]) for each in done(case.rm.get(f"{case.url}/next"))["blockers"]]


def with_step(case: Case, **product: Any) -> str:
    """The code of a consumption loan that asks for spouse and guarantor."""
    steps = LoanProductVersion.objects.get(product__code="PERSONAL_CONSUMPTION").steps
    steps = [*steps[:-1], "SPOUSE_GUARANTOR", steps[-1]]
    maker = case.bank.product_manager
    return another_product("JOINT", like="PERSONAL_CONSUMPTION", maker=maker, steps=steps, **product)


# --- In the file ---------------------------------------------------------------------------------
def test_a_person_is_shown_masked_and_kept_sealed(case: Case) -> None:
    case.draft()
    number = identity_no(date(1980, 5, 1))
    shown = done(enter(case, identity_no=number))
    assert (shown["name"], shown["mobile"]) == ("李*国", "139****2222")
    assert shown["identity_no"] == f"{number[:3]}***********{number[-4:]}"
    assert (shown["is_obligor"], shown["is_customer"], shown["is_verified"]) == (True, False, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT loans_loanparty::text FROM loans_loanparty")
        row = cursor.fetchone()[0]
    assert number not in row
    assert "李建国" not in row
    assert "13911112222" not in row
    assert AuditEntry.objects.get(action="loan.add_party").detail["role"] == "GUARANTOR"


def test_who_does_not_investigate_sees_less_of_the_number(case: Case) -> None:
    case.draft()
    done(enter(case))
    (shown,) = done(case.phone(case.bank.reviewer).get(f"{case.url}/parties"))
    assert shown["identity_no"].count("*") == 16


def test_each_has_a_key_of_his_own(case: Case) -> None:
    case.draft()
    done(enter(case))
    party = LoanParty.objects.get()
    assert party.data_key() != case.customer.data_key()
    with pytest.raises(Unreadable):
        crypto.unseal(
            party.name_sealed, bound_to=f"loans_loanparty.name_sealed.{party.pk}", key=case.customer.data_key()
        )


def test_a_customer_of_the_bank_is_recognised(case: Case) -> None:
    case.draft()
    known = customer_of(case.bank.rm, name="李建国")
    assert done(enter(case, identity_no=known.identity_no))["is_customer"]
    assert LoanParty.objects.get().customer == known


def test_the_same_entry_sent_again_gives_the_first(case: Case) -> None:
    case.draft()
    said = GUARANTOR | {"id": str(uuid4()), "identity_no": identity_no()}
    assert case.post("parties", said).status_code == 201
    assert case.post("parties", said).status_code == 200
    assert LoanParty.objects.count() == 1
    refused(case.post("parties", said | {"role": "CO_BORROWER"}), 409, "id_taken")


def test_who_may_not_stand_in_the_file(case: Case) -> None:
    case.draft()
    refused(enter(case, identity_no=case.customer.identity_no), 422, "party_is_borrower")
    refused(enter(case, identity_no="110105194912310021"), 400, "identity_number_checksum")
    refused(enter(case, mobile="12345"), 400, "mobile_format")
    young = clock.today().replace(year=clock.today().year - 17)
    refused(enter(case, identity_no=identity_no(young)), 422, "party_under_age")
    refused(enter(case, SPOUSE), 422, "borrower_not_married")
    number = identity_no()
    done(enter(case, identity_no=number))
    refused(enter(case, identity_no=number), 409, "party_known")
    index = LoanParty.objects.get().identity_index
    ListedPerson.objects.create(
        list="BLACKLIST", identity_index=index, reason="失信被执行人", effective_from=date(2020, 1, 1)
    )
    case.rm.delete(f"{case.url}/parties/{LoanParty.objects.get().pk}")
    refused(enter(case, identity_no=number), 422, "customer_blacklisted")


def test_one_spouse(case: Case) -> None:
    case.draft(marital_status="MARRIED")
    done(enter(case, SPOUSE))
    refused(enter(case, SPOUSE), 409, "spouse_entered_already")
    with pytest.raises(IntegrityError), transaction.atomic():
        LoanParty.objects.filter(role="SPOUSE").update(relation="FRIEND")


def test_so_many_and_no_more(case: Case) -> None:
    Parameter.objects.filter(code="loan.parties_per_application").update(value=1)
    case.draft()
    done(enter(case))
    refused(enter(case), 409, "too_many_parties")


def test_only_the_lead_and_only_during_intake(case: Case) -> None:
    case.draft()
    said = {"identity_no": identity_no(), **GUARANTOR}
    refused(case.post("parties", said, by=case.bank.co_rm), 403, "not_in_charge")
    refused(case.post("parties", said, by=case.bank.reviewer), 403, "not_permitted")
    refused(case.post("parties", said, by=case.bank.stranger), 404, "not_found")
    assert case.phone(case.bank.stranger).get(f"{case.url}/parties").status_code == 404
    party = done(enter(case))["id"]
    done(case.post("cancel", {"reason": "重复录入"}))
    refused(enter(case), 409, "not_editable")
    refused(case.rm.patch(f"{case.url}/parties/{party}", {"employer": "x"}, etag='"1"'), 409, "not_editable")


def test_a_correction(case: Case) -> None:
    case.draft()
    party = done(enter(case))
    url, other = f"{case.url}/parties/{party['id']}", identity_no()
    edited = done(case.rm.patch(url, {"name": "李建业", "identity_no": other}, etag='"1"'))
    assert (edited["name"], edited["version"]) == ("李*业", 2)
    assert LoanParty.objects.get().identity_no == other
    refused(case.rm.patch(url, {"name": "李建"}, etag='"1"'), 412, "stale")
    refused(case.rm.patch(url, {"name": "李建"}), 428, "precondition_required")
    refused(case.rm.patch(f"{case.url}/parties/{uuid4()}", {}, etag='"1"'), 404, "not_found")


# --- What the product asks for -------------------------------------------------------------------
def test_one_borrower_alone_is_as_ever(case: Case) -> None:
    """Without the step nobody is asked for, married or not."""
    case.draft(marital_status="MARRIED").accept()
    assert [code for code, _ in lacks(case)] == ["identity_not_verified"]


def test_a_product_with_the_step_asks_for_the_spouse(case: Case, sandbox: Sandbox) -> None:
    case.draft(product=with_step(case), marital_status="MARRIED").accept()
    assert ("spouse_missing", "parties") in lacks(case)
    assert done(case.upload("identity-checks", face=picture("face.jpg")))["state"] == "ACCEPTED"
    party = entered(case, sandbox, SPOUSE, is_obligor=False)
    assert LoanParty.objects.get().is_obligor, "the product makes the debt a common one"
    assert lacks(case) == [("identity_not_verified", f"parties.{party}")]
    assert done(verify(case, party))["state"] == "ID_VERIFIED"


def test_a_single_borrower_brings_no_spouse(case: Case) -> None:
    case.draft(product=with_step(case)).accept().verify()
    assert case.row.state == "ID_VERIFIED"


def test_a_guaranteed_product_asks_for_a_guarantor(case: Case, sandbox: Sandbox) -> None:
    case.draft(product=with_step(case, guarantee="GUARANTEED")).accept()
    assert ("guarantor_missing", "parties") in lacks(case)
    steps = {each["step"]: each["is_done"] for each in done(case.rm.get(f"{case.url}/next"))["steps"]}
    assert steps["SPOUSE_GUARANTOR"] is False
    entered(case, sandbox)
    assert ("guarantor_missing", "parties") not in lacks(case)


# --- The gates -----------------------------------------------------------------------------------
def test_every_obligor_goes_through_every_gate(case: Case, sandbox: Sandbox) -> None:
    """Nothing moves on before the last of them: identity, consent with his own reason, report."""
    case.draft().accept()
    party = entered(case, sandbox)
    assert done(case.upload("identity-checks", face=picture("face.jpg")))["state"] == "ACCEPTED"
    assert done(verify(case, party))["state"] == "ID_VERIFIED"

    done(case.sign())
    assert case.row.state == "ID_VERIFIED"
    assert lacks(case) == [("credit_not_authorized", f"parties.{party}")]
    signed = done(sign(case, party))
    assert (signed["reasons"], signed["party"]) == (["08"], party)
    assert case.row.state == "CREDIT_AUTHORIZED"

    case.query()
    assert case.row.state == "CREDIT_AUTHORIZED"
    assert lacks(case) == [("credit_report_missing", f"parties.{party}")]
    done(query(case, party))
    case.run_jobs()
    assert case.row.state == "INVESTIGATING"
    report = CreditReport.objects.get(party__isnull=False)
    assert (report.reason, report.authorization.party_id) == ("08", LoanParty.objects.get().pk)
    case.investigate().submit()


def test_what_he_signs_names_him_and_the_purpose(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    refused(sign(case, party), 409, "identity_not_verified")
    verify(case, party)
    text = done(case.rm.get(f"{case.url}/credit-consent-text", {"party": party}))["body"]
    assert "李建国" in text
    assert "担保资格审查" in text
    assert case.customer.name not in text
    refused(case.rm.get(f"{case.url}/credit-consent-text", {"party": str(uuid4())}), 404, "not_found")
    done(sign(case, party))
    refused(sign(case, party), 409, "already_authorized")


def test_one_persons_grant_is_not_anothers(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    done(case.upload("identity-checks", face=picture("face.jpg")))
    verify(case, party)
    done(case.sign())
    done(sign(case, party))
    refused(query(case, party, reason="02"), 409, "reason_not_authorized")
    case.query()
    refused(case.post("credit-reports", {"reason": "08"}, by=case.bank.query_officer), 409, "credit_not_authorized")


def test_a_newcomer_sends_the_case_back_until_he_is_checked(case: Case, sandbox: Sandbox) -> None:
    """And from there on as far as what was proved holds: the borrower is asked for nothing again."""
    case.to("INVESTIGATING")
    party = entered(case, sandbox, GUARANTOR, role="CO_BORROWER")
    assert case.row.state == "ACCEPTED"
    assert done(verify(case, party))["state"] == "ID_VERIFIED"
    done(sign(case, party))
    assert case.row.state == "CREDIT_AUTHORIZED"
    done(query(case, party))
    case.run_jobs()
    assert case.row.state == "INVESTIGATING"
    assert CreditAuthorization.objects.count() == 2


def test_who_is_taken_out_counts_no_more(case: Case, sandbox: Sandbox) -> None:
    case.to("INVESTIGATING")
    party = entered(case, sandbox)
    done_with = case.rm.delete(f"{case.url}/parties/{party}")
    assert done_with.status_code == 204
    assert case.row.state == "INVESTIGATING"
    assert done(case.rm.get(f"{case.url}/parties")) == []
    assert LoanParty.objects.get().removed_by == case.bank.rm
    assert case.rm.delete(f"{case.url}/parties/{party}").status_code == 404
    refused(query(case, party), 404, "not_found")


def test_another_name_needs_another_check_and_the_number_is_fixed(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    done(case.upload("identity-checks", face=picture("face.jpg")))
    verify(case, party)
    url = f"{case.url}/parties/{party}"
    refused(case.rm.patch(url, {"identity_no": identity_no()}, etag='"1"'), 409, "party_identity_fixed")
    done(case.rm.patch(url, {"name": "李建业"}, etag='"1"'))
    assert case.row.state == "ACCEPTED"
    assert lacks(case) == [("identity_changed", f"parties.{party}")]


def test_a_card_that_has_run_out(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    ran_out = (clock.today() - timedelta(days=1)).isoformat()
    party = entered(case, sandbox, identity_is_long_term=False, identity_expires_on=ran_out)
    refused(verify(case, party), 422, "identity_expired")
    done(case.rm.patch(f"{case.url}/parties/{party}", {"identity_expires_on": None}, etag='"1"'))
    refused(verify(case, party), 422, "identity_expiry_missing")


def test_a_consent_that_runs_out_sends_the_case_back(case: Case, sandbox: Sandbox) -> None:
    case.draft().accept()
    party = entered(case, sandbox)
    done(case.upload("identity-checks", face=picture("face.jpg")))
    verify(case, party)
    done(sign(case, party))
    done(case.sign())
    with clock.at(clock.now() + timedelta(days=31)):
        assert idleness.recheck_gates() == 1
        assert case.row.state == "ID_VERIFIED"


def test_a_spouse_who_only_consents_is_not_asked_about(case: Case) -> None:
    case.draft(marital_status="MARRIED").accept()
    done(enter(case, SPOUSE, is_obligor=False))
    case.verify()
    assert case.row.state == "ID_VERIFIED"
