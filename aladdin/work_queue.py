"""Jobs as the back office shows them, and running a failed one again."""

from django.db import transaction
from procrastinate import utils
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status

from aladdin import audit
from aladdin.problems import Conflict


class Job(ProcrastinateJob):
    """One piece of work that follows later (`aladdin/jobs.py`); Procrastinate owns the rows."""

    class Meta:
        proxy = True
        verbose_name = "后台任务"
        verbose_name_plural = "后台任务"


@transaction.atomic
def run_again(job: Job, *, by: object) -> None:
    """Put a job that is out of tries back in the queue. Raises `job_not_failed` (409)."""
    if job.status != Status.FAILED.value:
        raise Conflict("job_not_failed", f"任务 {job.pk} 未失败，不需要重新运行")
    app.job_manager.retry_job_by_id(job.pk, utils.utcnow(), job.priority, job.queue_name, job.lock)
    audit.record(by=by, action="run_job_again", subject=f"job/{job.pk}", task=job.task_name)
