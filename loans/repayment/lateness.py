"""What lateness costs: penalty interest on overdue principal, compound interest on unpaid interest.

The surcharges (overdue 30 to 50 percent, misuse of the purpose 50 to 100) are dated parameters and stand in
the contract; they are given here (银发〔2003〕251号).
"""

from decimal import Decimal

from aladdin.money import rate
from loans.repayment.interest import interest_of_days


def penalty_rate(contract_rate_percent: Decimal, *surcharges_percent: Decimal) -> Decimal:
    """The penalty rate in percent a year: contract rate plus the highest surcharge, never their sum.

    Raises:
        ValueError: no surcharge, or a negative one.
    """
    if not surcharges_percent or min(surcharges_percent) < 0:
        raise ValueError("a penalty has a surcharge that is not negative")
    return rate(contract_rate_percent * (100 + max(surcharges_percent)) / 100)


def penalty_interest(
    overdue_principal: Decimal, contract_rate_percent: Decimal, surcharge_percent: Decimal, days: int
) -> Decimal:
    """Penalty interest (罚息) in yuan on principal that is overdue for so many days."""
    charged = penalty_rate(contract_rate_percent, surcharge_percent)
    return _lateness(overdue_principal, charged, days)


def compound_interest(unpaid_interest: Decimal, annual_rate_percent: Decimal, days: int) -> Decimal:
    """Compound interest (复利) in yuan on interest unpaid for so many days.

    Within the loan's term the rate is that of the contract, afterwards the penalty rate.
    """
    return _lateness(unpaid_interest, annual_rate_percent, days)


def _lateness(amount: Decimal, annual_rate_percent: Decimal, days: int) -> Decimal:
    if amount < 0 or days < 0:
        raise ValueError("neither an overdue amount nor its days are negative")
    return interest_of_days(amount, annual_rate_percent, days)
