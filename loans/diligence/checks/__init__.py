"""Cross-checks (交叉验证): one subject a file, each a function from a case to its contradictions.

Nothing to compare with is no contradiction: a check that lacks one of its two values says nothing."""

from loans.diligence.checks import debts, employer, figures, identity, income, photos
from loans.diligence.finding import Check

CHECKS: tuple[Check, ...] = (
    income.check,
    debts.check,
    figures.check,
    identity.check,
    employer.check,
    photos.check,
)
