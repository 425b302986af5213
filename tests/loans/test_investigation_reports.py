"""The investigators' report: made at each hand-in, sealed as it was, read by who decides with reasons and not numbers
alone."""

import hashlib
import io
import json
from typing import Any

import pypdfium2 as pdfium
import pytest
from django.db import DatabaseError, connection, transaction

from aladdin import clock, papers
from aladdin.audit import AuditEntry
from loans.diligence import reports
from loans.models import InvestigationReport, MaterialView
from tests.loans.builders import Case, done, identity_no, picture, refused
from tests.loans.lending import later
from tests.loans.test_cash_flow import enter
from tests.loans.test_contradictions import PLACE, moment, photograph
from tests.loans.test_interviews import VIDEO, talk
from tests.loans.test_investigation import report
from tests.loans.test_submissions import answer, report_again, returned
from tests.world import Phone


def told(case: Case, version: int = 1, *, by: Any = None) -> Any:
    """The report as a person reads it."""
    url = f"{case.url}/investigation-reports/{version}"
    return done(case.phone(by or case.bank.reviewer).get(url))


def pdf(case: Case, version: int = 1, *, by: Any = None) -> Any:
    return case.phone(by or case.bank.approver).get(f"{case.url}/investigation-reports/{version}/pdf")


def words_of(content: bytes) -> str:
    document = pdfium.PdfDocument(content)
    return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def looked_into(case: Case, *, debt_of_bureau: str = "9000.00") -> Case:
    """Interviews, a worksheet, photographs and an answered contradiction; then the file is handed in."""
    case.draft().accept().verify().authorize().query()
    row = case.row.credit_reports.get()
    type(row).objects.filter(pk=row.pk).update(monthly_payment=debt_of_bureau, debt_balance="20000.00")
    done(talk(case, with_colleague=True))
    done(talk(case, **VIDEO, place="", answers=[{"topic": "INCOME", "answer": "工资每月两万。"}]))
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    photograph(case, taken_at=moment(hours=1), **PLACE)
    done(enter(case))
    done(report(case, **PLACE))
    case.answer_findings()
    done(case.post("due-diligence/confirm", {"note": "与主办共同到场"}, by=case.bank.co_rm))
    return case.submit()


# --- What it tells -------------------------------------------------------------------------------
def test_who_decides_reads_facts_ratios_contradictions_photographs_and_reasons(case: Case) -> None:
    content = told(looked_into(case))["content"]
    assert content["loan"]["amount"] == "100000.00"
    ability = content["ability"]
    assert (ability["worksheet_version"], ability["debt_to_income"], ability["coverage"]) == (1, "50.19", "139.47")
    assert (ability["net_worth"], ability["instalment"]) == ("950000.00", "8537.85")
    (open_one,) = [each for each in content["contradictions"] if each["severity"] == "SERIOUS"]
    assert (open_one["code"], open_one["answer"]) == ("DEBT_BELOW_BUREAU", "已向客户核实，差异原因属实")
    assert open_one["answered_by"]["name"] == case.bank.rm.name
    (photo,) = content["photos"]
    assert (photo["latitude"], photo["longitude"], photo["metres_from_visit"]) == ("39.523900", "116.683800", 0)
    assert [each["mode"] for each in content["interviews"]] == ["现场面谈", "视频面谈"]
    assert content["interviews"][0]["accompanied_by"]["name"] == case.bank.co_rm.name
    assert content["interviews"][1]["recording_reference"] == VIDEO["recording_reference"]
    assert [each["part"] for each in content["opinions"]] == ["主办（A角）", "协办（B角）"]
    assert content["credit"][0]["monthly_payment"] == "9000.00"


def test_score_and_rules_never_come_without_their_reasons(case: Case) -> None:
    content = told(case.to("SUBMITTED"))["content"]
    score = content["score"]
    assert score["points"]
    assert score["meaning"]
    assert all(each["text"] and each["name"] and each["points"] <= each["most"] for each in score["reasons"])
    lost = [each["most"] - each["points"] for each in score["reasons"]]
    assert lost == sorted(lost, reverse=True), "what cost most stands first"
    assert "不作为批准或否决的依据" in score["note"]
    assert {"CUSTOMER_BLACKLISTED", "AGE_OUT_OF_RANGE"} <= {each["code"] for each in content["rules"]}
    assert all(each["explanation"] for each in content["rules"])


def test_persons_stand_masked_and_the_whole_is_sealed(case: Case) -> None:
    said = told(case.to("SUBMITTED"))
    customer = case.row.customer
    shown = json.dumps(said, ensure_ascii=False)
    assert customer.name not in shown
    assert customer.identity_no not in shown
    assert said["content"]["borrower"]["name"] == customer.masked_name()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(loans_investigationreport::text, '') FROM loans_investigationreport")
        assert "新房装修" not in cursor.fetchone()[0]


def test_what_a_guarantor_said_stays_with_his_interview(case: Case) -> None:
    """It is sealed with his own key, which the customer's report would outlive."""
    case.draft()
    person = {"role": "GUARANTOR", "relation": "FRIEND", "name": "李建国", "mobile": "13911112222"}
    party = done(case.post("parties", {**person, "identity_no": identity_no(), "identity_is_long_term": True}))
    case.accept()
    done(talk(case, party=party["id"], answers=[{"topic": "GUARANTEE", "answer": "自愿担保，知悉责任。"}]))
    assert case.rm.delete(f"{case.url}/parties/{party['id']}").status_code == 204
    case.verify().authorize().query().investigate().submit()
    (interview,) = told(case)["content"]["interviews"]
    assert interview["answers"] == [{"topic": "担保意愿与能力", "question": "", "answer": ""}]


# --- Who reads it --------------------------------------------------------------------------------
def test_each_reads_what_he_may(case: Case) -> None:
    """The RM wrote it, but score and rules are for who decides; the auditor sees no figures of the bureau."""
    looked_into(case)
    mine = told(case, by=case.bank.rm)["content"]
    assert (mine["score"], mine["rules"]) == (None, None)
    assert mine["credit"][0]["monthly_payment"] == "9000.00"
    audited = told(case, by=case.bank.auditor)["content"]
    assert audited["score"]["reasons"]
    assert audited["credit"] is None
    assert "DEBT_BELOW_BUREAU" not in [each["code"] for each in audited["contradictions"]]
    assert "9,000.00" not in json.dumps(audited, ensure_ascii=False)


def test_the_paper_is_for_who_reviews_and_who_approves(case: Case) -> None:
    case.to("SUBMITTED")
    for staff in (case.bank.reviewer, case.bank.approver):
        assert pdf(case, by=staff).status_code == 200
    for staff in (case.bank.rm, case.bank.auditor, case.bank.manager):
        refused(pdf(case, by=staff), 403, "not_permitted")
    refused(pdf(case, by=case.bank.other_rm), 403, "not_permitted")
    refused(Phone(case.bank.other_rm).get(f"{case.url}/investigation-reports"), 404, "not_found")
    refused(case.phone(case.bank.reviewer).get(f"{case.url}/investigation-reports/7"), 404, "not_found")
    refused(case.phone(case.bank.manager).get(f"{case.url}/investigation-reports"), 403, "not_permitted")


def test_who_read_it_is_on_record_and_the_pictures_count_as_looked_at(case: Case) -> None:
    looked_into(case)
    told(case)
    assert pdf(case).status_code == 200
    rows = AuditEntry.objects.filter(action__contains="investigation_report").order_by("id")
    assert [each.action for each in rows] == ["loan.read_investigation_report", "loan.open_investigation_report"]
    view = MaterialView.objects.get()
    assert (view.material.type, view.by, view.is_thumbnail) == ("SITE_PHOTO", case.bank.approver, True)


# --- Its versions --------------------------------------------------------------------------------
def test_without_a_hand_in_there_is_no_report(case: Case) -> None:
    case.to("READY")
    assert done(case.rm.get(f"{case.url}/investigation-reports")) == []


def test_handed_in_again_there_is_another_report_and_the_old_one_stays(case: Case) -> None:
    returned(case)
    before = told(case)
    answer(case)
    with clock.at(later(minutes=5)):
        report_again(case, opinion_text="补充走访后仍同意上报。")
        done(case.post("submit"))
        listed = done(case.phone(case.bank.reviewer).get(f"{case.url}/investigation-reports"))
    assert [each["version"] for each in listed] == [2, 1]
    assert told(case, 1) == before
    second = told(case, 2)["content"]
    assert second["returns"] == [{"round": 1, "text": "补充走访记录", "answer": "已补充"}]
    assert "主办意见说明" in [each["name"] for each in second["changes"]]
    assert second["opinions"][0]["text"] == "补充走访后仍同意上报。"


def test_its_digest_is_of_what_it_says_and_no_row_is_changed(case: Case) -> None:
    case.to("SUBMITTED")
    row = InvestigationReport.objects.get()
    assert row.sha256 == hashlib.sha256(row.content.encode()).hexdigest() == told(case)["sha256"]
    changes = (
        lambda: InvestigationReport.objects.update(sha256="0" * 64),
        lambda: InvestigationReport.objects.update(content_sealed=""),
        lambda: InvestigationReport.objects.all().delete(),
    )
    for change in changes:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


# --- The paper -----------------------------------------------------------------------------------
def test_the_paper_is_sealed_once_and_says_it_all(case: Case) -> None:
    looked_into(case)
    first, second = pdf(case), pdf(case)
    assert first.content == second.content
    assert papers.verify(first.content).is_genuine
    row = InvestigationReport.objects.get()
    assert row.file_sha256 == hashlib.sha256(first.content).hexdigest()
    words = words_of(first.content)
    for said in (
        "贷款尽职调查报告",
        "偿债收入比",
        "50.19%",
        "950,000.00元",
        "9,000.00元",
        "现场照片1",
        "39.5239,116.6838",
    ):
        assert said in words, said
    assert VIDEO["recording_reference"] in words
    assert case.row.customer.name not in words
    assert len(pdfium.PdfDocument(io.BytesIO(first.content))) >= 2


def test_what_nobody_opened_is_sealed_at_night(case: Case) -> None:
    case.to("SUBMITTED")
    assert reports.issue_waiting() == 1
    assert reports.issue_waiting() == 0
    assert InvestigationReport.objects.get().sealed_at is not None


def test_a_character_that_the_fonts_lack_does_not_stop_the_paper(case: Case) -> None:
    case.draft().accept().verify().authorize().query()
    for kind in ("ID_CARD", "ID_CARD", "INC_PROOF"):
        done(case.upload("materials", type=kind, file=picture()))
    done(report(case, interview="客户很满意😀，借款用于装修。"))
    case.answer_findings()
    done(case.post("due-diligence/confirm", by=case.bank.co_rm))
    case.submit()
    assert "客户很满意〓" in words_of(pdf(case).content)
