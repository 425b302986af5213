"""Repayment: schedules to the fen, what a loan costs a year, and what lateness costs.

Pure arithmetic in yuan and business dates. A further repayment method is a file beside the others with a
`plan(terms)`, a member of `Method` and a line in the registry.
"""

from loans.repayment.cost import AnnualCost, annualised_cost, annualised_cost_of
from loans.repayment.lateness import compound_interest, penalty_interest, penalty_rate
from loans.repayment.registry import Instalment, Method, schedule

__all__ = [
    "AnnualCost",
    "Instalment",
    "Method",
    "annualised_cost",
    "annualised_cost_of",
    "compound_interest",
    "penalty_interest",
    "penalty_rate",
    "schedule",
]
