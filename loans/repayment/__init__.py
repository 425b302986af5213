"""Repayment: schedules to the fen, what a loan costs a year, what lateness costs, and which repayment pays what.

Pure arithmetic in yuan and business dates. A further repayment method is a file beside the others with its
`DAY_COUNT`, `days(span, plan)` and `lines(terms)`, a member of `Method` and a line in the registry.
"""

from loans.repayment.burden import monthly_burden, most_within
from loans.repayment.conventions import (
    Conventions,
    DayCount,
    Group,
    Holidays,
    InterestBetween,
    Plan,
    Remainder,
)
from loans.repayment.cost import AnnualCost, FeeDue, all_in_cost, annualised_cost, annualised_cost_of
from loans.repayment.lateness import LateTerms, compound_interest, penalty_interest, penalty_rate
from loans.repayment.matching import Due, Item, Position, Received, match
from loans.repayment.prepayment import CAN_SHORTEN, Prepaid, Way, prepay
from loans.repayment.registry import Agreement, Instalment, Method, schedule, total_interest
from loans.repayment.remaining import Running, still_to_come

__all__ = [
    "CAN_SHORTEN",
    "Agreement",
    "AnnualCost",
    "Conventions",
    "DayCount",
    "Due",
    "FeeDue",
    "Group",
    "Holidays",
    "Instalment",
    "InterestBetween",
    "Item",
    "LateTerms",
    "Method",
    "Plan",
    "Position",
    "Prepaid",
    "Received",
    "Remainder",
    "Running",
    "Way",
    "all_in_cost",
    "annualised_cost",
    "annualised_cost_of",
    "compound_interest",
    "match",
    "monthly_burden",
    "most_within",
    "penalty_interest",
    "penalty_rate",
    "prepay",
    "schedule",
    "still_to_come",
    "total_interest",
]
