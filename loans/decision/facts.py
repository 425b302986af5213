"""The facts of one case and one of its obligors, read when a rule or a scorecard asks for them, each once.

What is not known is None: no report yet, no investigation yet, no card. A missing row is never read as a zero.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from aladdin import clock, parameters
from crm.flows import Flows, flows_of
from crm.identifiers import age_on
from loans import conflicts, exposure, gates
from loans.decision.catalogue import CATALOGUE, NUMBERS, Kind, Value
from loans.models import CreditReport, DueDiligence, ListedPerson, LoanAccount, LoanApplication
from loans.obligors import Obligor

_PERCENT = Decimal("0.01")
_BAD = (LoanAccount.Status.OVERDUE, LoanAccount.Status.NON_PERFORMING)


class CaseFacts:
    """What is known of an application now; what is said of a person is said of this obligor, the borrower unless
    told."""

    def __init__(self, application: LoanApplication, obligor: Obligor | None = None) -> None:
        self.application = application
        self.obligor = obligor or Obligor(application)
        self._known: dict[str, Value] = {}

    def __call__(self, code: str) -> Value:
        """The fact `code` of the catalogue."""
        if code not in self._known:
            self._known[code] = _READERS[code](self)
        return self._known[code]

    # --- What several facts are read from ----------------------------------------------------------
    @cached_property
    def investigation(self) -> DueDiligence | None:
        found: DueDiligence | None = getattr(self.application, "due_diligence", None)
        return found

    @cached_property
    def report(self) -> CreditReport | None:
        return gates.report_of(self.obligor)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The report's summary as the bureau wrote it; what the bank keeps no column for is read from it."""
        if self.report is None:
            return {}
        found: dict[str, Any] = json.loads(self.report.body).get("summary", {})
        return found

    @cached_property
    def flows(self) -> Flows | None:
        return flows_of(self.obligor.person.identity_index, until=clock.today())

    @cached_property
    def own_loans(self) -> list[str]:
        """The standing of every loan that the person has or had with the bank."""
        owed = LoanAccount.objects.filter(customer__identity_index=self.obligor.person.identity_index)
        return list(owed.values_list("status", flat=True))

    def recorded(self, *, whole: bool) -> dict[str, Any]:
        """The facts as a document: all of the catalogue, or only those that were asked for. What is not known is
        left out."""
        codes = CATALOGUE if whole else list(self._known)
        return {code: _written(value) for code in codes if (value := self(code)) is not None}


class RecordedFacts:
    """Facts as they were put on record, to be asked again by another rule or card."""

    def __init__(self, recorded: Mapping[str, Any], obligor: Obligor) -> None:
        self.obligor = obligor
        self._recorded = recorded

    def __call__(self, code: str) -> Value:
        return _read_back(self._recorded.get(code), CATALOGUE[code].kind)


def _written(value: Value) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, Decimal) else value


def _read_back(said: Any, kind: Kind) -> Value:
    if said is None:
        return None
    if kind in NUMBERS:
        return Decimal(said)
    return frozenset(said) if kind == Kind.TEXTS else said


Reader = Callable[[CaseFacts], Value]


# --- Readers -------------------------------------------------------------------------------------
def _of_application(name: str) -> Reader:
    def read(case: CaseFacts) -> Value:
        return _plain(getattr(case.application, name))

    return read


def _of_product(name: str) -> Reader:
    return lambda case: _plain(getattr(case.application.product, name))


def _of_version(name: str) -> Reader:
    return lambda case: _plain(getattr(case.application.product_version, name))


def _of_investigation(name: str) -> Reader:
    return lambda case: _plain(getattr(case.investigation, name, None))


def _of_report(name: str) -> Reader:
    return lambda case: _plain(getattr(case.report, name, None))


def _of_summary(name: str) -> Reader:
    def read(case: CaseFacts) -> Value:
        said = case.summary.get(name)
        return None if said is None else Decimal(str(said))

    return read


def _plain(value: Any) -> Value:
    """A column as a value of the catalogue; an empty text is nothing known."""
    if value is None or value == "":
        return None
    if isinstance(value, bool | str | Decimal):
        return str(value) if isinstance(value, str) else value
    return frozenset(str(each) for each in value) if isinstance(value, list) else Decimal(value)


def _age(case: CaseFacts) -> Value:
    born = case.obligor.person.birth_on
    return None if born is None else Decimal(age_on(born, clock.today()))


def _lists(case: CaseFacts) -> Value:
    """The bank's lists; credit staff and their close relatives are related persons without an entry (商业银行法 40)."""
    listed = ListedPerson.objects.on(case.obligor.person, clock.today())
    related = ["RELATED_PARTY"] if conflicts.is_credit_staffs(case.obligor.person) else []
    return frozenset([*listed.values_list("list", flat=True), *related])


def _own(*statuses: LoanAccount.Status) -> Reader:
    return lambda case: Decimal(sum(status in statuses for status in case.own_loans))


def _of_flows(name: str) -> Reader:
    return lambda case: _plain(getattr(case.flows, name, None))


def _flow_to_instalment(name: str) -> Reader:
    def read(case: CaseFacts) -> Value:
        part, instalment = _of_flows(name)(case), case("instalment")
        if not isinstance(part, Decimal) or not isinstance(instalment, Decimal):
            return None
        return (part / instalment).quantize(_PERCENT)

    return read


def _instalment_to_inflow(case: CaseFacts) -> Value:
    """With nothing coming in, an instalment of one yuan is already too much."""
    inflow, instalment = case("monthly_inflow"), case("instalment")
    if not isinstance(inflow, Decimal) or not isinstance(instalment, Decimal):
        return None
    return _share(instalment, max(inflow, Decimal(1)))


def _exposure(case: CaseFacts) -> Value:
    amount = case.application.amount
    return None if amount is None else exposure.of(case.application, amount).total


def _exposure_to_capital(case: CaseFacts) -> Value:
    total = case("exposure")
    capital = parameters.decimal("bank.net_capital")
    return _share(total, capital) if isinstance(total, Decimal) else None


def _utilisation(case: CaseFacts) -> Value:
    """Used of granted card limits, in percent; None where there is no card."""
    limit, used = case("card_limit"), _of_summary("card_used")(case)
    if not isinstance(limit, Decimal) or not isinstance(used, Decimal):
        return None
    return _share(used, limit)


def _card_limit(case: CaseFacts) -> Value:
    limit = _of_summary("card_limit")(case)
    return limit or None


def _share(part: Decimal, whole: Decimal) -> Value:
    return (100 * part / whole).quantize(_PERCENT) if whole > 0 else None


_READERS: dict[str, Reader] = {
    "customer_kind": lambda case: str(getattr(case.obligor.person, "kind", "PERSON")),
    "age": _age,
    "lists": _lists,
    "occupation": _of_application("occupation"),
    "product": _of_product("code"),
    "loan_kind": _of_product("kind"),
    "guarantee": _of_product("guarantee"),
    "product_min_age": _of_version("min_age"),
    "product_max_age": _of_version("max_age"),
    "product_purposes": _of_version("purposes"),
    "amount": _of_application("amount"),
    "term_months": _of_application("term_months"),
    "purpose": _of_application("purpose"),
    "monthly_income": _of_investigation("monthly_income"),
    "monthly_debt": _of_investigation("monthly_debt"),
    "instalment": _of_investigation("new_instalment"),
    "debt_to_income": _of_investigation("dti"),
    "monthly_inflow": _of_flows("inflow"),
    "monthly_wages": _of_flows("wages"),
    "lowest_balance_to_instalment": _flow_to_instalment("lowest"),
    "average_balance_to_instalment": _flow_to_instalment("average"),
    "instalment_to_inflow": _instalment_to_inflow,
    "own_overdue_accounts": _own(*_BAD),
    "own_written_off_accounts": _own(LoanAccount.Status.WRITTEN_OFF),
    "exposure": _exposure,
    "exposure_to_capital": _exposure_to_capital,
    "bureau_loan_accounts": _of_report("loan_accounts"),
    "bureau_overdue_accounts": _of_report("overdue_accounts"),
    "bureau_overdue_amount": _of_report("overdue_amount"),
    "bureau_overdue_months": _of_report("overdue_months_24m"),
    "bureau_worst_overdue": _of_summary("worst_overdue_months"),
    "bureau_queries": _of_report("queries_3m"),
    "bureau_debt": _of_report("debt_balance"),
    "bureau_monthly_payment": _of_report("monthly_payment"),
    "card_limit": _card_limit,
    "card_utilisation": _utilisation,
}

if set(_READERS) != set(CATALOGUE):
    raise ImportError(f"facts without a reader or readers without a fact: {set(_READERS) ^ set(CATALOGUE)}")
