"""The counters of the RQ worker and of the scheduler: name and meaning."""

WORKER_COUNTERS = {
    "done": "jobs that finished",
    "failed": "runs of jobs that failed; a job that is retried may fail several times",
}
CRON_COUNTERS = {
    "enqueued": "jobs put on the queue because they were due",
}
