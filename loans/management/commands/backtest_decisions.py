"""Put rules and scorecards to the cases whose end is known, and say how they would have done."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aladdin import clock
from loans.decision import backtest
from loans.decision.measures import Share
from loans.models import DecisionRuleVersion, ScorecardVersion


class Command(BaseCommand):
    help = "Try the rules in force (or one rule's newest version, a draft too) and every card on past cases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rule", help="only this rule, by its code: its newest version, be it a draft")
        parser.add_argument("--limit", type=int, help="only the newest N cases")

    def handle(self, *args: Any, **options: Any) -> None:
        rules = self._rules(options["rule"])
        for rule in rules:
            self._tell_rule(rule, options["limit"])
        if not options["rule"]:
            for version in ScorecardVersion.objects.select_related("scorecard"):
                self._tell_card(version, options["limit"])

    def _rules(self, code: str | None) -> list[DecisionRuleVersion]:
        if not code:
            return list(DecisionRuleVersion.objects.in_force(clock.today()))
        newest = DecisionRuleVersion.objects.select_related("rule").filter(rule__code=code.upper())
        found = newest.order_by("-version").first()
        if found is None:
            raise CommandError(f"no rule {code}")
        return [found]

    def _tell_rule(self, rule: DecisionRuleVersion, limit: int | None) -> None:
        trial = backtest.try_rule(rule, limit)
        told = "，".join(f"{outcome} {_share(share)}" for outcome, share in trial.outcomes.items())
        self.stdout.write(f"{rule.rule.code} v{rule.version} ({rule.state}): {trial.cases} cases, {told}")
        if trial.changed:
            self.stdout.write(f"  otherwise than it was said then: {trial.changed}")

    def _tell_card(self, version: ScorecardVersion, limit: int | None) -> None:
        trial = backtest.try_card(version, limit)
        self.stdout.write(f"{version.scorecard.code} v{version.version} ({version.role}): {trial.cases} cases")
        found = trial.separation
        if found is None:
            self.stdout.write("  all that ended ended alike: nothing to separate")
        else:
            self.stdout.write(
                f"  {found.goods} good, {found.bads} bad: AUC {found.auc}, Gini {found.gini}, KS {found.ks}"
            )
        for code, share in trial.bands.items():
            self.stdout.write(f"  {code}: {_share(share)}")
        if trial.stability is not None:
            self.stdout.write(f"  population stability against the training sample: {trial.stability}")


def _share(share: Share) -> str:
    return f"{share.count} ({share.bads} bad)"
