"""Back to a named step, handed in again, and what changed in between."""

from typing import Any

from aladdin import clock
from loans.models import ReturnItem
from tests.loans.builders import FINDINGS, Case, done, picture, refused
from tests.loans.lending import claim, later

RETURN: dict[str, Any] = {"reason_code": "INVESTIGATION_THIN", "items": ["补充走访记录"], "step": "DUE_DILIGENCE"}


def returned(case: Case, **said: Any) -> Case:
    case.to("SUBMITTED")
    done(claim(case))
    done(case.post("return", RETURN | said, by=case.bank.reviewer))
    return case


def answer(case: Case) -> None:
    for item in ReturnItem.objects.filter(application=case.row, answered_at=None):
        done(case.post(f"return-items/{item.pk}/answer", {"answer": "已补充"}))


def blocked(case: Case) -> list[str]:
    return [each["code"] for each in refused(case.post("submit"), 409, "transition_blocked")["blockers"]]


def report_again(case: Case, **said: Any) -> None:
    visited_at = (clock.now()).isoformat()
    done(case.post("due-diligence", {**FINDINGS, "visited_at": visited_at, **said}))
    done(case.post("due-diligence/confirm", {"note": "属实"}, by=case.bank.co_rm))


def test_a_case_goes_back_to_a_named_step_which_has_to_be_done_anew(case: Case) -> None:
    returned(case)
    (item,) = done(case.rm.get(case.url))["return_items"]
    assert (item["step"], item["reason_code"]) == ("DUE_DILIGENCE", "INVESTIGATION_THIN")
    told = done(case.rm.get(f"{case.url}/next"))["returned_to"]
    assert [(each["step"], each["items"]) for each in told] == [("DUE_DILIGENCE", ["补充走访记录"])]
    answer(case)
    assert blocked(case) == ["step_not_done_again"]
    with clock.at(later(minutes=5)):
        report_again(case)
        done(case.post("submit"))
    assert done(case.rm.get(f"{case.url}/next"))["returned_to"] == []


def test_back_to_identity_means_another_check(case: Case) -> None:
    returned(case, step="IDENTITY_CHECK", reason_code="MATERIALS_CONTRADICT")
    answer(case)
    assert blocked(case) == ["step_not_done_again"]
    with clock.at(later(minutes=5)):
        case.verify()
        done(case.post("submit"))


def test_only_to_a_step_that_the_product_has(case: Case) -> None:
    case.to("SUBMITTED")
    done(claim(case))
    answer = case.post("return", RETURN | {"step": "BUSINESS_INFORMATION"}, by=case.bank.reviewer)
    refused(answer, 422, "step_not_of_product")
    refused(case.post("return", RETURN | {"step": "KITCHEN"}, by=case.bank.reviewer), 400, "invalid")


def test_every_hand_in_is_kept_and_what_changed_is_told(case: Case) -> None:
    returned(case)
    with clock.at(later(minutes=5)):
        etag = case.rm.get(case.url)["ETag"]
        done(case.rm.patch(case.url, {"amount": "80000.00", "purpose_note": "厨房装修"}, etag=etag))
        done(case.upload("materials", type="BANK_FLOW", file=picture()))
        answer(case)
        report_again(case, monthly_outgo="7000.00")
        done(case.post("submit"))
    first, second = done(case.rm.get(f"{case.url}/submissions"))
    assert (first["round"], second["round"], first["changes"]) == (1, 2, [])
    changes = {each["field"]: each for each in second["changes"]}
    amount = changes["application.amount"]
    assert (amount["label"], amount["before"], amount["after"]) == ("申请金额", "100000.00", "80000.00")
    outgo = changes["due_diligence.monthly_outgo"]
    assert (outgo["label"], outgo["before"], outgo["after"]) == ("月生活或经营支出", "6000.00", "7000.00")
    assert len(changes["materials"]["after"]) == len(changes["materials"]["before"]) + 1
    assert not {name for name in changes if name.startswith("application.state") or "version" in name} - {
        "due_diligence.version"
    }
