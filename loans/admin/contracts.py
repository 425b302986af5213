"""The papers of contracts, to be looked up; their words and people stay sealed here."""

from django.contrib import admin

from aladdin.back_office import Register
from loans.models import ContractSigner, LoanPaper, SigningEnvelope


@admin.register(LoanPaper)
class LoanPaperAdmin(Register):
    """Every paper that was drawn up, found by its number or by the code printed on it."""

    list_display = ["number", "title", "document", "template", "dated", "code", "sealed_at"]
    list_select_related = ["template"]
    list_filter = ["document"]
    search_fields = ["number", "=code", "=sha256", "=file_sha256"]
    ordering = ["-dated", "-id"]
    exclude = ["blocks_sealed", "file"]


@admin.register(ContractSigner)
class ContractSignerAdmin(Register):
    """Who had to sign which contract, and how he did."""

    list_display = ["contract", "role", "state", "signing_method", "signed_at", "witnessed_by"]
    list_select_related = ["contract", "witnessed_by"]
    list_filter = ["state", "role", "signing_method"]
    search_fields = ["contract__contract_no", "=certificate_no", "=recording_reference"]
    ordering = ["-created_at"]
    exclude = ["signature_file"]


@admin.register(SigningEnvelope)
class SigningEnvelopeAdmin(Register):
    """What was sent to the signing provider, and what became of it."""

    list_display = ["reference", "contract", "state", "created_by", "created_at", "expires_at", "finished_at"]
    list_select_related = ["contract", "created_by"]
    list_filter = ["state"]
    search_fields = ["reference", "contract__contract_no"]
    ordering = ["-created_at"]
