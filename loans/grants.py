"""The ledger of consents: each buys one query, and without one there is none (征信业管理条例 18, 20).

`spend` is the only way to a query. What it checks the database checks again, so that neither haste nor a forgotten
rule asks the bureau about anybody who has not agreed.
"""

from django.db import IntegrityError, transaction

from aladdin import clock
from aladdin.problems import Conflict
from loans import gates
from loans.models import CreditAuthorization, CreditGrantUse
from loans.obligors import Obligor
from organization.models import Staff


class QueryRefused(Conflict):
    """A query without grounds. Whoever catches it keeps a record of the attempt although nothing else is written."""


@transaction.atomic
def spend(obligor: Obligor, reason: str, *, by: Staff) -> CreditAuthorization:
    """Spend the person's standing grant for this reason on one query.

    Raises QueryRefused (`credit_not_authorized`, `reason_not_authorized`); of two at once one wins."""
    grant = _standing(obligor, reason)
    use = CreditGrantUse(
        authorization=grant,
        reason=reason,
        identity_index=obligor.person.identity_index,
        by=by,
        at=clock.now(),
        on=clock.today(),
    )
    try:
        with transaction.atomic():
            use.save(force_insert=True)
    except IntegrityError as error:
        raise QueryRefused("credit_not_authorized", f"{obligor.title}的征信授权刚被使用或撤销，不得查询") from error
    grant.refresh_from_db(fields=["spent_at"])
    return grant


def _standing(obligor: Obligor, reason: str) -> CreditAuthorization:
    grant = gates.standing_authorization(obligor, reason)
    if grant is not None:
        return grant
    if gates.standing_authorization(obligor) is not None:
        raise QueryRefused("reason_not_authorized", f"{obligor.title}的授权不包含该查询用途")
    raise QueryRefused("credit_not_authorized", f"没有{obligor.title}签署的有效征信授权，不得查询")
