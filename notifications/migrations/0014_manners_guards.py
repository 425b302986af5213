"""What the database promises of deliveries that wait or went with others; on a live table, without holding it up."""

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0013_manners")]
    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(fields=["recipient", "channel", "due_at"], name="delivery_of_person"),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "DEFERRED")), fields=["next_attempt_at"], name="delivery_deferred"
            ),
        ),
        AddConstraintNotValid(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("carried_by__isnull", False), ("status__in", ["BUNDLED", "DIGESTED"])),
                    models.Q(
                        models.Q(("status__in", ["BUNDLED", "DIGESTED"]), _negated=True), ("carried_by__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="carried_delivery_has_its_carrier",
            ),
        ),
        AddConstraintNotValid(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["DEFERRED", "SUPPRESSED", "BUNDLED", "DIGESTED"]), _negated=True),
                    models.Q(("manner", ""), _negated=True),
                    _connector="OR",
                ),
                name="delivery_that_waits_says_why",
            ),
        ),
        ValidateConstraint(model_name="delivery", name="carried_delivery_has_its_carrier"),
        ValidateConstraint(model_name="delivery", name="delivery_that_waits_says_why"),
    ]
