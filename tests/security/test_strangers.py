"""What is somebody else's does not exist: 404 at every address that names it, for reading and for writing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from aladdin import clock
from aladdin.audit import AuditEntry
from crm.models import Customer, Reveal
from loans import delegation, evidence, prepayments, prospects
from loans.calculation import Wanted
from loans.models import (
    BorrowerNotice,
    Collateral,
    CreditQueryAlert,
    DocumentReading,
    Draw,
    FieldConflict,
    LoanAccount,
    LoanApplication,
    Material,
    PictureMatch,
    Prepayment,
    Upload,
)
from notifications.models import Announcement, AnnouncementComment, Notice
from organization.access import ACCESS
from organization.models import Staff
from organization.roles import Role
from organization.scope import SCOPE_OF_ROLE, Scope
from postloan import plan
from postloan.models import PostLoanCheck
from tests.loans import lending
from tests.loans.builders import Case, customer_of, done, identity_no, shelf
from tests.loans.conftest import clean_history
from tests.notifications.builders import told
from tests.sandbox_server import Sandbox
from tests.security.routes import Call, calls
from tests.world import Bank, Phone, hire

#: Addresses of what belongs to nobody in particular: products, and the files of the nightly feed.
SHARED = {"code", "product_id", "file_id", "endpoint_id", "stop_id", "redo_id", "number", "version_id", "other_id"}
OF_PERSONS = [call for call in calls() if set(call.parameters) - SHARED]
#: Tables of people that everybody may read (domain 3.3: the ranking is public in the bank).
PUBLIC_LISTS = {"performance/ranking", "performance/standing"}

#: The contract of the case is signed by hand, so there is no electronic signing to be read.
NOT_BEGUN = "GET loan-applications/<uuid:application_id>/contract/electronic-signing"

Objects = dict[str, Any]

#: What may contradict in a file, and the report of its first hand-in.
INVESTIGATED: Objects = {"finding": "PHOTO_OLD", "report_version": 1}


@pytest.fixture
def belongings(bank: Bank, sandbox: Sandbox, run_jobs: Callable[[], int], settings: Any, tmp_path: Any) -> Objects:
    """What is the RM's: himself, a customer, a case in the middle with its papers, a loan, its check, a notice."""
    settings.MEDIA_ROOT = tmp_path
    shelf(bank)
    case = Case(bank, run_jobs, customer_of(bank.rm))
    clean_history(sandbox, case)
    file = done(drawn_up(case.to("SUBMITTED")).rm.get(case.url))
    account = lending.disbursed(Case(bank, run_jobs, customer_of(bank.rm)))
    return {
        "customer_id": case.customer.pk,
        "application_id": UUID(case.id),
        "material_id": file["materials"][0]["id"],
        "reading_id": read_card(case),
        "match_id": used_before(case),
        "upload_id": begun_upload(case),
        "report_id": file["credit_reports"][0]["id"],
        "authorization_no": file["credit_authorizations"][0]["authorization_no"],
        "party_id": party_in(Case(bank, run_jobs, customer_of(bank.rm)).draft()),
        "alert_id": alert_about(case),
        "paper_id": done(case.rm.get(f"{case.url}/contract"))["papers"][0]["id"],
        "link_id": done(case.rm.post("/api/v1/loan-links", {"product": "PERSONAL_CONSUMPTION"}))["link"]["id"],
        "draw_id": Draw.objects.create(contract=case.row.contract, number=1, amount=1).pk,
        "item_id": case.row.return_items.create(round=1, text="补充流水").pk,
        "account_id": account.pk,
        "prepayment_id": wish_to_pay_early(account, bank).pk,
        "offer_id": offer_to(case.customer.pk, bank),
        "check_id": plan.plan_first_check(account).pk,
        "notice_id": told(bank.rm).pk,
        "delegation_id": lent_seat(bank),
        "staff_id": bank.rm.pk,
        **announced(bank.rm),
        **filled_in(case),
        **INVESTIGATED,
        "borrower_notice_id": to_be_told(case),
    }


def to_be_told(case: Case) -> UUID:
    """That the loan was not approved."""
    row = BorrowerNotice(application=case.row, occasion="REFUSED", event_key="x")
    row.words = "未获批准"
    row.save()
    return row.pk


def filled_in(case: Case) -> Objects:
    """A step of the file, what secures the loan, and a field that two phones filled in differently."""
    security = Collateral.objects.create(application=case.row, description="三居室")
    now = clock.now()
    conflict = FieldConflict(application=case.row, step="APPLICANT", label="月收入", standing_at=now, other_at=now)
    conflict.standing, conflict.other = '"30000.00"', '"20000.00"'
    conflict.save()
    return {"step": "APPLICANT", "collateral_id": security.pk, "conflict_id": conflict.pk}


def read_card(case: Case) -> UUID:
    """An identity card that was read, with its portrait."""
    portrait = evidence.keep(b"portrait", application_id=case.row.pk, key=case.row.data_key())
    reading = DocumentReading(application=case.row, kind="IDENTITY_FRONT", state="READ", created_by=case.bank.rm)
    reading.portrait_file = portrait
    reading.save()
    return reading.pk


def announced(author: Staff) -> Objects:
    """What he once told the team leads of his branch, with a comment of his own."""
    told_to = Announcement.objects.create(
        branch=author.branch, author=author, roles=["TEAM_LEAD"], title="会议", body="…"
    )
    comment = AnnouncementComment.objects.create(announcement=told_to, author=author, text="改期")
    return {"announcement_id": told_to.pk, "comment_id": comment.pk}


def alert_about(case: Case) -> Any:
    """Somebody asked the bureau about the customer without grounds."""
    case.post("credit-reports", {}, by=case.bank.query_officer)
    return CreditQueryAlert.objects.get().pk


def used_before(case: Case) -> UUID:
    """A picture of the case that was found to be another's, too."""
    one, other = case.row.materials.all()[:2]
    return PictureMatch.objects.create(material=one, other=other, distance=0, is_identical=False).pk


def begun_upload(case: Case) -> UUID:
    """A file of which nothing has come yet."""
    return Upload.objects.create(
        application=case.row,
        type="BANK_FLOW",
        size=10,
        sha256="0" * 64,
        created_by=case.bank.rm,
        expires_at=clock.now() + timedelta(hours=1),
    ).pk


def party_in(case: Case) -> str:
    """A guarantor in the file."""
    said = {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国", "mobile": "13911112222"}
    party_id: str = done(case.post("parties", said | {"identity_no": identity_no()}))["id"]
    return party_id


def lent_seat(bank: Bank) -> UUID:
    """A seat at approval that one approver lent to another."""
    today = clock.today()
    row = delegation.lend(to=bank.senior_approver, first_day=today, last_day=today, reason="出差", by=bank.approver)
    return row.pk


def wish_to_pay_early(account: LoanAccount, bank: Bank) -> Prepayment:
    return prepayments.request(account, way="WHOLE", amount=None, on=clock.today(), by=bank.rm)


def offer_to(customer_id: UUID, bank: Bank) -> UUID:
    """An offer that the RM made before."""
    wanted = Wanted(amount=Decimal(50_000), term_months=12, repayment_method="EQUAL_INSTALLMENT")
    person = prospects.Person(customer_id=customer_id)
    return prospects.make(person, wanted, None, product="PERSONAL_CONSUMPTION", by=bank.rm).pk


def drawn_up(case: Case) -> Case:
    """On as far as the contract, so that there is one."""
    for step in (lending.claim, lending.give_opinion, lending.approve):
        done(step(case))
    done(lending.confirm_cost(case, done(lending.show_cost(case))["sha256"]))
    done(lending.draw_up(case))
    return case


@pytest.fixture
def outsiders(bank: Bank) -> dict[Role, Phone]:
    """One person of each role in the other sub-branch."""
    return {role: Phone(hire(bank.west, Staff.Position.OPERATIONS, role)) for role in Role}


def answer_at(phone: Phone, call: Call, objects: Objects) -> str:
    """Status and code; what is written is in good form and names the version that there is."""
    said = {
        "field": Reveal.Field.MOBILE,
        "reason": "客户要求回电",
        "reason_code": "NO_NEED",
        "way": "WHOLE",
        "on": str(clock.today()),
        "owners": [{"staff": str(phone.staff and phone.staff.pk)}],
        "text": "收到",
        "changes": [],
    }
    path = call.path(
        objects
        | dict.fromkeys(("version_id", "other_id"), UUID(int=0))
        | {"product_id": UUID(int=0), "file_id": UUID(int=0), "code": "X"}
    )
    if call.method == "GET":
        answer = phone.get(path)
    elif call.method == "PATCH":
        answer = phone.patch(path, said, etag='"1"')
    else:
        answer = getattr(phone, call.method.lower())(path, said)
    return f"{answer.status_code} {answer.json()['code'] if answer.status_code >= 400 else ''}"


def is_for(role: Role, call: Call) -> bool:
    """Whether the role holds the right and yet sees no more than its own branch, or letters of its own."""
    is_a_letter = "notice_id" in call.parameters
    return role in ACCESS[call.action or ""] and (is_a_letter or SCOPE_OF_ROLE[role] < Scope.BANK)


def test_another_sub_branch_finds_nothing_and_changes_nothing(
    belongings: Objects, outsiders: dict[Role, Phone]
) -> None:
    """Letters are not even seen by whose scope is the whole bank."""
    before = versions(belongings)
    answers = {
        f"{role} {call}": answer_at(phone, call, belongings)
        for role, phone in outsiders.items()
        for call in OF_PERSONS
        if is_for(role, call)
    }
    assert len(answers) > 150
    assert {asked: answer for asked, answer in answers.items() if answer != "404 not_found"} == {}
    assert versions(belongings) == before


def test_a_colleague_of_the_same_sub_branch_finds_nothing_either(belongings: Objects, bank: Bank) -> None:
    """RMs see their own customers, not each other's."""
    colleague = Phone(bank.other_rm)
    mine = [call for call in OF_PERSONS if Role.RM in ACCESS[call.action or ""]]
    answers = {str(call): answer_at(colleague, call, belongings) for call in mine}
    assert {asked: answer for asked, answer in answers.items() if answer != "404 not_found"} == {}


def test_no_list_shows_what_is_somebody_elses(belongings: Objects, bank: Bank) -> None:
    lists = [call for call in calls() if call.method == "GET" and not call.parameters]
    plain = {"item_id", "step", "report_version"}
    secrets = {name: str(value) for name, value in belongings.items() if name not in plain}
    shown = {
        f"{person} {call} {name}"
        for person, phone in ((who, Phone(who)) for who in (bank.other_rm, bank.stranger, bank.other_manager))
        for call in lists
        if call.route not in PUBLIC_LISTS
        for text in [phone.get(call.path({}), {"limit": 100}).content.decode()]
        for name, value in secrets.items()
        if value in text
    }
    assert shown == set()


def test_the_owner_finds_all_of_it(belongings: Objects, bank: Bank) -> None:
    """So that the addresses above are not wrong for everybody. A new kind of object in an address has to be put
    among the belongings, or named as shared."""
    assert {name for call in OF_PERSONS for name in call.parameters} == set(belongings)
    readable = [call for call in OF_PERSONS if call.method == "GET" and Role.RM in ACCESS[call.action or ""]]
    answers = {str(call): answer_at(Phone(bank.rm), call, belongings) for call in readable}
    assert answers.pop(NOT_BEGUN) == "404 not_found"
    assert {asked: answer for asked, answer in answers.items() if not answer.startswith("200 ")} == {}


def versions(belongings: Objects) -> list[Any]:
    """How often each of the objects was changed."""
    return [
        Customer.objects.values_list("version").get(pk=belongings["customer_id"]),
        LoanApplication.objects.values_list("version", "state").get(pk=belongings["application_id"]),
        LoanAccount.objects.values_list("version").get(pk=belongings["account_id"]),
        PostLoanCheck.objects.values_list("version", "status").get(pk=belongings["check_id"]),
        Notice.objects.values_list("read_at", "acted_at").get(pk=belongings["notice_id"]),
        Material.objects.filter(application=belongings["application_id"]).count(),
        AuditEntry.objects.exclude(action="sign_in").count(),
    ]
