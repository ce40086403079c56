"""Jobs: long work asked for here, done by a worker process, and taken up again when it was cut short."""

from hygie.service.jobs.queue import cancel_job, get_job, list_job_events, list_jobs, submit

__all__ = ["cancel_job", "get_job", "list_job_events", "list_jobs", "submit"]
