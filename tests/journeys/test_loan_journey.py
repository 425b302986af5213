"""The main job from end to end: one loan, from the first word to the money, by everybody whose work it is."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from aladdin.embedded.memory import wait_until
from tests.journeys.people import Approver, DisbursementOfficer, Loan, QueryOfficer, RelationshipManager, Reviewer
from tests.journeys.town import SECONDS, Town
from tests.notifications.builders import COMMITTED, Client

pytestmark = [COMMITTED, pytest.mark.slow]

OPENID = "oWangXiaoming"


@dataclass
class Cast:
    """Who takes part, with Wang's phone and the manager's screen open from the start."""

    wang: RelationshipManager
    li: RelationshipManager
    sun: QueryOfficer
    zhou: Reviewer
    wu: Approver
    feng: DisbursementOfficer
    phone: Client
    screen: Client


@pytest.fixture
def cast(town: Town) -> Cast:
    """Wang leads (A), Li assists (B); the other four have their desks at the branch above."""
    bank = town.bank
    found = Cast(
        wang=town.rm(bank.rm),
        li=town.rm(bank.co_rm),
        sun=town.query_officer(),
        zhou=town.reviewer(),
        wu=town.approver(),
        feng=town.disbursement_officer(),
        phone=town.socket_of(bank.rm),
        screen=town.board_of(bank.east, watched_by=bank.manager),
    )
    town.follows_on_wechat(found.wang, OPENID)
    return found


def test_a_loan_from_application_to_disbursement(town: Town, cast: Cast) -> None:
    zhang_is_ahead_of_wang(town, cast)
    loan = wang_takes_an_application(town, cast)
    the_bureau_is_asked_by_another(cast, loan)
    wang_and_li_look_and_hand_the_file_in(cast, loan)
    one_reviews_and_another_approves(cast, loan)
    the_customer_is_told_what_it_costs_and_signs(cast, loan)
    a_fifth_releases_the_money_and_core_banking_pays(town, cast, loan)
    wang_has_overtaken_zhang_and_everybody_learns_of_it(town, cast, loan)
    what_remains_is_a_schedule_and_a_first_check(town, cast, loan)


def zhang_is_ahead_of_wang(town: Town, cast: Cast) -> None:
    town.already_disbursed(town.bank.other_rm, "150000.00")
    shown(cast.screen, "ranking_changed", metric="LOAN_DISBURSED")
    standing = cast.wang.stands()
    assert (standing["place"]["rank"], standing["ahead"]["distance"]) == (2, "150000.00")


def wang_takes_an_application(town: Town, cast: Cast) -> Loan:
    customer = cast.wang.enters(town.somebody_without_debts())
    loan = cast.wang.draws_up(customer, amount="200000.00", together_with=cast.li)
    loan.has_moved("create", to="DRAFT", by=cast.wang)

    cast.wang.accepts(loan)
    loan.has_moved("accept", to="ACCEPTED", by=cast.wang)
    assert heard(cast.phone, "loan.accepted")["customer"] == "张*丰"

    cast.wang.takes_a_picture_of_the_customer(loan)
    loan.has_moved("verify_identity", to="ID_VERIFIED", by=cast.wang)

    cast.wang.lets_the_customer_authorize_the_query(loan)
    loan.has_moved("authorize_credit", to="CREDIT_AUTHORIZED", by=cast.wang)
    heard(cast.phone, "loan.credit_authorized")
    return loan


def the_bureau_is_asked_by_another(cast: Cast, loan: Loan) -> None:
    cast.sun.queries_the_bureau(loan)
    heard(cast.phone, "loan.credit_report_ready")
    loan.has_moved("investigate", to="INVESTIGATING", by=cast.sun)


def wang_and_li_look_and_hand_the_file_in(cast: Cast, loan: Loan) -> None:
    cast.wang.brings_the_papers(loan)
    cast.wang.reports_his_visit(loan)
    cast.wang.answers_what_contradicts(loan)
    cast.li.confirms_the_visit(loan)
    cast.wang.submits(loan)
    loan.has_moved("submit", to="SUBMITTED", by=cast.wang)
    heard(cast.phone, "loan.submitted")


def one_reviews_and_another_approves(cast: Cast, loan: Loan) -> None:
    assert cast.zhou.finds_in_the_queue(loan)
    cast.zhou.claims(loan)
    loan.has_moved("take_up_review", to="UNDER_REVIEW", by=cast.zhou)
    cast.zhou.recommends(loan)
    loan.has_moved("pass_to_approval", to="IN_APPROVAL", by=cast.zhou)

    assert cast.wu.finds_in_the_queue(loan)
    cast.wu.approves(loan)
    loan.has_moved("approve", to="APPROVED", by=cast.wu)
    heard(cast.phone, "loan.approved")


def the_customer_is_told_what_it_costs_and_signs(cast: Cast, loan: Loan) -> None:
    cast.wang.shows_the_customer_what_it_costs(loan)
    cast.wang.draws_up_the_contract(loan)
    loan.has_moved("begin_contract", to="CONTRACTING", by=cast.wang)
    cast.wang.lets_the_customer_sign_the_contract(loan)
    loan.has_moved("sign_contract", to="CONTRACTED", by=cast.wang)
    heard(cast.phone, "loan.contracted")


def a_fifth_releases_the_money_and_core_banking_pays(town: Town, cast: Cast, loan: Loan) -> None:
    cast.wang.asks_for_the_money(loan)
    loan.has_moved("request_disbursement", to="DISBURSING", by=cast.wang)
    assert cast.feng.finds_in_the_queue(loan)
    cast.feng.releases_the_money(loan)
    assert heard(cast.phone, "loan.disbursed")["amount"] == "200,000.00"
    loan.has_moved("disburse", to="DISBURSED", by=None)

    assert [paid["order"]["amount"] for paid in town.sandbox.payments()] == ["200000.00"]
    file = cast.wang.reads(loan)
    parts = ("investigator", "co_investigator", "reviewer", "approver", "disbursement_officer")
    assert {file[part]["name"] for part in parts} == {"王小明", "李小红", "周审查", "吴审批", "冯放款"}


def wang_has_overtaken_zhang_and_everybody_learns_of_it(town: Town, cast: Cast, loan: Loan) -> None:
    source = f"loan/{cast.wang.loan_account(loan)['id']}"
    credited = {entry["metric"]: entry["amount"] for entry in cast.wang.entries() if entry["source"] == source}
    assert credited == {"LOAN_DISBURSED": "200000.00", "LOAN_COUNT": "1.00"}

    moved = heard(cast.phone, "ranking.changed")
    assert (moved["previous_rank"], moved["rank"]) == ("2", "1")
    standing = cast.wang.stands()
    assert (standing["place"]["rank"], standing["place"]["value"]) == (1, "200000.00")
    assert standing["behind"]["distance"] == "50000.00"
    shown(cast.screen, "pipeline_changed", branch=str(town.bank.east.pk))
    shown(cast.screen, "ranking_changed", metric="LOAN_DISBURSED")

    business = ["贷款已受理", "征信已授权", "征信报告已返回", "贷款已报审", "贷款已批复", "合同已签署"]
    told = [*business, "贷款已放款", "业绩排名变化"]
    assert sorted(town.wechat_titles(OPENID, len(told))) == sorted(told)


def what_remains_is_a_schedule_and_a_first_check(town: Town, cast: Cast, loan: Loan) -> None:
    account = cast.wang.loan_account(loan)
    instalments = cast.wang.schedule(account)
    assert [each["number"] for each in instalments] == list(range(1, 13))
    assert sum(Decimal(each["principal"]) for each in instalments) == Decimal("200000.00")

    assert wait_until(lambda: cast.wang.planned_checks(account) != [], seconds=SECONDS)
    (check,) = cast.wang.planned_checks(account)
    assert (check["kind"], check["status"], check["executor"]) == ("FIRST", "PLANNED", str(town.bank.rm.pk))


# --- Listening -----------------------------------------------------------------------------------
def heard(phone: Client, kind: str) -> Any:
    """The next notice on the socket is of this kind; its values."""
    notice = phone.hear("notice")
    assert notice["kind"] == kind, notice
    return notice["values"]


def shown(screen: Client, kind: str, **payload: str) -> None:
    """Sooner or later the board shows this."""
    while True:
        event = screen.hear("board")
        if event["kind"] == kind and event["payload"].items() >= payload.items():
            return
