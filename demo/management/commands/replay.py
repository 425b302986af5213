"""The driver behind `bin/replay`: plays the core banking system and the bank's people against running servers."""

import time
from collections import Counter
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from procrastinate.contrib.django.models import ProcrastinateJob
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from aladdin import clock, partitions
from demo import source
from demo.desk import Desk, follow_on_wechat, tell_credit_histories
from demo.phone import Timings
from demo.replay import bank, feeds, lending, summary
from demo.replay.core_banking import CoreBanking
from loans.models import LoanApplication
from notifications.models import Delivery, Notice
from organization.models import Staff
from organization.roles import Role

JOBS_SECONDS = 600
POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Replay the source bank against a running Aladdin and compare the figures."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="where the bank answers")
        parser.add_argument("--sandbox", required=True, help="where the providers' sandbox answers")
        parser.add_argument("--loans", type=int, default=0, help="only the first N loans")

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console()
        begun = time.monotonic()
        loans = source.loans()[: options["loans"] or None]
        timings, core = self._play(loans, options["url"], options["sandbox"])
        self._wait_for_jobs()
        agrees = self._report(loans, timings, core, time.monotonic() - begun)
        if not agrees:
            raise CommandError("与来源的控制总数不一致。The figures differ from the source's control totals.")

    def _play(self, loans: list[source.Loan], url: str, sandbox: str) -> tuple[Timings, CoreBanking]:
        timings = Timings()
        core, desk = CoreBanking(url, timings), Desk(url, timings)
        try:
            is_new = bank.found()
        except bank.OtherBank as refusal:
            raise CommandError(str(refusal)) from refusal
        first = min(account.opened_on for account in source.accounts().values())
        partitions.ensure_months(first, clock.today())
        if is_new:
            follow_on_wechat(Staff.objects.with_role(Role.RM), sandbox)
        lending.open_payee_accounts(loans, sandbox)
        tell_credit_histories(sandbox, once_late=lending.late_payers(loans))
        with self._progress() as progress:
            self._send_feeds(core, progress)
            self._tell_loans(loans, desk, progress)
        for day, content in lending.standing_files(loans):
            core.send(f"loan_accounts_{day}.csv.gz", day, content)
        return timings, core

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=self.console)

    def _send_feeds(self, core: CoreBanking, progress: Progress) -> None:
        files = list(feeds.nightly_files())
        for file in progress.track(files, description="核心文件 feeds"):
            core.send(f"{file.kind}_{file.business_date}.csv.gz", file.business_date, file.content)

    def _tell_loans(self, loans: list[source.Loan], desk: Desk, progress: Progress) -> None:
        done = set(
            LoanApplication.objects.filter(state="DISBURSED").values_list("pk", flat=True),
        )
        left = [loan for loan in loans if lending.application_id(loan) not in done]
        bar = progress.add_task("贷款 loans", total=len(loans), completed=len(loans) - len(left))
        lending.tell_all(left, desk, lambda state: progress.advance(bar))

    def _wait_for_jobs(self) -> None:
        """Until what is due is done: notices delivered, rankings announced."""
        end = time.monotonic() + JOBS_SECONDS
        due = ProcrastinateJob.objects.filter(status__in=("todo", "doing"))
        with self.console.status("等待任务完成 · waiting for jobs"):
            while due.exclude(scheduled_at__gt=clock.now()).exists():
                if time.monotonic() > end:
                    raise CommandError("任务未在时限内完成。Jobs are not done in time.")
                time.sleep(POLL_SECONDS)

    # --- What came of it -------------------------------------------------------------------------
    def _report(self, loans: list[source.Loan], timings: Timings, core: CoreBanking, seconds: float) -> bool:
        print_ = self.console.print
        print_(f"\n日期整体前移 {source.WEEKS_FORWARD} 周 · dates moved forward by {source.WEEKS_FORWARD} weeks;")
        back = source.WEEKS_OF_BIRTH_BACK
        print_(f"出生日期另前移 {back} 周，使借款人均已成年 · births {back} weeks earlier: no borrower is a minor")
        lines = summary.lines()
        print_(_table_of(lines))
        states = Counter(LoanApplication.objects.values_list("state", flat=True))
        deliveries = Counter(Delivery.objects.values_list("status", flat=True))
        rate = timings.requests / seconds if seconds else 0
        print_(f"文件 files: {core.files}，新增行 new rows: {core.loaded:,}")
        print_(f"贷款按状态 loans by state: {dict(states)}")
        print_(f"通知 notices: {Notice.objects.count():,}；微信 WeChat deliveries: {dict(deliveries)}")
        print_(f"用时 seconds: {seconds:.1f}；请求 requests: {timings.requests:,}（{rate:.1f}/s）")
        print_(_slowest(timings))
        call_command("check_scores")
        return all(line.agrees for line in lines)


def _table_of(lines: list[summary.Line]) -> Table:
    table = Table("项目 figure", "阿拉丁 Aladdin", "来源 source", "", title="控制总数 Control totals")
    for line in lines:
        mark = "[green]一致[/]" if line.agrees else "[bold red]不一致 DIFFERS[/]"
        table.add_row(line.name, f"{line.found:,}", f"{line.wanted:,}", mark)
    for column in table.columns[1:3]:
        column.justify = "right"
    return table


def _slowest(timings: Timings) -> Table:
    table = Table("接口 endpoint", "次数 calls", "中位 median ms", "最慢 worst ms", title="最慢接口 Slowest endpoints")
    table.columns[0].overflow = "fold"
    for name, calls, median, worst in timings.slowest(8):
        table.add_row(name.replace("/api/v1", ""), f"{calls:,}", f"{median:.1f}", f"{worst:.1f}")
    return table
