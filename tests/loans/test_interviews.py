"""Interviews: face to face, or recorded on the bank's own platform; the product says what has to be asked."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from aladdin import clock
from loans.models import Interview, InterviewAnswer
from tests.loans.builders import Case, done, identity_no, picture, refused
from tests.loans.configuring import another_product, in_force_from_today
from tests.loans.test_investigation import report

ANSWERS = [{"topic": "PURPOSE", "question": "借款做什么？", "answer": "新房装修，已与装饰公司签约。"}]
VIDEO: dict[str, Any] = {"mode": "VIDEO", "platform": "BANK_VIDEO", "recording_reference": "SP-20261124-0007"}


def talk(case: Case, *, by: Any = None, **said: Any) -> Any:
    began = clock.now() - timedelta(minutes=40)
    told = {
        "mode": "ON_SITE",
        "began_at": began.isoformat(),
        "ended_at": (began + timedelta(minutes=20)).isoformat(),
        "place": "客户住所",
        "answers": ANSWERS,
    }
    return case.post("interviews", told | said, by=by)


def test_an_interview_is_kept_with_its_answers_sealed(case: Case) -> None:
    case.to("ACCEPTED")
    told = done(talk(case, with_colleague=True))
    assert told["interviewer"]["name"] == case.bank.rm.name
    assert told["accompanied_by"]["name"] == case.bank.co_rm.name
    assert told["answers"][0] == {
        "topic": "PURPOSE",
        "topic_label": "贷款用途与交易对手",
        "question": "借款做什么？",
        "answer": "新房装修，已与装饰公司签约。",
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(loans_interviewanswer::text, '') FROM loans_interviewanswer")
        assert "装饰公司" not in cursor.fetchone()[0]
    shown = done(case.phone(case.bank.co_rm).get(f"{case.url}/interviews"))
    assert [each["id"] for each in shown["interviews"]] == [told["id"]]


def test_by_video_it_is_recorded_on_the_banks_own_platform(case: Case) -> None:
    case.to("ACCEPTED")
    refused(talk(case, mode="VIDEO"), 422, "interview_not_recorded")
    refused(talk(case, **(VIDEO | {"recording_reference": ""})), 422, "interview_not_recorded")
    refused(talk(case, **(VIDEO | {"platform": "WECHAT"})), 400, "invalid")
    assert done(talk(case, **VIDEO, place=""))["recording_reference"] == "SP-20261124-0007"
    refused(talk(case, **VIDEO), 409, "recording_used")


@pytest.mark.parametrize(
    "said,status,code",
    [
        ({"place": ""}, 422, "interview_place_missing"),
        ({"ended_at": "2020-01-01T10:00:00+08:00"}, 422, "interview_times"),
        ({"ended_at": "2999-01-01T10:00:00+08:00"}, 422, "interview_times"),
        ({"answers": ANSWERS * 2}, 422, "topic_repeated"),
        ({"answers": []}, 400, "invalid"),
        ({"answers": [{"topic": "WEATHER", "answer": "晴"}]}, 400, "invalid"),
        ({"party": "01a21039-748c-741d-b861-7829ea258896"}, 404, "not_found"),
        ({"latitude": "91"}, 400, "invalid"),
    ],
)
def test_what_was_no_interview_is_not_written_down(case: Case, said: dict[str, Any], status: int, code: str) -> None:
    case.to("ACCEPTED")
    refused(talk(case, **said), status, code)
    assert not Interview.objects.exists()


def test_a_and_b_write_it_down_and_nobody_else(case: Case) -> None:
    case.to("ACCEPTED")
    done(talk(case, by=case.bank.co_rm))
    refused(talk(case, by=case.bank.manager), 403, "not_permitted")
    refused(talk(case, by=case.bank.other_rm), 404, "not_found")
    refused(talk(case, by=case.bank.reviewer), 403, "not_permitted")


def test_without_b_nobody_went_along(case: Case) -> None:
    case.draft(co_investigator=None).accept()
    refused(talk(case, with_colleague=True), 422, "colleague_missing")


def test_not_before_acceptance_and_not_after_submission(case: Case) -> None:
    case.draft()
    refused(talk(case), 409, "wrong_state_for_investigation")
    case.accept().verify().authorize().query().investigate().submit()
    refused(talk(case), 409, "wrong_state_for_investigation")


def test_a_guarantors_answers_are_sealed_with_his_own_key(case: Case) -> None:
    case.draft()
    person = {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国", "mobile": "13911112222"}
    party = done(case.post("parties", {**person, "identity_no": identity_no(), "identity_is_long_term": True}))
    case.accept()
    done(talk(case, party=party["id"], answers=[{"topic": "GUARANTEE", "answer": "自愿担保，知悉责任。"}]))
    row = InterviewAnswer.objects.get()
    assert row.answer == "自愿担保，知悉责任。"
    assert row.data_key() == case.row.parties.get().data_key() != case.customer.data_key()


def test_a_product_says_what_has_to_be_asked(case: Case) -> None:
    topics = ["PURPOSE", "INCOME", "DEBTS"]
    in_force_from_today("PERSONAL_CONSUMPTION", maker=case.bank.product_manager, interview_topics=topics)
    case.draft().accept().verify().authorize().query()
    done(talk(case))
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    done(report(case))
    case.answer_findings()
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    content = refused(case.post("submit"), 409, "transition_blocked")
    assert content["blockers"] == [
        {"code": "interview_topics_open", "detail": "面谈尚未询问：收入来源、负债与对外担保", "field": "interviews"}
    ]
    assert done(case.rm.get(f"{case.url}/interviews"))["topics_open"] == ["INCOME", "DEBTS"]
    done(talk(case, answers=[{"topic": topic, "answer": "如实陈述"} for topic in topics[1:]]))
    case.submit()


def test_housing_is_not_talked_about_by_video(case: Case) -> None:
    maker = case.bank.product_manager
    code = another_product("HOUSE", like="PERSONAL_CONSUMPTION", maker=maker, kind="HOUSING")
    case.draft(product=code).accept()
    refused(talk(case, **VIDEO), 422, "video_not_allowed")
    done(talk(case))


def test_what_was_said_stays_said(case: Case) -> None:
    case.to("ACCEPTED")
    done(talk(case))
    changes = (
        lambda: InterviewAnswer.objects.all().delete(),
        lambda: InterviewAnswer.objects.update(topic="INCOME"),
        lambda: Interview.objects.update(place="别处"),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


# --- The visit and the people --------------------------------------------------------------------
def looked_into(case: Case, **findings: Any) -> Case:
    """Everything but B's confirmation."""
    case.verify().authorize().query()
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    done(report(case, **findings))
    case.answer_findings()
    return case


def blocked(case: Case) -> list[str]:
    return [each["code"] for each in refused(case.post("submit"), 409, "transition_blocked")["blockers"]]


def test_a_visit_by_video_is_one_only_with_its_recording(case: Case) -> None:
    looked_into(case.draft().accept(), visit="VIDEO")
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    assert blocked(case) == ["interview_not_recorded"]
    done(talk(case))
    assert blocked(case) == ["interview_not_recorded"], "it was face to face"
    done(talk(case, **VIDEO, place=""))
    case.submit()


def test_a_small_loan_of_a_product_that_wants_one_investigator_needs_no_b(case: Case) -> None:
    maker = case.bank.product_manager
    in_force_from_today("PERSONAL_CONSUMPTION", maker=maker, two_investigators_above=Decimal(100_000))
    looked_into(case.draft(co_investigator=None).accept())
    case.submit()


def test_the_same_loan_needs_b_where_the_product_wants_two(case: Case) -> None:
    maker = case.bank.product_manager
    in_force_from_today("PERSONAL_CONSUMPTION", maker=maker, two_investigators_above=Decimal("99999.99"))
    looked_into(case.draft().accept())
    assert blocked(case) == ["co_investigator_not_confirmed"]
    refused(case.post("due-diligence/confirm"), 403, "separation_of_duties")
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    case.submit()
