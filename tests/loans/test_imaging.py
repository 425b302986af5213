"""Pictures: what is taken comes out upright, small and clean; what is not is refused with its reason."""

import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from loans import imaging, picture_processes
from loans.imaging import ImageRefused, Limits, Picture, normalise

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
GPS, ORIENTATION = 0x8825, 0x0112
SECRETS = (b"Exif", b"ICC_PROFILE", b"http://ns.adobe.com/xap", b"31.2304", b"shot at home", b"<script>", b"PK\x03\x04")


def saved(image: Image.Image, kind: str = "JPEG", **how: object) -> bytes:
    sheet = io.BytesIO()
    image.save(sheet, kind, **how)
    return sheet.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def four_corners(mode: str = "RGB") -> Image.Image:
    """Wider than high: red and green on top, blue and white below."""
    image = Image.new("RGB", (640, 320), WHITE)
    image.paste(RED, (0, 0, 320, 160))
    image.paste(GREEN, (320, 0, 640, 160))
    image.paste(BLUE, (0, 160, 320, 320))
    return image.convert(mode)


def photo(width: int, height: int) -> Image.Image:
    """As grainy as a phone's picture at night."""
    return Image.effect_noise((width // 4, height // 4), 60).resize((width, height)).convert("RGB")


def is_close(image: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    pixel = image.getpixel(at)
    assert isinstance(pixel, tuple)
    return all(abs(found - meant) < 40 for found, meant in zip(pixel, colour, strict=True))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def black_png(width: int, height: int) -> bytes:
    """One bit a pixel, all black: a few kilobytes, however large."""
    rows = zlib.compress(b"\0" * ((1 + (width + 7) // 8) * height), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def refusal(original: bytes, limits: Limits = imaging.USUAL) -> str:
    with pytest.raises(ImageRefused) as refused:
        normalise(original, limits)
    assert refused.value.message_zh
    return refused.value.code


# --- what comes out -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_comes_out_as_jpeg_with_thumbnail_and_digests(kind: str) -> None:
    original = saved(four_corners(), kind)
    picture = normalise(original)
    content, thumbnail = opened(picture.content), opened(picture.thumbnail)
    assert (content.format, content.mode, content.size) == ("JPEG", "RGB", (640, 320))
    assert (picture.width, picture.height) == (640, 320)
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (320, 160))
    assert picture.original_sha256 == hashlib.sha256(original).hexdigest()
    assert picture.sha256 == hashlib.sha256(picture.content).hexdigest()
    assert is_close(content, (100, 80), RED)
    assert is_close(thumbnail, (50, 120), BLUE)


def test_the_same_file_gives_the_same_bytes() -> None:
    original = saved(four_corners())
    assert normalise(original) == normalise(original)


def test_a_photo_of_twelve_megapixels_is_brought_within_the_budget() -> None:
    original = saved(photo(4000, 3000), quality=92)
    assert len(original) > 4_000_000
    picture = normalise(original)
    assert len(picture.content) <= 1_000_000
    assert max(picture.width, picture.height) <= 2400
    assert abs(picture.width / picture.height - 4 / 3) < 0.01


def test_a_plain_page_keeps_its_long_edge() -> None:
    picture = normalise(saved(Image.new("RGB", (3000, 4000), WHITE)))
    assert (picture.width, picture.height) == (1800, 2400)


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000)])
def test_no_picture_loses_an_edge(size: tuple[int, int]) -> None:
    picture = normalise(saved(Image.new("RGB", size), "PNG"))
    assert min(picture.width, picture.height) >= 1
    assert opened(picture.thumbnail).size >= (1, 1)


@pytest.mark.parametrize(
    "orientation,top_left,top_right",
    [
        (1, RED, GREEN),
        (2, GREEN, RED),
        (3, WHITE, BLUE),
        (4, BLUE, WHITE),
        (5, RED, BLUE),
        (6, BLUE, RED),
        (7, WHITE, GREEN),
        (8, GREEN, WHITE),
    ],
)
def test_a_turned_phone_gives_an_upright_picture(
    orientation: int, top_left: tuple[int, int, int], top_right: tuple[int, int, int]
) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = normalise(saved(four_corners(), exif=exif))
    content = opened(picture.content)
    assert content.size == ((320, 640) if orientation >= 5 else (640, 320))
    assert is_close(content, (20, 20), top_left)
    assert is_close(content, (content.width - 20, 20), top_right)


def test_an_orientation_that_cannot_be_read_does_not_cost_the_picture() -> None:
    picture = normalise(saved(four_corners(), exif=b"Exif\0\0" + b"\xff" * 40))
    assert (picture.width, picture.height) == (640, 320)


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "RGBA", "LA", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    image = Image.new("I;16", (640, 320), 65535) if mode == "I;16" else four_corners(mode)
    content = opened(normalise(saved(image, "JPEG" if mode == "CMYK" else "PNG")).content)
    assert content.mode == "RGB"
    assert is_close(content, (500, 240), WHITE)


def test_what_is_transparent_becomes_white() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    assert is_close(opened(normalise(saved(image, "PNG")).content), (32, 32), WHITE)
    palette = Image.new("P", (64, 64), 0)
    assert is_close(opened(normalise(saved(palette, "PNG", transparency=0)).content), (32, 32), WHITE)


def test_sixteen_bits_of_grey_keep_their_shade() -> None:
    image = Image.new("I;16", (64, 64), 128 * 256)
    assert is_close(opened(normalise(saved(image, "PNG")).content), (32, 32), (128, 128, 128))


def test_many_phones_may_send_at_once() -> None:
    original = saved(photo(1200, 900))
    with ThreadPoolExecutor(6) as phones:
        pictures = list(phones.map(normalise, [original] * 6))
    assert len(set(pictures)) == 1


# --- what does not come out -----------------------------------------------------------------------------


def holds_nothing_but_pixels(picture: Picture) -> bool:
    return all(
        not any(secret in content for secret in SECRETS)
        and not opened(content).getexif()
        and set(opened(content).info) <= {"jfif", "jfif_version", "jfif_density", "jfif_unit"}
        for content in (picture.content, picture.thumbnail)
    )


def jpeg_with_everything() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "shot at home"
    exif.get_ifd(GPS)[2] = (31.0, 13.0, 49.0)
    return saved(
        four_corners(),
        exif=exif,
        comment=b"shot at home",
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>31.2304</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )


def test_position_comment_and_profile_of_a_jpeg_are_gone() -> None:
    original = jpeg_with_everything()
    assert opened(original).getexif().get_ifd(GPS)
    assert holds_nothing_but_pixels(normalise(original))


def test_texts_of_a_png_are_gone() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "shot at home")
    texts.add_itxt("XML:com.adobe.xmp", "<x>31.2304</x>")
    assert holds_nothing_but_pixels(normalise(saved(four_corners(), "PNG", pnginfo=texts)))


@pytest.mark.parametrize(
    "tail", [b"\0" * 1000, b"\r\n", b"\0\0\0\x18ftypmp42" + b"film" * 100, b"SEFHnotes of the phone"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_a_camera_appends_is_gone(kind: str, tail: bytes) -> None:
    """A short film, notes of its maker, padding."""
    assert holds_nothing_but_pixels(normalise(saved(four_corners(), kind) + tail))


def test_of_several_pictures_in_a_file_the_first_comes_out() -> None:
    """Phones append a depth map or a brighter copy (MPO) to the JPEG itself."""
    original = saved(four_corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (640, 320))])
    assert is_close(opened(normalise(original).content), (100, 80), RED)


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "original",
    [
        b"",
        b"<!doctype html><title>photo.jpg</title><script>alert(1)</script>",
        b"%PDF-1.7\n",
        saved(four_corners("P"), "GIF"),
        saved(four_corners(), "BMP"),
        saved(four_corners(), "TIFF"),
        saved(four_corners(), "WEBP"),
    ],
    ids=["empty", "html", "pdf", "gif", "bmp", "tiff", "webp"],
)
def test_what_is_neither_jpeg_nor_png_is_no_image(original: bytes) -> None:
    assert refusal(original) == "not_an_image"


def cut_in_half(original: bytes) -> bytes:
    return original[: len(original) // 2]


def cut_in_the_header(original: bytes) -> bytes:
    return original[:12]


def overwritten(original: bytes) -> bytes:
    return original[:20] + b"\0" * 200 + original[220:]


@pytest.mark.parametrize("damage", [cut_in_half, cut_in_the_header, overwritten])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_damaged_picture_is_refused(kind: str, damage: Callable[[bytes], bytes]) -> None:
    assert refusal(damage(saved(photo(800, 600), kind))) == "image_damaged"


def test_a_text_that_unpacks_to_two_hundred_megabytes_is_refused() -> None:
    body = b"Comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9)
    sound = saved(four_corners(), "PNG")
    after_header = 8 + 25
    assert refusal(sound[:after_header] + png_chunk(b"zTXt", body) + sound[after_header:]) == "image_damaged"


def test_a_file_over_the_limit_is_refused_unread() -> None:
    original = saved(four_corners())
    assert refusal(original, Limits(file_bytes=len(original) - 1)) == "image_too_large"
    assert normalise(original, Limits(file_bytes=len(original))).width == 640


def test_a_decompression_bomb_is_refused() -> None:
    bomb = black_png(30_000, 30_000)
    assert len(bomb) < 200_000
    assert refusal(bomb) == "image_bomb"


def test_the_pixel_limit_is_exact() -> None:
    assert normalise(black_png(200, 100), Limits(pixels=20_000)).width == 200
    assert refusal(black_png(200, 100), Limits(pixels=19_999)) == "image_bomb"


def test_a_picture_that_needs_more_memory_than_allowed_is_refused() -> None:
    assert refusal(black_png(8_000, 8_000), Limits(memory=200_000_000)) == "image_bomb"


def test_a_picture_that_takes_too_long_is_refused() -> None:
    assert refusal(saved(four_corners()), Limits(wall_seconds=0.001)) == "image_timeout"


def test_a_picture_that_takes_too_much_processor_time_is_refused() -> None:
    endless = Limits(cpu_seconds=1, long_edge=8_000, budget=1)  # encoded again and again
    assert refusal(black_png(8_000, 8_000), endless) == "image_timeout"


def test_a_child_that_cannot_work_is_not_blamed_on_the_picture() -> None:
    with pytest.raises(RuntimeError, match="the picture's process failed"):
        normalise(saved(four_corners()), Limits(budget=1))


def test_the_child_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that would keep any Python from starting does not reach it."""
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    picture_processes.kept.close()  # the next is started in this environment
    assert normalise(saved(four_corners())).width == 640
    assert set(picture_processes._ENVIRONMENT) <= {"LD_LIBRARY_PATH"}


def test_a_process_that_is_gone_is_started_again() -> None:
    normalise(saved(four_corners()))
    process = picture_processes.kept._process
    assert process is not None
    process.kill()
    process.wait()
    assert normalise(saved(four_corners())).width == 640


def test_many_at_once_get_each_their_own_answer() -> None:
    sizes = [(100 + 10 * number, 80) for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda size: normalise(saved(Image.new("RGB", size, "red"))), sizes))
    assert [(picture.width, picture.height) for picture in made] == sizes


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300), st.integers(0, 2000), st.sampled_from(["JPEG", "PNG"]))
@example(b"\0", 2, "PNG")
def test_no_bytes_do_more_than_be_refused(junk: bytes, place: int, kind: str) -> None:
    sound = saved(four_corners(), kind)
    spoiled = sound[:place] + junk + sound[place + len(junk) :]
    try:
        picture = normalise(spoiled)
    except ImageRefused as refused:
        outcome = refused.code
    else:
        outcome = opened(picture.content).format or ""
    assert outcome in {"JPEG", "not_an_image", "image_damaged", "image_bomb", "image_polyglot"}
