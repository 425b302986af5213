"""The bank's papers: the same bytes for the same content, its fonts within, and a seal that betrays any change."""

import base64
import importlib
import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.generic import NameObject, TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from aladdin.papers import (
    Block,
    Clause,
    Facts,
    Heading,
    NoSeal,
    PageBreak,
    Paper,
    Paragraph,
    Picture,
    SignatureBox,
    Table,
    Unprintable,
    render,
    seal,
    verify,
)

DAY = date(2026, 9, 1)


def picture(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(out, kind)
    return out.getvalue()


def paper(*blocks: Block, **other: str) -> Paper:
    return Paper("个人借款合同", "HT-2026-000001", blocks, dated=DAY, **other)


def pages(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


EVERYTHING: tuple[Block, ...] = (
    Heading("第一部分　一般条款"),
    Paragraph("借贷双方经平等协商，订立本合同。\n另起一段。"),
    Clause("第一条", "借款金额"),
    Clause("1.1", "借款金额为人民币叁拾万元整。", emphasis=True),
    Clause("1.1.1", "如分笔发放，以借据为准。"),
    Facts([("借款人", "张三"), ("年利率", "3.65%"), ("期限", "12个月")], columns=2),
    Facts([("借款人", "张三")]),
    Table(["期次", "本金（元）"], [["1", "25,000.00"], ["合计", "25,000.00"]], ["center", "right"], total=True),
    Picture(picture("JPEG"), 40, "现场照片"),
    PageBreak(),
    SignatureBox("借款人", "张三", picture(), datetime(2026, 9, 1, 3, 0, tzinfo=UTC), note="电子签名"),
    SignatureBox("贷款人", "阿拉丁银行", stamp="阿拉丁银行合同专用章"),
)


def test_the_same_content_and_day_give_the_same_bytes() -> None:
    whole = paper(*EVERYTHING, verification_url="https://bank.example/verify/7F3K", watermark="仅供签约使用")
    assert render(whole) == render(whole)
    assert render(whole) != render(paper(*EVERYTHING, watermark="仅供签约使用"))


def test_every_kind_of_block_is_set_and_a_page_break_begins_a_page() -> None:
    pdf = render(paper(*EVERYTHING))
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 2


def test_both_fonts_are_embedded_in_part() -> None:
    names = set(re.findall(rb"/BaseFont\s*/([A-Z]{6})\+(NotoS\w+SC)", render(paper(*EVERYTHING))))
    assert {font for _, font in names} == {b"NotoSansSC", b"NotoSerifSC"}


def test_rare_characters_of_names_are_printed() -> None:
    assert render(paper(Paragraph("㛃䶮𬭚喆")), exact=True)


def test_what_the_fonts_lack_is_marked_or_refused() -> None:
    odd = paper(Paragraph("用途：装修😀\x07房屋"))
    assert render(odd) == render(paper(Paragraph("用途：装修〓〓房屋")))
    with pytest.raises(Unprintable) as refused:
        render(odd, exact=True)
    assert refused.value.characters == "😀"


@hypothesis_settings(max_examples=10, deadline=None)
@given(st.text("ab中文#*_$@<>\\\"'[]{}()/=`~-\n\r\t　é", max_size=40))
def test_no_text_is_a_command(words: str) -> None:
    assert render(paper(Paragraph(words), Clause("1.1", words), Table([words], [[words]]), Facts([(words, words)])))


def test_a_text_that_looks_like_a_command_does_nothing() -> None:
    assert pages(render(paper(Paragraph('#pagebreak() #read("/etc/passwd") = 标题')))) == 1


def test_what_cannot_be_set_is_refused() -> None:
    with pytest.raises(ValueError, match="as many cells"):
        render(paper(Table(["期次", "本金"], [["1"]])))
    with pytest.raises(ValueError, match="PNG or JPEG"):
        render(paper(Picture(b"GIF89a")))


# --- seal ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(render(paper(*EVERYTHING)))


def test_a_sealed_paper_is_genuine(sealed: bytes) -> None:
    verdict = verify(sealed)
    assert verdict.is_genuine
    assert verdict.code == "genuine"
    assert verdict.signed_at is not None


def with_one_bit_turned(pdf: bytes) -> bytes:
    middle = len(pdf) // 2
    return pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]


def with_a_later_revision(pdf: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root[NameObject("/Lang")] = TextStringObject("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("change", [with_one_bit_turned, with_a_later_revision])
def test_any_later_change_is_found(sealed: bytes, change: Callable[[bytes], bytes]) -> None:
    assert verify(change(sealed)).code == "changed"


def test_a_paper_without_seal_and_no_paper_at_all() -> None:
    assert verify(render(paper())).code == "unsealed"
    assert verify(b"").code == "unreadable"
    assert verify(b"%PDF-1.7 nothing").code == "unreadable"


@hypothesis_settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_no_damage_passes_or_breaks_the_look(sealed: bytes, data: st.DataObject) -> None:
    seal_itself = range(sealed.rindex(b"<30"), sealed.rindex(b"0>"))
    place = data.draw(st.integers(0, len(sealed) - 1).filter(lambda place: place not in seal_itself))
    value = data.draw(st.integers(0, 255).filter(lambda byte: byte != sealed[place]))
    cut = data.draw(st.integers(0, len(sealed) - 1))
    assert not verify(sealed[:cut]).is_genuine
    assert not verify(sealed[:place] + bytes([value]) + sealed[place + 1 :]).is_genuine


def test_nothing_hides_in_the_room_kept_for_the_seal(sealed: bytes) -> None:
    end_of_room = sealed.rindex(b"0>")
    assert not verify(sealed[:end_of_room] + b"7>" + sealed[end_of_room + 2 :]).is_genuine


def test_a_paper_is_sealed_once(sealed: bytes) -> None:
    with pytest.raises(ValueError, match="can be sealed"):
        seal(sealed)
    with pytest.raises(ValueError, match="can be sealed"):
        seal(b"no PDF")


def seed(word: bytes) -> str:
    return f"seed:{base64.b64encode(word).decode()}"


def test_another_banks_seal_is_foreign_and_a_former_seal_stays_known(sealed: bytes, settings: LazySettings) -> None:
    former = todays_certificate()
    settings.PAPER_SEAL = seed(b"another")
    assert verify(sealed).code == "foreign"
    settings.PAPER_SEAL_FORMER = [former]
    assert verify(sealed).is_genuine


def todays_certificate() -> str:
    """Today's certificate as it is put among the former ones."""
    keys = importlib.import_module("aladdin.papers.keys")
    return base64.b64encode(keys.seal_key().certificate).decode()


def certified(passphrase: bytes) -> bytes:
    """A PKCS#12 as an authority gives it out: the bank's key, its certificate and the authority's."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = issued("测试根证书", root_key, "测试根证书", root_key, is_authority=True)
    own = issued("阿拉丁银行", key, "测试根证书", root_key, is_authority=False)
    how = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"bank", key, own, [root], how)


def issued(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, by_key: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    signs = {"digital_signature": True, "content_commitment": True}
    above = {"key_cert_sign": is_authority, "crl_sign": is_authority}
    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.KeyUsage(**signs, **usage, **above), critical=True)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .sign(by_key, hashes.SHA256())
    )


@pytest.mark.parametrize("passphrase", [b"", b"secret"])
def test_a_bank_seals_with_the_key_of_its_authority(passphrase: bytes, settings: LazySettings) -> None:
    file = base64.b64encode(certified(passphrase)).decode()
    settings.PAPER_SEAL = f"pkcs12:{file}:{passphrase.decode()}"
    verdict = verify(seal(render(paper())))
    assert verdict.is_genuine
    assert verdict.signer == "阿拉丁银行"


@pytest.mark.parametrize("setting", ["", "seed:", "seed:?", "pkcs12:AAAA", "word:AAAA"])
def test_without_a_key_nothing_is_sealed(setting: str, settings: LazySettings) -> None:
    settings.PAPER_SEAL = setting
    with pytest.raises(NoSeal):
        seal(render(paper()))


def test_production_refuses_to_start_without_its_own_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {
        "SECRET_KEY": "x",
        "DATABASE_URL": "postgresql://x/x",
        "REDIS_URL": "redis://x",
        "FIELD_KEYS": "x:x",
        "BLIND_INDEX_KEY": "x",
    }
    for name, value in needed.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PAPER_SEAL", raising=False)
    with pytest.raises(ImproperlyConfigured):
        importlib.import_module("aladdin.settings.production")
    monkeypatch.setenv("PAPER_SEAL", seed(b"desk"))
    with pytest.raises(ImproperlyConfigured):
        importlib.import_module("aladdin.settings.production")
