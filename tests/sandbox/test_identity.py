"""What the population register's stand-in answers, and why."""

import base64
import hashlib
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.sandbox.conftest import CREDENTIALS, Visitor

KEY, APP_KEY = CREDENTIALS.identity_key, CREDENTIALS.identity_app_key
NUMBER = "11010519491231002X"
DIGEST = hashlib.sha256(b"a picture").hexdigest()


async def ask(visitor: Visitor, path: str, content: dict[str, Any], app_key: str = APP_KEY) -> httpx.Response:
    return await visitor.signed_post(f"/identity/{path}", content, key=KEY, headers={"X-App-Key": app_key})


async def verify(visitor: Visitor, name: str, number: str = NUMBER) -> dict[str, Any]:
    asked = {"name": name, "identity_no": number, "business": "贷款申请"}
    return dict((await ask(visitor, "verify-citizen", asked)).json())


@pytest.mark.parametrize(
    "name,code",
    [("王小明", "00"), ("王旧", "01"), ("王异", "02"), ("王无", "03"), ("王障", "04")],
)
async def test_the_name_s_last_character_decides(visitor: Visitor, name: str, code: str) -> None:
    answer = await verify(visitor, name)
    assert answer["code"] == code
    assert ("photo" in answer) is (code == "00")


async def test_the_photo_is_a_picture(visitor: Visitor) -> None:
    photo = base64.b64decode((await verify(visitor, "王小明"))["photo"])
    picture = Image.open(io.BytesIO(photo), formats=["JPEG"])
    assert picture.size == (178, 220)


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "abc", "11010519491231002x"])
async def test_a_wrong_check_digit_is_bad_input(visitor: Visitor, number: str) -> None:
    assert (await verify(visitor, "王小明", number))["code"] == "05"


async def test_a_registered_citizen_matches_the_own_name_only(visitor: Visitor) -> None:
    await visitor.scene("identity/citizens", {"identity_no": NUMBER, "name": "李无"})
    assert [(await verify(visitor, name))["code"] for name in ("李无", "王小明")] == ["00", "02"]


async def test_a_registered_citizen_may_have_no_photo(visitor: Visitor) -> None:
    await visitor.scene("identity/citizens", {"identity_no": NUMBER, "name": "李无", "photo": False})
    assert (await verify(visitor, "李无"))["code"] == "01"
    face = await ask(visitor, "face-match", {"identity_no": NUMBER, "photo_digest": DIGEST})
    assert (face.json()["code"], face.json()["score"]) == ("03", None)


async def test_a_picture_and_its_digest_have_one_likeness(visitor: Visitor) -> None:
    picture = base64.b64encode(b"a picture").decode()
    answers = [
        await ask(visitor, "face-match", {"identity_no": NUMBER, **face})
        for face in ({"image": picture}, {"photo_digest": DIGEST})
    ]
    first, second = (each.json()["score"] for each in answers)
    assert first == second
    assert 90 <= first <= 99


async def test_a_likeness_can_be_set(visitor: Visitor) -> None:
    await visitor.scene("identity/faces", {"identity_no": NUMBER, "score": 41})
    face = await ask(visitor, "face-match", {"identity_no": NUMBER, "photo_digest": DIGEST})
    assert face.json()["score"] == 41


@pytest.mark.parametrize("code", ["03", "06", "07", "08"])
async def test_a_face_may_be_made_to_fail_until_a_score_is_set(visitor: Visitor, code: str) -> None:
    await visitor.scene("identity/faces", {"identity_no": NUMBER, "code": code})
    asked = {"identity_no": NUMBER, "photo_digest": DIGEST}
    face = (await ask(visitor, "face-match", asked)).json()
    assert (face["code"], face["score"]) == (code, None)
    assert face["message"]
    await visitor.scene("identity/faces", {"identity_no": NUMBER, "score": 88})
    assert (await ask(visitor, "face-match", asked)).json()["score"] == 88


@pytest.mark.parametrize("face", [{"image": "no base64!"}, {"photo_digest": "short"}, {}])
async def test_no_picture_no_likeness(visitor: Visitor, face: dict[str, str]) -> None:
    assert (await ask(visitor, "face-match", {"identity_no": NUMBER, **face})).status_code == 400


async def test_the_day_s_limit(visitor: Visitor) -> None:
    await visitor.fault("identity", "verify_citizen", "limit")
    assert (await verify(visitor, "王小明"))["code"] == "limit"


async def test_an_unknown_application_is_refused(visitor: Visitor) -> None:
    asked = {"name": "王小明", "identity_no": NUMBER, "business": "贷款申请"}
    assert (await ask(visitor, "verify-citizen", asked, app_key="somebody")).status_code == 401
