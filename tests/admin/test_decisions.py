"""Hard rules and lists of persons in the back office: drafted by one, published by another, never changed after."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client

from aladdin import clock
from aladdin.audit import AuditEntry
from loans.decision import scorecards
from loans.models import DecisionRule, DecisionRuleVersion, ListedPerson
from organization.models import Staff
from tests.admin.conftest import Desk, filled_in, messages_of
from tests.crm.builders import credit_code
from tests.loans.builders import customer_of, identity_no
from tests.world import Bank

LISTED = "/admin/loans/listedperson/"


def press(client: Client, path: str) -> str:
    return client.post(path, {"_form_submitted": "on"}).headers.get("HX-Redirect", "")


def page(row: DecisionRuleVersion, name: str = "change") -> str:
    return f"/admin/loans/decisionruleversion/{row.pk}/{name}/"


def draft_of(client: Client, code: str = "QUERIED_OFTEN") -> DecisionRuleVersion:
    rule = DecisionRule.objects.get(code=code)
    assert press(client, f"/admin/loans/decisionrule/{rule.pk}/draft_next/")
    return rule.versions.get(version=2)


def test_one_drafts_another_publishes(product_managers: tuple[Staff, Staff], desk: Desk) -> None:
    maker, checker = map(desk, product_managers)
    draft = draft_of(maker)
    said = filled_in(maker, page(draft), outcome="BLOCK", explanation="近3个月查询{bureau_queries}，不予受理")
    assert maker.post(page(draft), said).status_code == 302
    assert press(maker, page(draft, "publish"))
    assert "须由经办人以外的人员" in messages_of(maker.get(page(draft)))[-1]
    assert press(checker, page(draft, "publish"))
    draft.refresh_from_db()
    assert (draft.state, draft.outcome, draft.published_by) == ("PUBLISHED", "BLOCK", product_managers[1])
    assert checker.post(page(draft), said).status_code == 403
    assert AuditEntry.objects.latest("id").action == "publish_decision_rule"


def test_a_condition_that_names_no_fact_stays_on_the_form(product_managers: tuple[Staff, Staff], desk: Desk) -> None:
    maker = desk(product_managers[0])
    draft = draft_of(maker)
    answer = maker.post(page(draft), filled_in(maker, page(draft), condition='{"fact": "zodiac", "is": "known"}'))
    assert answer.status_code == 200
    assert "没有名为“zodiac”的事实" in answer.content.decode()


def test_a_new_rule_begins_with_a_draft(product_managers: tuple[Staff, Staff], desk: Desk) -> None:
    maker = desk(product_managers[0])
    maker.post("/admin/loans/decisionrule/add/", {"code": "TOO_LONG", "name": "期限过长"})
    rule = DecisionRule.objects.get(code="TOO_LONG")
    add = "/admin/loans/decisionruleversion/add/"
    said = filled_in(
        maker,
        add,
        rule=str(rule.pk),
        stages=["SUBMISSION"],
        condition='{"fact": "term_months", "is": ">", "than": {"number": "48"}}',
        explanation="期限{term_months}过长",
        legal_basis="行务会〔2026〕3号",
        effective_from=f"{clock.today()}",
    )
    assert maker.post(add, said).status_code == 302
    draft = rule.versions.get()
    assert (draft.version, draft.state, draft.drafted_by) == (1, "DRAFT", product_managers[0])


# --- Lists ---------------------------------------------------------------------------------------
def entry(number: str, **changed: Any) -> dict[str, Any]:
    said = {"list": "BLACKLIST", "identity_no": number, "reason": "伪造收入证明", "effective_from": f"{clock.today()}"}
    return said | changed


def test_a_person_is_listed_by_his_number_which_is_not_kept(bank: Bank, desk: Desk) -> None:
    customer = customer_of(bank.rm)
    client = desk(bank.admin)
    assert client.post(f"{LISTED}add/", entry(customer.identity_no)).status_code == 302
    row = ListedPerson.objects.on(customer, clock.today()).get()
    deed = AuditEntry.objects.latest("id")
    assert (deed.action, deed.subject) == ("add_listedperson", f"listed-person/{row.pk}")
    assert customer.identity_no not in str(deed.detail)
    found = client.get(LISTED, {"q": customer.identity_no}).content.decode()
    assert "伪造收入证明" in found
    assert "伪造收入证明" not in client.get(LISTED, {"q": identity_no()}).content.decode()


def test_an_entry_ends_and_is_not_changed(bank: Bank, desk: Desk) -> None:
    client = desk(bank.admin)
    client.post(f"{LISTED}add/", entry(credit_code(7), list="RELATED_PARTY"))
    row = ListedPerson.objects.get()
    path = f"{LISTED}{row.pk}/change/"
    client.post(path, {"reason": "改写", "effective_to": f"{clock.today() + timedelta(days=1)}"})
    row.refresh_from_db()
    assert (row.reason, row.effective_to) == ("伪造收入证明", clock.today() + timedelta(days=1))
    answer = client.post(path, {"effective_to": f"{clock.today() - timedelta(days=1)}"})
    assert "失效日不能早于今日" in answer.content.decode()


def test_what_is_no_number_is_refused(bank: Bank, desk: Desk) -> None:
    answer = desk(bank.admin).post(f"{LISTED}add/", entry("131002199001010000"))
    assert "证件号码不正确" in answer.content.decode()
    assert not ListedPerson.objects.exists()


# --- Scorecards ----------------------------------------------------------------------------------
def test_a_scorecard_is_looked_through_and_published_by_another(
    product_managers: tuple[Staff, Staff], desk: Desk
) -> None:
    maker, checker = product_managers
    said = json.loads((Path(scorecards.__file__).parent / "scorecards" / "champion.json").read_text(encoding="utf-8"))
    draft = scorecards.load(said | {"version": 2}, by=maker)
    path = f"/admin/loans/scorecardversion/{draft.pk}"
    html = desk(maker).get(f"{path}/change/").content.decode()
    assert "最长连续逾期" in html
    assert "held_out" in html
    press(desk(maker), f"{path}/publish/")
    draft.refresh_from_db()
    assert draft.state == "DRAFT"
    press(desk(checker), f"{path}/publish/")
    draft.refresh_from_db()
    assert (draft.state, draft.published_by) == ("PUBLISHED", checker)
    assert scorecards.champion() == draft
