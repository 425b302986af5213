"""Contract texts in the back office: written by one, published by another, seen before they are."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from aladdin import clock
from aladdin.audit import AuditEntry
from loans.models import ContractTemplate
from organization.models import Staff
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.admin.test_configuration import press
from tests.world import Bank

LIST = "/admin/loans/contracttemplate/"


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def guarantee() -> ContractTemplate:
    return ContractTemplate.objects.get(code="PERSONAL_GUARANTEE", version=1)


def page(template: ContractTemplate) -> str:
    return f"{LIST}{template.pk}/change/"


def drafted(maker: Client) -> ContractTemplate:
    assert press(maker, f"{LIST}{guarantee().pk}/draft_next/")
    return ContractTemplate.objects.get(code="PERSONAL_GUARANTEE", version=2)


def say(client: Client, template: ContractTemplate, position: int, text: str) -> Any:
    """Put other words into one clause of a draft."""
    form = filled_in(client, page(template))
    (row,) = [name for name, value in form.items() if name.endswith("-position") and value == position]
    return client.post(page(template), form | {row.replace("-position", "-text"): text})


def state_of(template: ContractTemplate) -> str:
    return ContractTemplate.objects.get(pk=template.pk).state


def test_the_next_version_is_written_by_one_and_published_by_another(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker, checker = map(desk, product_managers)
    draft = drafted(maker)
    assert draft.clauses.count() == guarantee().clauses.count()
    assert say(maker, draft, 2, "{{ guarantor }}为{{ borrower }}的{{ contract_no }}号合同担保。").status_code == 302
    assert press(maker, f"{LIST}{draft.pk}/submit/")
    assert maker.post(f"{LIST}{draft.pk}/publish/", {"_form_submitted": "on"}).status_code == 403
    assert press(checker, f"{LIST}{draft.pk}/publish/")
    draft.refresh_from_db()
    assert (draft.state, draft.maker, draft.checker) == ("PUBLISHED", *product_managers)
    assert AuditEntry.objects.latest("id").action == "publish_contract_template"


def test_a_checker_gives_back_with_a_reason_and_the_maker_hands_in_again(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker, checker = map(desk, product_managers)
    draft = drafted(maker)
    press(maker, f"{LIST}{draft.pk}/submit/")
    assert press(checker, f"{LIST}{draft.pk}/send_back/", reason="") == ""
    assert press(checker, f"{LIST}{draft.pk}/send_back/", reason="第三条不清")
    draft.refresh_from_db()
    assert (draft.state, draft.returned_because) == ("DRAFT", "第三条不清")
    assert press(maker, f"{LIST}{draft.pk}/submit/")
    assert state_of(draft) == "SUBMITTED"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("借款人{{ borower }}", "不认识的变量：borower"),
        ("借款人{{ collateral }}", "不认识的变量：collateral"),
        ("借款人{ borrower }", "应写作"),
        ("不写名字", "未载明保证人姓名"),
    ],
)
def test_words_that_nobody_knows_or_that_are_missing_are_not_handed_in(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff], text: str, reason: str
) -> None:
    maker = desk(product_managers[0])
    draft = drafted(maker)
    say(maker, draft, 2, text)
    press(maker, f"{LIST}{draft.pk}/submit/")
    assert state_of(draft) == "DRAFT"
    assert reason in messages_of(maker.get(page(draft)))[-1]


def test_what_is_published_or_somebody_elses_draft_is_only_read(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker, other = map(desk, product_managers)
    draft = drafted(maker)
    for client, template in ((maker, guarantee()), (other, draft)):
        before = template.clauses.get(position=1).text
        assert client.post(page(template), {"title": "别的标题"}).status_code == 403
        assert template.clauses.get(position=1).text == before
    assert press(maker, f"{LIST}{guarantee().pk}/draft_next/")
    assert ContractTemplate.objects.filter(code="PERSONAL_GUARANTEE").count() == 2
    assert "该模板已有未发布的版本" in messages_of(maker.get(page(draft)))[-1]


def test_a_new_template_is_begun_on_an_empty_page(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker = desk(product_managers[0])
    said = {
        "code": "FARMER_LOAN",
        "title": "农户借款合同",
        "document": "LOAN_CONTRACT",
        "effective_from": f"{tomorrow()}",
        "clauses-0-position": "1",
        "clauses-0-number": "第一条",
        "clauses-0-text": "借款金额",
        "clauses-TOTAL_FORMS": "1",
    }
    form = filled_in(maker, f"{LIST}add/") | said
    assert maker.post(f"{LIST}add/", form).status_code == 302
    template = ContractTemplate.objects.get(code="FARMER_LOAN")
    assert (template.version, template.state, template.maker) == (1, "DRAFT", product_managers[0])
    press(maker, f"{LIST}{template.pk}/submit/")
    assert "未载明借款金额" in messages_of(maker.get(page(template)))[-1]


def test_every_reader_sees_the_preview_as_a_pdf(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    for staff in (product_managers[0], lending_bank.admin):
        for template in ContractTemplate.objects.all():
            answer = desk(staff).get(f"{LIST}{template.pk}/preview/")
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
            assert answer.content.startswith(b"%PDF")


def test_a_preview_of_unfit_words_says_what_is_wrong(
    lending_bank: Bank, desk: Desk, product_managers: tuple[Staff, Staff]
) -> None:
    maker = desk(product_managers[0])
    draft = drafted(maker)
    say(maker, draft, 2, "借款人{{ nobody }}")
    answer = maker.get(f"{LIST}{draft.pk}/preview/", follow=True)
    assert "不认识的变量：nobody" in messages_of(answer)[-1]


def test_the_system_administrator_only_reads(lending_bank: Bank, desk: Desk) -> None:
    client = desk(lending_bank.admin)
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{guarantee().pk}/draft_next/", {"_form_submitted": "on"}).status_code == 403
