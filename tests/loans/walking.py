"""A case walked from the draft to the money by the API alone, whatever its product asks for on the way."""

from datetime import timedelta
from typing import Any

from aladdin import clock
from loans.models import LoanAccount, LoanParty, Payment
from tests.loans import lending
from tests.loans.builders import FINDINGS, Case, done, picture, signature
from tests.sandbox_server import Sandbox

_SALARY = {"section": "INCOME", "source": "BUSINESS", "evidence": "近12个月账户流水"}
_LIVING = {"section": "OUTGO", "source": "LIVING"}


def entered(case: Case, sandbox: Sandbox, **person: Any) -> str:
    """Somebody beside the borrower, of whom the bureau knows nothing bad."""
    party: str = done(case.post("parties", person))["id"]
    number = LoanParty.objects.get(pk=party).identity_no
    sandbox.set_scene("bureau/subjects", {"identity_no": number, "history": "CLEAN"})
    return party


def proven(case: Case, *, borrower: bool = True, parties: tuple[str, ...] = ()) -> None:
    """Everybody shows who he is; `borrower` is false for a firm, which has no face."""
    for party in [*([None] if borrower else []), *parties]:
        said: dict[str, Any] = {"party": party} if party else {}
        assert done(case.upload("identity-checks", face=picture("face.jpg"), **said))["passed"]


def consented(case: Case, parties: tuple[str, ...] = ()) -> None:
    """The borrower and everybody beside him sign."""
    for party in (None, *parties):
        said = {"party": party} if party else {}
        text = done(case.rm.get(f"{case.url}/credit-consent-text", said))
        signed = {"signature": signature(), "text_sha256": text["sha256"], "place": "广阳支行", **said}
        done(case.upload("credit-authorizations", **signed))


def asked(case: Case, parties: tuple[str, ...] = ()) -> None:
    """The bureau is asked about all of them, each for the reason of his part."""
    for party in (None, *parties):
        done(case.post("credit-reports", {"party": party} if party else {}, by=case.bank.query_officer))
    case.run_jobs()
    assert case.row.state == "INVESTIGATING"


def with_papers(case: Case, stage: str = "SUBMISSION") -> None:
    """Every paper that the checklist asks for."""
    for each in done(case.rm.get(f"{case.url}/materials"))["checklist"]:
        if each["stage"] == stage:
            for _ in range(each["filed"], each["pages"]):
                done(case.upload("materials", type=each["type"], file=picture()))


def looked_into(case: Case, *, income: str, outgo: str = "3000.00", place: str = "廊坊市广阳区新华路12号") -> None:
    """Interview on all that the product wants asked, worksheet, visit, and B's word."""
    began = clock.now() - timedelta(minutes=50)
    told = done(case.rm.get(f"{case.url}/interviews"))["topics_open"]
    if told:
        answers = [{"topic": topic, "answer": "已逐项核实，情况属实。"} for topic in told]
        talk = {"mode": "ON_SITE", "began_at": began.isoformat(), "place": place, "answers": answers}
        done(case.post("interviews", talk | {"ended_at": (began + timedelta(minutes=20)).isoformat()}))
    done(case.post("cash-flow-sheets", {"lines": [_SALARY | {"amount": income}, _LIVING | {"amount": outgo}]}))
    said = FINDINGS | {"monthly_income": income, "monthly_outgo": outgo, "monthly_debt": "0.00", "place": place}
    visited_at = (clock.now() - timedelta(hours=1)).isoformat()
    done(case.post("due-diligence", said | {"visited_at": visited_at}))
    case.answer_findings()
    done(case.post("due-diligence/confirm", {"note": "属实"}, by=case.bank.co_rm))


def granted(case: Case, **terms: Any) -> None:
    """Handed in, reviewed, approved by as many levels as it takes."""
    row = case.row
    done(case.post("submit"))
    done(lending.claim(case))
    done(lending.give_opinion(case))
    grant = {"amount": str(row.amount), "term_months": row.term_months, **terms}
    if done(lending.approve(case, **grant))["state"] == "IN_APPROVAL":
        done(lending.approve(case, **grant, by=case.bank.senior_approver))
    assert case.row.state == "APPROVED"


def signed(case: Case, **payee: Any) -> dict[str, Any]:
    """The cost shown and confirmed, the contract drawn up and signed by everybody; the contract as it reads."""
    shown = done(lending.show_cost(case))
    done(lending.confirm_cost(case, shown["sha256"]))
    drawn: dict[str, Any] = done(lending.draw_up(case, **payee))
    for number, signer in enumerate(drawn["signers"]):
        said = {"party": signer["party"]} if signer["party"] else {}
        done(lending.sign_contract(case, drawn["sha256"], recording_reference=f"SL-{number}", **said))
    assert case.row.state == "CONTRACTED"
    return drawn


def paid_out(case: Case) -> LoanAccount:
    """Asked for, released, paid by core banking."""
    done(lending.request(case, conditions_met="已落实"))
    done(lending.release(case))
    case.run_jobs()
    assert case.row.state == "DISBURSED", Payment.objects.values("state", "failure")
    found: LoanAccount = LoanAccount.objects.get(application=case.row)
    return found
