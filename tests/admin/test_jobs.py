"""Jobs out of tries are seen and run again."""

from collections.abc import Callable

from django.db import connection

from aladdin.audit import AuditEntry
from aladdin.jobs import later
from aladdin.work_queue import Job
from organization.models import Staff
from tests.admin.conftest import Desk, messages_of
from tests.world import Bank

JOBS = "/admin/aladdin/job/"


def a_job(status: str) -> Job:
    later("performance.announce_ranking", metric="LOAN_DISBURSED")
    job: Job = Job.objects.latest("id")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job.pk])
    return job


def run_again(job: Job) -> dict[str, object]:
    return {"action": "run_again", "_selected_action": [job.pk]}


def test_a_failed_job_is_run_again(bank: Bank, desk: Desk, run_jobs: Callable[[], int]) -> None:
    job = a_job("failed")
    client = desk(bank.admin)
    assert "失败" in client.get(f"{JOBS}?status=failed").content.decode()
    answer = client.post(JOBS, run_again(job), follow=True)
    assert messages_of(answer) == ["已重新排队 1 个任务"]
    job.refresh_from_db()
    assert job.status == "todo"
    assert AuditEntry.objects.get(action="run_job_again").by == bank.admin
    assert run_jobs() == 1


def test_a_job_that_did_not_fail_is_left_alone(bank: Bank, desk: Desk) -> None:
    job = a_job("succeeded")
    answer = desk(bank.admin).post(JOBS, run_again(job), follow=True)
    assert messages_of(answer) == [f"任务 {job.pk} 未失败，不需要重新运行"]


def test_audit_reads_jobs_but_runs_none(bank: Bank, desk: Desk, audit_admin: Staff) -> None:
    job = a_job("failed")
    desk(audit_admin).post(JOBS, run_again(job))
    job.refresh_from_db()
    assert job.status == "failed"
