"""The papers of a contract and who has to sign them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock
from aladdin.crypto import Sealed
from aladdin.ids import uuid7
from loans.codes import LegalDocument
from loans.contract_codes import SignerRole
from loans.models.contract import Contract
from loans.models.evidence import SignedByCustomer
from loans.models.party import LoanParty
from loans.models.template import ContractTemplate


class LoanPaper(models.Model):
    """One paper as it was written for a contract. Its PDF is made from it when it is first needed; once made and
    sealed it is kept and never made again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="papers", verbose_name="合同")
    document = models.CharField("文书", max_length=24, choices=LegalDocument)
    position = models.PositiveSmallIntegerField("次序")
    number = models.CharField("文本编号", max_length=32, unique=True)
    title = models.CharField("标题", max_length=40)
    template = models.ForeignKey(ContractTemplate, on_delete=models.PROTECT, related_name="+", verbose_name="模板")
    party = models.ForeignKey(
        LoanParty, on_delete=models.PROTECT, null=True, blank=True, related_name="papers", verbose_name="签署的关联人"
    )
    code = models.CharField("核验码", max_length=20, unique=True)
    dated = models.DateField("制作日期")
    blocks_sealed = models.TextField()
    sha256 = models.CharField("文本摘要", max_length=64)
    file = models.CharField("文件", max_length=200, blank=True)
    file_sha256 = models.CharField("文件摘要", max_length=64, blank=True)
    sealed_at = models.DateTimeField("加盖电子印章时间", null=True, blank=True)

    blocks = Sealed("blocks_sealed")

    class Meta:
        verbose_name = "合同文本"
        verbose_name_plural = "合同文本"
        ordering = ["contract", "position"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "position"], name="paper_has_its_place"),
            models.CheckConstraint(
                condition=Q(sealed_at__isnull=True, file="", file_sha256="")
                | Q(sealed_at__isnull=False) & ~Q(file="") & ~Q(file_sha256=""),
                name="sealed_paper_is_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    def data_key(self) -> bytes | None:
        """The customer's key."""
        return self.contract.data_key()


class ContractSigner(SignedByCustomer):
    """Somebody who has to sign the contract's papers: the borrower (no party), or one beside him."""

    class State(models.TextChoices):
        PENDING = "PENDING", "待签署"
        SIGNED = "SIGNED", "已签署"
        REFUSED = "REFUSED", "拒绝签署"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="signers", verbose_name="合同")
    party = models.ForeignKey(
        LoanParty, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="关联人"
    )
    role = models.CharField("签署身份", max_length=12, choices=SignerRole)
    state = models.CharField("状态", max_length=8, choices=State, default=State.PENDING)
    signed_at = models.DateTimeField("签署时间", null=True, blank=True)
    refused_because = models.CharField("拒签原因", max_length=200, blank=True)
    recording_reference = models.CharField("双录编号", max_length=100, blank=True)
    witnessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="见证人"
    )
    certificate_no = models.CharField("数字证书编号", max_length=64, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "合同签署人"
        verbose_name_plural = "合同签署人"
        ordering = ["contract", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "party"], name="party_signs_once"),
            models.UniqueConstraint(fields=["contract"], condition=Q(party__isnull=True), name="borrower_signs_once"),
            models.CheckConstraint(
                condition=Q(role="BORROWER", party__isnull=True) | ~Q(role="BORROWER") & Q(party__isnull=False),
                name="signer_is_borrower_or_party",
            ),
            models.CheckConstraint(
                condition=~Q(state="SIGNED")
                | Q(signed_at__isnull=False)
                & ~Q(signature_sha256="")
                & ~Q(signing_method="")
                & (Q(recording_reference="", witnessed_by__isnull=True) | Q(witnessed_by__isnull=False)),
                name="signer_leaves_evidence",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.get_state_display()}"
