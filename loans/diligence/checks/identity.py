"""A mobile that others use too, guarantors who borrow from each other, an address unlike the identity card's."""

from collections.abc import Iterable, Iterator

from aladdin import masking, parameters
from crm.models import Customer
from loans.diligence import traits
from loans.diligence.codes import Severity
from loans.diligence.finding import Case, Finding, Side
from loans.models import DocumentReading, LoanParty, ReadField
from loans.states import IN_FLIGHT
from organization.models import Staff


def check(case: Case) -> Iterable[Finding]:
    yield from _mobile(case)
    yield from _parties(case)
    yield from _address(case)


def _mobile(case: Case) -> Iterator[Finding]:
    """The borrower's mobile is another customer's, or an employee's."""
    customer = case.application.customer
    if not customer.mobile:
        return
    shown = masking.mobile(customer.mobile)
    others = Customer.objects.filter(mobile_index=customer.mobile_index).exclude(pk=customer.pk).count()
    if others:
        detail = f"客户手机号{shown}与另外{others}名客户相同"
        sides = Side("客户手机号", shown), Side("相同的其他客户", f"{others}名")
        yield Finding("MOBILE_SHARED", Severity.SERIOUS, detail, *sides, "customer")
    staff = Staff.objects.active().filter(mobile=customer.mobile).first()
    if staff is not None:
        detail = f"客户手机号{shown}与本行员工{staff.name}相同"
        sides = Side("客户手机号", shown), Side("本行员工", staff.employee_no)
        yield Finding("MOBILE_OF_STAFF", Severity.SERIOUS, detail, *sides, "customer")


def _parties(case: Case) -> Iterator[Finding]:
    customer = case.application.customer
    for party in case.application.parties.filter(removed_at__isnull=True):
        field, about = f"parties.{party.pk}", str(party.pk)
        if customer.mobile and party.mobile == customer.mobile:
            detail = f"{party.title()}与借款人使用同一手机号"
            sides = Side("借款人手机号", masking.mobile(customer.mobile)), Side("关联人", party.title())
            yield Finding("PARTY_WITH_SAME_MOBILE", Severity.SERIOUS, detail, *sides, field, about=about)
        yield from _guarantees(case, party, field, about)


def _guarantees(case: Case, party: LoanParty, field: str, about: str) -> Iterator[Finding]:
    """Who guarantees for many, and two who guarantee for each other (互保)."""
    if party.role != "GUARANTOR":
        return
    alive = LoanParty.objects.standing().filter(role="GUARANTOR", application__state__in=IN_FLIGHT)
    elsewhere = alive.filter(identity_index=party.identity_index).exclude(application=case.application)
    others = elsewhere.values("application").distinct().count()
    if others >= parameters.integer("loan.crosscheck_guarantees"):
        detail = f"{party.title()}另为{others}笔在途贷款担保"
        sides = Side("保证人", party.title()), Side("其他在途担保", f"{others}笔")
        yield Finding("GUARANTOR_OF_MANY", Severity.NOTE, detail, *sides, field, about=about)
    mutual = alive.filter(
        identity_index=case.application.customer.identity_index,
        application__customer__identity_index=party.identity_index,
    )
    if mutual.exists():
        detail = f"借款人与{party.title()}互为对方贷款的保证人"
        sides = Side("本笔保证人", party.title()), Side("对方贷款保证人", "本笔借款人")
        yield Finding("MUTUAL_GUARANTEE", Severity.SERIOUS, detail, *sides, field, about=about)


def _address(case: Case) -> Iterator[Finding]:
    """The address on file against the one on the identity card, as the engine read it and the RM confirmed it."""
    known = case.application.customer.address
    card = ReadField.objects.filter(
        reading__application=case.application,
        reading__party__isnull=True,
        reading__kind=DocumentReading.Kind.IDENTITY_FRONT,
        reading__state=DocumentReading.State.CONFIRMED,
        name="address",
    )
    read = card.select_related("reading__application__customer").order_by("reading__confirmed_at").last()
    if not known or read is None or not read.confirmed or traits.normal(read.confirmed) == traits.normal(known):
        return
    yield Finding(
        "ADDRESS_UNLIKE_CARD",
        Severity.NOTE,
        "客户预留地址与身份证住址不同",
        Side("预留地址", masking.address(known)),
        Side("身份证住址", masking.address(read.confirmed)),
        "customer",
    )
