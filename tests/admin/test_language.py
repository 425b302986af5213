"""The back office speaks Chinese, where django-unfold itself does not."""

import gettext
import re

from django.conf import settings

from tests.admin.conftest import Desk
from tests.world import Bank

FOLDER = settings.ROOT / "organization" / "locale" / "zh_Hans" / "LC_MESSAGES"


def test_the_compiled_texts_are_those_of_the_source() -> None:
    source = dict(re.findall(r'msgid "(.+)"\nmsgstr "(.+)"', (FOLDER / "django.po").read_text()))
    with (FOLDER / "django.mo").open("rb") as compiled:
        said = gettext.GNUTranslations(compiled)
    assert source
    assert {text: said.gettext(text) for text in source} == source


def test_lists_speak_chinese(bank: Bank, desk: Desk) -> None:
    html = desk(bank.admin).get("/admin/organization/branch/").content.decode()
    assert "输入以搜索" in html
    assert "Type to search" not in html
