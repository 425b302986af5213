"""The public page of a paper, on a phone and on a desk, in a real browser under its own strict policy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from loans import contract_papers
from loans.models import LoanPaper
from tests.browser.conftest import Meanwhile, Window
from tests.loans.builders import Case, customer_of, shelf
from tests.loans.lending import contracted
from tests.notifications.builders import COMMITTED
from tests.world import Bank

pytestmark = [COMMITTED, pytest.mark.browser, pytest.mark.xdist_group("browser")]

Open = Callable[..., Window]
PHONE, DESK = 360, 1280


@pytest.fixture
def paper(bank: Bank, committed: None, meanwhile: Meanwhile, settings: object, tmp_path: Path) -> LoanPaper:
    """A signed contract that was given out as a sealed file."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]  # pytest-django's own wrapper

    def signed() -> LoanPaper:
        shelf(bank)
        case = contracted(Case(bank, lambda: 0, customer_of(bank.rm)))
        paper = LoanPaper.objects.get(contract__application=case.row, position=0)
        (tmp_path / "contract.pdf").write_bytes(contract_papers.issued(paper))
        return paper

    return meanwhile(signed)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_paper_is_looked_up_and_its_file_compared(paper: LoanPaper, window: Open, tmp_path: Path, width: int) -> None:
    visitor = window(width=width, height=780)
    page = visitor.page
    visitor.open("/verify/")
    visitor.keep_picture(f"verify-entry-{width}")
    page.get_by_label("核验码").fill(paper.code.lower())
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("heading", name="个人借款合同")).to_be_visible()
    expect(page.get_by_text("张*丰")).to_be_visible()
    assert visitor.overflow() == 0
    visitor.keep_picture(f"verify-paper-{width}")

    page.get_by_label("PDF 文件").set_input_files(tmp_path / "contract.pdf")
    page.get_by_role("button", name="比对").click()
    expect(page.get_by_role("status")).to_contain_text("一致")
    visitor.keep_picture(f"verify-same-{width}")

    (tmp_path / "changed.pdf").write_bytes((tmp_path / "contract.pdf").read_bytes() + b"%")
    page.get_by_label("PDF 文件").set_input_files(tmp_path / "changed.pdf")
    page.get_by_role("button", name="比对").click()
    expect(page.get_by_role("alert")).to_contain_text("不一致")
    visitor.keep_picture(f"verify-different-{width}")
    assert visitor.complaints == []


def test_an_unknown_code_on_a_phone(lending_bank: Bank, window: Open) -> None:
    visitor = window(width=PHONE, height=780)
    visitor.open("/verify/0123456789ABCDEF")
    expect(visitor.page.get_by_text("没有与此核验码对应的文件")).to_be_visible()
    assert visitor.overflow() == 0
    visitor.keep_picture("verify-unknown")
