"""Who else answers for a loan, or has a say in it: co-borrower, spouse, guarantor."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from aladdin import clock, masking
from aladdin.crypto import Sealed, new_data_key, open_data_key, row_place
from aladdin.ids import uuid7
from crm.identity import Identity
from crm.models import Customer
from loans.codes import PartyRole, Relation
from loans.models.application import LoanApplication
from organization.scope import ScopedQuerySet

if TYPE_CHECKING:
    from organization.models import Staff


class LoanPartyQuerySet(ScopedQuerySet["LoanParty"]):
    def visible_to(self, staff: "Staff") -> Self:
        """Those of the applications that the person may see."""
        visible = LoanApplication.objects.visible_to(staff)
        return self.filter(application__in=visible.values("pk"))

    def standing(self) -> Self:
        """Not taken out again."""
        return self.filter(removed_at__isnull=True)

    def obligors(self) -> Self:
        """Those who answer for the debt, and who acts for a firm that borrows: each proves who he is."""
        return self.standing().filter(Q(is_obligor=True) | Q(role=PartyRole.LEGAL_REPRESENTATIVE))

    def guarantors(self) -> Self:
        """Who guarantees the debt: a guarantor, or the firm's representative where he answers for it himself."""
        himself = Q(role=PartyRole.LEGAL_REPRESENTATIVE, is_obligor=True)
        return self.standing().filter(Q(role=PartyRole.GUARANTOR) | himself)


class LoanParty(models.Model):
    """A person beside the borrower in one application; beside a firm also who acts for it.

    Sealed with a key of his own, since the borrower's erasure is not his and his is not the borrower's. Who is a
    customer of the bank too is known by the index of his identity number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    application = models.ForeignKey(
        LoanApplication, on_delete=models.PROTECT, related_name="parties", verbose_name="申请"
    )
    role = models.CharField("角色", max_length=20, choices=PartyRole)
    relation = models.CharField("与借款人关系", max_length=20, choices=Relation)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="loan_parts", verbose_name="本行客户"
    )
    is_obligor = models.BooleanField("承担偿还责任")
    monthly_income = models.DecimalField("月收入", max_digits=18, decimal_places=2, null=True, blank=True)
    birth_on = models.DateField("出生日期")
    identity_expires_on = models.DateField("身份证有效期至", null=True, blank=True)
    identity_is_long_term = models.BooleanField("身份证长期有效", default=False)

    data_key_sealed = models.TextField()
    name_sealed = models.TextField()
    identity_no_sealed = models.TextField()
    mobile_sealed = models.TextField()
    employer_sealed = models.TextField(blank=True, default="")
    identity_index = models.CharField("证件索引", max_length=43, db_index=True)

    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("录入时间", default=clock.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="录入人"
    )
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="移除人",
    )

    name = Sealed("name_sealed")
    identity_no = Sealed("identity_no_sealed")
    mobile = Sealed("mobile_sealed")
    employer = Sealed("employer_sealed")
    objects = LoanPartyQuerySet.as_manager()

    class Meta:
        verbose_name = "贷款关联人"
        verbose_name_plural = "贷款关联人"
        ordering = ["application", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "identity_index"],
                condition=Q(removed_at__isnull=True),
                name="party_entered_once",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(removed_at__isnull=True, relation="SPOUSE"),
                name="one_spouse_an_application",
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(removed_at__isnull=True, role="LEGAL_REPRESENTATIVE"),
                name="one_representative_an_application",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["SPOUSE", "LEGAL_REPRESENTATIVE"]) | Q(is_obligor=True),
                name="co_borrower_and_guarantor_are_obligors",
            ),
            models.CheckConstraint(condition=~Q(role="SPOUSE") | Q(relation="SPOUSE"), name="spouse_is_the_spouse"),
            models.CheckConstraint(
                condition=Q(monthly_income__isnull=True) | Q(monthly_income__gte=0), name="party_income_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="party_removed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.pk}"

    def give_key(self) -> None:
        """The person's own data key, before anything is sealed."""
        self.data_key_sealed = new_data_key(bound_to=row_place(self._meta.db_table, self.pk))

    def data_key(self) -> bytes:
        """The opened key. Raises CustomerErased, Unreadable."""
        return open_data_key(self.data_key_sealed, row_place(self._meta.db_table, self.pk))

    def identify(self, identity: Identity) -> None:
        """Seal the identity number of a person, with its index and the day of birth that it tells."""
        self.identity_no, self.identity_index = identity.number, identity.index
        self.birth_on = identity.birth_on  # type: ignore[assignment]  # of a person, so there is one

    def masked_name(self) -> str:
        """The name as lists and blockers may show it."""
        return masking.name(self.name)

    def title(self) -> str:
        """How a list of what is missing calls him: 保证人李*红."""
        return f"{self.get_role_display()}{self.masked_name()}"
