"""A customer fills in, proves himself, signs and uploads behind the RM's link; the RM watches and goes on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aladdin import clock
from aladdin.audit import AuditEntry
from aladdin.parameters import Parameter
from crm.models import Customer, Ownership
from loans.models import CreditAuthorization, CustomerLink, LinkUpload, LoanApplication, Material
from notifications.models import BoardEvent, Notice
from tests.loans.builders import Case, customer_of, done, identity_no, picture, refused, signature
from tests.loans.visiting import API, ENTRIES, Visitor, make_link, token_of, visitor
from tests.sandbox_server import Sandbox


@pytest.fixture
def known(case: Case, sandbox: Sandbox) -> Visitor:
    """The RM's customer behind a link that was made for her."""
    return visitor(case, sandbox).open()


@pytest.fixture
def stranger(case: Case, sandbox: Sandbox) -> Visitor:
    """Somebody whom the bank does not know, behind the link on the RM's card."""
    return Visitor(case, sandbox, token_of(make_link(case)), "13700000001").open()


def told(case: Case) -> list[str]:
    notices = Notice.objects.filter(stream__staff=case.bank.rm, kind__startswith="loan_link.")
    return list(notices.order_by("sequence").values_list("kind", flat=True))


# --- The whole way -------------------------------------------------------------------------------
def test_from_the_card_to_the_query_officer(stranger: Visitor) -> None:
    """Nobody types anything twice: the RM takes the draft up, and the case stands before the bureau's query."""
    case = stranger.case
    assert stranger.steps() == dict.fromkeys(["PHONE"], True) | dict.fromkeys(
        ["APPLICANT", "FORM", "FACE", "CONSENT", "MATERIALS", "HAND_IN"], False
    )
    done(stranger.say_who("欧阳小丽", identity_no()))
    done(stranger.fill_in())
    assert done(stranger.show_face())["passed"]
    done(stranger.sign())
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(stranger.file(kind))
    done(stranger.post("hand-in"))
    assert all(stranger.steps().values())

    row = LoanApplication.objects.get()
    assert (row.state, row.investigator, row.employer) == ("DRAFT", case.bank.rm, ENTRIES["employer"])
    assert told(case) == ["loan_link.opened", "loan_link.signed", "loan_link.handed_in"]
    case.id = str(row.pk)
    case.rm.patch(case.url, {"co_investigator": str(case.bank.co_rm.pk)}, etag=case.rm.get(case.url)["ETag"])
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert done(case.post("accept"))["state"] == "CREDIT_AUTHORIZED"
        case.query()
    assert case.row.state == "INVESTIGATING"
    customer = Customer.objects.get(pk=row.customer_id)
    assert (customer.mobile, customer.name) == (stranger.mobile, "欧阳小丽")
    assert Ownership.objects.filter(customer=customer, staff=case.bank.rm).exists()


def test_what_the_customer_did_is_not_put_on_the_rm(known: Visitor) -> None:
    done(known.fill_in())
    done(known.show_face())
    done(known.sign())
    done(known.file("ID_CARD"))
    link = CustomerLink.objects.get()
    deeds = {"loan.create", "loan.check_identity", "loan.sign_authorization", "loan.add_material"}
    for entry in AuditEntry.objects.filter(action__in=deeds):
        assert (entry.by, entry.detail["through"]) == (None, link.door)
        deeds.discard(entry.action)
    assert deeds == set()
    born = LoanApplication.objects.get().transitions.get(name="create")
    assert (born.by, born.reason) == (None, "客户通过链接自助申请")


def test_the_rm_watches_live(known: Visitor) -> None:
    case = known.case
    case.run_jobs()
    before = BoardEvent.objects.filter(kind="customer_link_moved").count()
    done(known.fill_in())
    case.run_jobs()
    event = BoardEvent.objects.filter(kind="customer_link_moved").order_by("sequence").last()
    assert event is not None
    assert BoardEvent.objects.filter(kind="customer_link_moved").count() == before + 1
    link = CustomerLink.objects.get()
    assert (event.stream.key, event.payload["link"]) == (f"branch:{case.bank.east.pk}", str(link.pk))
    assert event.payload["steps"] == {
        "PHONE": True,
        "FORM": True,
        "FACE": False,
        "CONSENT": False,
        "MATERIALS": False,
        "HAND_IN": False,
    }
    assert case.customer.name not in str(event.payload)
    shown = done(case.rm.get(f"{API}/loan-links/{link.pk}"))
    assert {each["step"]: each["is_done"] for each in shown["steps"]} == event.payload["steps"]
    assert shown["application"] == str(LoanApplication.objects.get().pk)


# --- Who he is -----------------------------------------------------------------------------------
def test_the_rms_own_customer_is_found_by_number_name_and_phone(case: Case, sandbox: Sandbox) -> None:
    own = Visitor(case, sandbox, token_of(make_link(case)), case.customer.mobile).open()
    done(own.say_who(case.customer.name, case.customer.identity_no))
    assert CustomerLink.objects.get().customer == case.customer
    refused(own.say_who(case.customer.name, case.customer.identity_no), 409, "applicant_known")


@pytest.mark.parametrize("whose", ["another_phone", "another_name", "another_rm"])
def test_who_does_not_fit_is_sent_to_his_rm(stranger: Visitor, whose: str) -> None:
    """Three causes, one answer; the RM hears of it, the customer does not hear why."""
    case = stranger.case
    customer = customer_of(case.bank.stranger) if whose == "another_rm" else case.customer
    name = "张三峰" if whose == "another_name" else customer.name
    if whose != "another_phone":
        customer.describe(mobile=stranger.mobile)
        customer.save()
    refusal = refused(stranger.say_who(name, customer.identity_no), 409, "see_your_manager")
    assert refusal["detail"] == "暂时无法在线办理，请联系您的客户经理"
    assert CustomerLink.objects.get().customer is None
    assert told(case)[-1] == "loan_link.needs_manager"


def test_trying_numbers_ends_soon(stranger: Visitor) -> None:
    Parameter.objects.filter(code="loan.link_applicant_tries").update(value=2)
    for _ in range(2):
        refused(stranger.say_who("张三", "110105194912310021"), 400, "identity_number_checksum")
    refused(stranger.say_who("张三", identity_no()), 429, "too_many_tries")


def test_the_form_waits_for_the_name(stranger: Visitor) -> None:
    refused(stranger.fill_in(), 409, "applicant_first")


# --- The form ------------------------------------------------------------------------------------
def test_saved_in_parts(known: Visitor) -> None:
    done(known.post("form", {"amount": "50000.00"}))
    shown = done(known.post("form", {"term_months": 12}))
    assert (shown["entries"]["amount"], shown["entries"]["term_months"]) == ("50000.00", 12)
    assert shown["entries"]["purpose"] == ""
    (form,) = [each for each in shown["steps"] if each["step"] == "FORM"]
    assert "请填写贷款用途" in form["lacks"]
    assert LoanApplication.objects.count() == 1


def test_the_same_limits_as_for_the_rm(known: Visitor) -> None:
    refused(known.fill_in(amount="5000000.00"), 422, "amount_out_of_range")
    refused(known.fill_in(purpose="INVENTORY"), 422, "purpose_not_allowed")
    assert known.post("form", {"amount": "many"}).status_code == 400
    assert known.post("form", {"amount": "-1"}).status_code == 400
    assert not LoanApplication.objects.exists()


def test_what_is_not_his_to_fill_in_is_not_taken(known: Visitor) -> None:
    """The payee, the state, the second investigator."""
    done(
        known.fill_in(
            payee_account="6222020402000000016", state="APPROVED", co_investigator=str(known.case.bank.co_rm.pk)
        )
    )
    row = LoanApplication.objects.get()
    assert (row.payee_account, row.state, row.co_investigator) == ("", "DRAFT", None)


def test_once_taken_up_the_form_is_the_rms(known: Visitor) -> None:
    done(known.fill_in())
    known.case.id = str(LoanApplication.objects.get().pk)
    done(known.case.post("accept"))
    refused(known.fill_in(amount="1000.00"), 409, "entry_closed")
    assert done(known.get("progress"))["is_open"] is False


def test_once_handed_in_the_form_is_closed(known: Visitor) -> None:
    done(known.fill_in())
    done(known.show_face())
    done(known.sign())
    done(known.post("hand-in"))
    done(known.post("hand-in"))
    refused(known.fill_in(amount="1000.00"), 409, "entry_closed")
    assert told(known.case).count("loan_link.handed_in") == 1


def test_nothing_is_handed_in_half(known: Visitor) -> None:
    refused(known.post("hand-in"), 409, "application_first")
    done(known.post("form", {"amount": "50000.00"}))
    refused(known.post("hand-in"), 422, "field_missing")
    done(known.fill_in())
    refused(known.post("hand-in"), 409, "consent_first")


def test_a_customer_who_went_to_another_rm(known: Visitor) -> None:
    Ownership.objects.filter(customer=known.case.customer).update(staff=known.case.bank.other_rm)
    refused(known.fill_in(), 409, "see_your_manager")


def test_a_case_that_another_rm_leads_now(known: Visitor) -> None:
    done(known.fill_in())
    LoanApplication.objects.update(investigator=known.case.bank.other_rm)
    refused(known.fill_in(amount="1000.00"), 409, "see_your_manager")
    refused(known.file("ID_CARD"), 409, "see_your_manager")


# --- Consent -------------------------------------------------------------------------------------
def test_the_text_is_read_before_it_is_signed(known: Visitor) -> None:
    done(known.fill_in())
    refused(known.sign(), 409, "identity_not_verified")
    done(known.show_face())
    form = {"signature": signature(), "text_sha256": "0" * 64}
    refused(known.send("consent", **form), 422, "consent_text_changed")
    shown = done(known.get("consent"))
    assert known.case.customer.name in shown["body"]
    assert shown["read_seconds"] == 10
    soon = refused(known.sign(after=3), 422, "read_too_briefly")
    assert soon["least"] == 10
    done(known.sign(after=10))
    grant = CreditAuthorization.objects.get()
    assert (grant.channel, grant.witnessed_by) == ("LINK", None)
    assert grant.read_seconds is not None
    assert grant.read_seconds >= 10
    assert grant.signed_device == known.device
    refused(known.sign(), 409, "already_authorized")


def test_looking_again_does_not_begin_the_time_anew(known: Visitor) -> None:
    done(known.fill_in())
    done(known.show_face())
    known.read()
    with clock.at(clock.now() + timedelta(seconds=11)):
        digest = known.read()
        done(known.send("consent", signature=signature(), text_sha256=digest))


def test_a_code_instead_of_a_drawing(known: Visitor) -> None:
    done(known.fill_in())
    refused(known.post("consent/code"), 409, "identity_not_verified")
    done(known.show_face())
    digest = known.read()
    with clock.at(clock.now() + timedelta(minutes=2)):
        done(known.post("consent/code"))
        code = known.code()
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        refused(known.send("consent", code=wrong, text_sha256=digest), 422, "code_wrong")
        done(known.send("consent", code=code, text_sha256=digest))
    assert CreditAuthorization.objects.get().signing_method == "ONE_TIME_CODE"


def test_either_drawing_or_code(known: Visitor) -> None:
    done(known.fill_in())
    done(known.show_face())
    digest = known.read()
    assert known.send("consent", text_sha256=digest).status_code == 400
    assert known.send("consent", text_sha256=digest, code="123456", signature=signature()).status_code == 400


def test_nothing_to_sign_before_there_is_an_application(known: Visitor) -> None:
    refused(known.get("consent"), 409, "application_first")
    refused(known.show_face(), 409, "application_first")
    refused(known.file("ID_CARD"), 409, "application_first")


def test_a_face_that_does_not_match_is_told_with_what_is_left(known: Visitor, sandbox: Sandbox) -> None:
    done(known.fill_in())
    face = {"identity_no": known.case.customer.identity_no}
    sandbox.set_scene("identity/faces", face | {"score": 40})
    answer = done(known.show_face())
    assert (answer["passed"], answer["attempts_left"]) == (False, 2)
    sandbox.set_scene("identity/faces", face | {"score": 95})
    assert done(known.show_face())["passed"]
    refused(known.show_face(), 409, "identity_already_verified")


# --- Papers --------------------------------------------------------------------------------------
def test_only_what_the_product_asks_for(known: Visitor) -> None:
    done(known.fill_in())
    wanted = {each["type"]: (each["pages"], each["filed"]) for each in done(known.get("progress"))["papers"]}
    assert wanted == {"ID_CARD": (2, 0), "INC_PROOF": (1, 0)}
    refused(known.file("LOAN_CONTRACT"), 422, "paper_not_asked_for")
    shown = done(known.file("ID_CARD"))
    assert {each["type"]: each["filed"] for each in shown["papers"]} == {"ID_CARD": 1, "INC_PROOF": 0}


def test_he_sees_and_takes_out_his_own_papers_alone(known: Visitor) -> None:
    """What the RM files is the RM's: neither listed nor counted, nor can it be taken out."""
    case = known.case
    done(known.fill_in())
    own = done(known.file("ID_CARD"))["uploads"][0]["id"]
    case.id = str(LoanApplication.objects.get().pk)
    others = done(case.upload("materials", type="ID_CARD", file=picture()))["id"]
    shown = done(known.get("progress"))
    assert [each["id"] for each in shown["uploads"]] == [own]
    door = f"{API}/customer-session/materials"
    refused(known.client.delete(f"{door}/{others}"), 404, "not_found")
    assert done(known.client.delete(f"{door}/{own}"))["uploads"] == []
    assert Material.objects.get(pk=own).removed_at is not None
    assert LinkUpload.objects.count() == 1


def test_no_paper_is_looked_at_through_the_link(known: Visitor) -> None:
    done(known.fill_in())
    own = done(known.file("ID_CARD"))["uploads"][0]["id"]
    for door in (f"materials/{own}", f"materials/{own}/thumbnail", "materials"):
        assert known.get(door).status_code in {404, 405}, door


def test_bad_pictures(known: Visitor) -> None:
    done(known.fill_in())
    fake = SimpleUploadedFile("card.jpg", b"not a picture", "image/jpeg")
    refused(known.send("materials", type="ID_CARD", file=fake), 422, "not_an_image")
    assert known.send("materials", type="NO_SUCH", file=picture()).status_code == 400
