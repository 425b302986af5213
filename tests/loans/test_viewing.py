"""Looks at pictures: a copy under a watermark, a line in the log for each, and nothing of the original."""

import io
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from PIL import Image, ImageChops, ImageStat

from aladdin.audit import AuditEntry
from loans import evidence, viewing, watermark
from loans.models import Material, MaterialView, ViewPurpose
from organization.models import Staff
from tests.loans.builders import Case, done, picture, refused


@pytest.fixture
def filed(case: Case) -> dict[str, Any]:
    found: dict[str, Any] = done(case.draft().upload("materials", type="ID_CARD", file=picture(size=(1200, 900))))
    return found


def shown(case: Case, filed: dict[str, Any], by: Staff, path: str = "", **query: Any) -> Any:
    return case.phone(by).get(f"{case.url}/materials/{filed['id']}{path}", query)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=("JPEG",)).convert("RGB")


@pytest.mark.parametrize("path", ["", "/thumbnail"])
def test_what_is_shown_bears_the_watermark_all_over(case: Case, filed: dict[str, Any], path: str) -> None:
    row = Material.objects.get()
    name = row.thumbnail_file if path else row.copy_file
    clean = opened(evidence.fetch(name, key=case.customer.data_key()))
    marked = opened(shown(case, filed, case.bank.rm, path).content)
    assert marked.size == clean.size
    changed = ImageChops.difference(clean, marked).convert("L")
    width, height = changed.size
    for left in (0, width // 2):
        for top in (0, height // 2):
            quarter = changed.crop((left, top, left + width // 2, top + height // 2))
            assert ImageStat.Stat(quarter).extrema[0][1] > 20, "no quarter of it is of use without"


@pytest.mark.parametrize("shade", ["black", "white"])
def test_the_watermark_is_seen_on_black_and_on_white(shade: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), shade).save(out, "JPEG")
    marked = opened(watermark.marked(out.getvalue(), ("仅用于贷款申请", "王小明"))).convert("L")
    low, high = ImageStat.Stat(marked).extrema[0]
    assert high - low > 40


def test_it_says_for_what_of_which_case_who_and_when(case: Case, filed: dict[str, Any]) -> None:
    first, second = viewing.words(case.row, ViewPurpose.APPLICATION, case.bank.rm)
    assert (
        first
        == f"仅用于{case.row.product.name.removesuffix('贷款').removesuffix('贷')}贷款申请 {case.row.application_no}"
    )
    assert second.startswith(f"王小明 {case.bank.rm.employee_no} 20")


def test_every_look_is_a_line_of_its_own(case: Case, filed: dict[str, Any]) -> None:
    for by, path, query in (
        (case.bank.rm, "", {}),
        (case.bank.manager, "/thumbnail", {}),
        (case.bank.auditor, "", {}),
        (case.bank.rm, "", {"purpose": "POST_LOAN"}),
    ):
        assert shown(case, filed, by, path, **query).status_code == 200
    rows = MaterialView.objects.order_by("id")
    assert [(row.by, row.purpose, row.is_thumbnail) for row in rows] == [
        (case.bank.rm, "APPLICATION", False),
        (case.bank.manager, "APPLICATION", True),
        (case.bank.auditor, "AUDIT", False),
        (case.bank.rm, "POST_LOAN", False),
    ]
    assert all(row.ip and row.device for row in rows)
    assert AuditEntry.objects.filter(action="loan.view_material").count() == 4


def test_a_purpose_that_nobody_knows_is_refused_and_nothing_is_shown(case: Case, filed: dict[str, Any]) -> None:
    assert shown(case, filed, case.bank.rm, purpose="CURIOSITY").status_code == 400
    refused(shown(case, filed, case.bank.stranger), 404, "not_found")
    assert not MaterialView.objects.exists()


def test_looks_are_not_changed_afterwards(case: Case, filed: dict[str, Any]) -> None:
    shown(case, filed, case.bank.rm)
    for deed in (lambda: MaterialView.objects.update(purpose="AUDIT"), lambda: MaterialView.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


# --- Good enough? --------------------------------------------------------------------------------
def test_the_phone_is_told_when_another_shot_is_wanted(case: Case) -> None:
    case.draft()
    told = done(case.upload("materials", type="ID_CARD", file=picture(size=(400, 300))))["quality"]
    assert told["retake"]
    assert [each["code"] for each in told["problems"]][:2] == ["too_small", "blurred"]
    assert all("重新拍摄" in each["detail"] for each in told["problems"])
    listed = done(case.rm.get(f"{case.url}/materials"))["materials"]
    assert listed[0]["quality"] == told


def test_what_was_filed_before_pictures_were_judged_has_no_scores(case: Case, filed: dict[str, Any]) -> None:
    Material.objects.update(sharpness=None)
    assert done(case.rm.get(f"{case.url}/materials"))["materials"][0]["quality"] is None
