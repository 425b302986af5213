"""The credit-bureau authorization as a paper: the text that was read, the signature, the circumstances, the seal."""

import hashlib

from aladdin import clock, papers
from aladdin.papers import Block, Facts, Heading, Paper, Paragraph, SignatureBox
from loans import evidence, obligors
from loans.models import CreditAuthorization

_OF_PERSON, _OF_FIRM = "个人征信授权书", "企业征信授权书"


def make(grant: CreditAuthorization, *, picture: bytes) -> None:
    """Print and seal the paper of a grant that is still to be saved, and keep it encrypted beside the file."""
    pdf = papers.seal(papers.render(_paper(grant, picture)), reason=_title(grant))
    grant.paper_sha256 = hashlib.sha256(pdf).hexdigest()
    grant.paper_file = evidence.keep(pdf, application_id=grant.application_id, key=grant.data_key())


def _title(grant: CreditAuthorization) -> str:
    return _OF_FIRM if _is_firms(grant) else _OF_PERSON


def _is_firms(grant: CreditAuthorization) -> bool:
    return grant.customer is not None and grant.customer.kind == obligors.FIRM


def _paper(grant: CreditAuthorization, picture: bytes) -> Paper:
    name = _title(grant)
    title, _, text = grant.text.partition("\n")
    blocks: list[Block] = [Paragraph(each) for each in text.split("\n") if each.strip()]
    box = SignatureBox(
        label="授权企业（法定代表人签名）" if _is_firms(grant) else "授权人（签名）",
        name=grant.person.name,
        picture=picture or None,
        signed_at=grant.signed_at,
    )
    return Paper(
        title=name,
        subtitle=title.removeprefix(name).strip(),
        number=grant.authorization_no,
        blocks=[*blocks, box, Heading("签署记录"), Facts(_circumstances(grant))],
        dated=clock.business_date(grant.signed_at),
    )


def _circumstances(grant: CreditAuthorization) -> list[tuple[str, str]]:
    """What proves that he himself signed this text (电子签名法 13)."""
    signed_at = grant.signed_at.astimezone(clock.SHANGHAI)
    said = [
        ("文本版本", grant.text_version),
        ("文本摘要（SHA-256）", grant.text_sha256),
        ("签署方式", str(grant.get_signing_method_display())),
        ("签名摘要（SHA-256）", grant.signature_sha256),
        ("签署时间", f"{signed_at:%Y-%m-%d %H:%M:%S}"),
        ("签署地点", grant.signed_place),
        ("签署设备", grant.signed_device),
        ("网络地址", grant.signed_ip or ""),
        ("签署渠道", str(grant.get_channel_display())),
        ("签署前核验", str(grant.identity_check.pk) if grant.identity_check else ""),
        ("见证人", f"{grant.witnessed_by.name}（{grant.witnessed_by.employee_no}）" if grant.witnessed_by else ""),
    ]
    return [(label, value) for label, value in said if value]
