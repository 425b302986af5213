"""What the darkroom refuses besides, how it judges pictures, what it takes for the same, and pages of PDFs."""

import io
import struct
import zipfile
from decimal import Decimal

import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, PngImagePlugin

from demo import camera, cards
from loans import imaging, likeness
from loans.imaging import ImageRefused, Limits, Picture, normalise, page, pages


def saved(image: Image.Image, kind: str = "JPEG", **how: object) -> bytes:
    sheet = io.BytesIO()
    image.save(sheet, kind, **how)
    return sheet.getvalue()


def scene(seed: str = "1") -> Image.Image:
    """A card on a table, as a phone sees it."""
    card = cards.identity_front(cards.somebody(seed)).image
    shot = camera.Shot(seed=seed, size=(1200, 900), turn=2, grain=0.1)
    return Image.open(io.BytesIO(camera.photograph(card, shot).content))


SCENE = saved(scene())


def refusal(original: bytes) -> str:
    with pytest.raises(ImageRefused) as refused:
        normalise(original)
    assert refused.value.message_zh
    return refused.value.code


# --- Two things at once --------------------------------------------------------------------------
def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evil.html", "<b>hello</b>")
    return out.getvalue()


def with_comment(picture: bytes, comment: bytes) -> bytes:
    """A JPEG with a comment segment before everything else."""
    return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + picture[2:]


@pytest.mark.parametrize(
    "tail",
    [
        archive(),
        b"%PDF-1.7\n",
        b"MZ\x90\0",
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"Rar!\x1a\x07\x01\0",
        b"7z\xbc\xaf\x27\x1c",
        b"\0\0\n<SCRIPT>alert(1)</SCRIPT>",
        b"<?php system($_GET[0]); ?>",
    ],
    ids=["zip", "pdf", "exe", "elf", "shell", "rar", "7z", "script", "php"],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_is_something_else_as_well_is_refused(kind: str, tail: bytes) -> None:
    small = saved(Image.new("RGB", (64, 64), "red"), kind)
    assert refusal(small + tail) == "image_polyglot"


def test_what_hides_in_a_comment_is_found() -> None:
    assert refusal(with_comment(SCENE, b"*/=alert(1)<script>")) == "image_polyglot"
    assert refusal(with_comment(SCENE, b"%PDF-1.4 1 0 obj")) == "image_polyglot"
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "<?php phpinfo(); ?>")
    assert refusal(saved(Image.new("RGB", (64, 64)), "PNG", pnginfo=text)) == "image_polyglot"


def test_an_archive_whose_comment_reaches_to_the_end_is_found() -> None:
    """Its directory lies inside the picture; what follows is declared to be its comment."""
    packed = archive()
    head, tail = packed[:-22], bytearray(packed[-22:])
    rest = SCENE[2:]
    room = 60_000
    small = saved(Image.new("RGB", (64, 64), "red"))
    picture = with_comment(small, head + bytes(tail))
    place = picture.rfind(b"PK\x05\x06")
    left = len(picture) - place - 22
    assert left < room
    spoiled = bytearray(picture)
    spoiled[place + 20 : place + 22] = left.to_bytes(2, "little")
    assert refusal(bytes(spoiled)) == "image_polyglot"
    assert normalise(SCENE).width == 1200
    assert rest


# --- Within the budget ---------------------------------------------------------------------------
@pytest.mark.parametrize("budget", [400_000, 120_000, 20_000])
def test_the_copy_is_as_good_as_its_budget_allows(budget: int) -> None:
    noisy = saved(Image.effect_noise((1200, 900), 80).convert("RGB"), quality=95)
    picture = normalise(noisy, Limits(budget=budget))
    assert 0.6 * budget < len(picture.content) <= budget
    assert abs(picture.width / picture.height - 4 / 3) < 0.02


def test_a_picture_within_the_budget_keeps_its_size() -> None:
    picture = normalise(SCENE, Limits(budget=2_000_000))
    assert (picture.width, picture.height) == (1200, 900)


# --- How good it is ------------------------------------------------------------------------------
def sharpness(image: Image.Image) -> Decimal:
    return normalise(saved(image)).scores.sharpness


def test_the_blurrier_the_less_sharp() -> None:
    scores = [sharpness(scene().filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 2, 4, 8)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 10 * scores[-1]


def test_sharpness_does_not_hang_on_the_camera() -> None:
    card = cards.identity_front(cards.somebody("1")).image
    small, large = (
        normalise(camera.photograph(card, camera.Shot(seed="1", size=size, grain=0.0)).content).scores.sharpness
        for size in ((1200, 900), (2400, 1800))
    )
    assert Decimal("0.5") < small / large < 2


def test_glare_is_the_share_that_is_burnt_out() -> None:
    dazzled = scene()
    ImageDraw.Draw(dazzled).ellipse((400, 300, 800, 600), fill="white")
    clean, spotted = normalise(SCENE).scores.glare, normalise(saved(dazzled)).scores.glare
    assert clean < Decimal("0.01")
    assert Decimal("0.06") < spotted < Decimal("0.10")  # 94,000 of 1,080,000 pixels


def test_white_paper_is_no_glare() -> None:
    sheet = Image.new("RGB", (1000, 1400), "white")
    ImageDraw.Draw(sheet).rectangle((100, 100, 900, 140), fill="black")
    assert normalise(saved(sheet)).scores.glare == 0


def test_a_dark_picture_is_dark() -> None:
    dark = ImageEnhance.Brightness(scene()).enhance(0.15)
    assert normalise(saved(dark)).scores.brightness < 30 < normalise(SCENE).scores.brightness


# --- What it looks like --------------------------------------------------------------------------
def apart(one: Picture, other: Picture) -> int:
    return (int(one.perceptual_hash, 16) ^ int(other.perceptual_hash, 16)).bit_count()


@pytest.mark.parametrize("change", ["smaller", "worse", "paler", "darker", "png"])
def test_the_same_picture_sent_again_is_the_same(change: str) -> None:
    again = {
        "smaller": lambda: saved(scene().resize((640, 480))),
        "worse": lambda: saved(scene(), quality=30),
        "paler": lambda: saved(ImageEnhance.Contrast(scene()).enhance(0.7)),
        "darker": lambda: saved(ImageEnhance.Brightness(scene()).enhance(0.8)),
        "png": lambda: saved(scene(), "PNG"),
    }[change]()
    one, other = normalise(SCENE), normalise(again)
    assert apart(one, other) <= 6
    assert likeness.difference(one.thumbnail, other.thumbnail) <= 8


@pytest.mark.parametrize("seed", ["2", "3"])
def test_another_persons_card_held_the_same_way_looks_alike_but_is_another(seed: str) -> None:
    card = cards.identity_front(cards.somebody(seed)).image
    shot = camera.Shot(seed="1", size=(1200, 900), turn=2, grain=0.1)
    one, other = normalise(SCENE), normalise(camera.photograph(card, shot).content)
    assert apart(one, other) <= 6
    assert likeness.difference(one.thumbnail, other.thumbnail) > 24


def test_pictures_of_other_proportions_are_others() -> None:
    tall = normalise(saved(scene().crop((0, 0, 600, 900))))
    assert likeness.difference(normalise(SCENE).thumbnail, tall.thumbnail) == 255


def test_a_picture_of_nothing_looks_like_nothing() -> None:
    blank = normalise(saved(Image.new("RGB", (640, 480), (200, 200, 200))))
    assert blank.perceptual_hash == ""
    assert len(normalise(SCENE).perceptual_hash) == 16


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=7))
def test_hashes_that_differ_in_up_to_seven_bits_share_a_probe(number: int, bits: set[int]) -> None:
    """Whatever the bits: else a look-alike could be missed."""
    other = number
    for bit in bits:
        other ^= 1 << bit
    assert set(likeness._probes(f"{number:016x}")) & set(likeness._bands(f"{other:016x}"))


# --- Pages ---------------------------------------------------------------------------------------
def document(count: int = 2) -> bytes:
    sheets = [Image.new("RGB", (595, 842), "white") for _ in range(count)]
    for number, sheet in enumerate(sheets):
        ImageDraw.Draw(sheet).rectangle((100, 100 + 60 * number, 500, 140 + 60 * number), fill="red")
    return saved(sheets[0], "PDF", save_all=True, append_images=sheets[1:])


def refusal_of(original: bytes, limits: Limits = imaging.USUAL) -> str:
    with pytest.raises(ImageRefused) as refused:
        pages(original, limits)
    assert refused.value.message_zh
    return refused.value.code


def test_each_page_is_made_anew_as_a_picture() -> None:
    original = document(2)
    assert pages(original) == 2
    first, second = page(original, 0), page(original, 1)
    assert first.content[:3] == b"\xff\xd8\xff"
    assert max(first.width, first.height) == 2400
    assert first.original_sha256 == second.original_sha256
    assert first.sha256 != second.sha256


def test_pages_that_are_not_taken() -> None:
    sound = document(3)
    assert refusal_of(sound, Limits(pages=2)) == "pdf_too_many_pages"
    assert refusal_of(sound[: len(sound) // 2]) == "pdf_damaged"
    assert refusal_of(b"%PDF-1.7\n%%EOF\n") == "pdf_damaged"
    assert refusal_of(SCENE) == "not_a_pdf"
    assert refusal_of(b"GIF89a" + sound) == "not_a_pdf"
    assert refusal_of(sound + b"x" * 2000) == "pdf_polyglot"
    assert refusal_of(sound, Limits(file_bytes=100)) == "image_too_large"
    with pytest.raises(ImageRefused, match="pdf_damaged"):
        page(sound, 9)


def test_a_document_without_pages_is_empty() -> None:
    out = io.BytesIO()
    pdfium.PdfDocument.new().save(out)
    assert refusal_of(out.getvalue()) in {"pdf_empty", "pdf_damaged"}


def test_a_page_as_wide_as_a_wall_stays_within_the_picture() -> None:
    wall = pdfium.PdfDocument.new()
    wall.new_page(14_400, 14_400)
    out = io.BytesIO()
    wall.save(out)
    picture = page(out.getvalue(), 0)
    assert (picture.width, picture.height) == (2400, 2400)
