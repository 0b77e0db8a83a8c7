"""The worker of the RQ queue ``app1``: ``python -m qlines.jobs.worker``; others share its class.

It forks a process for each job (RQ's Worker, not SimpleWorker). The libraries of the stores are
loaded in that process only, and their memory is freed with it; a job that the kernel kills for its
memory is recorded as failed; and the worker sends heartbeats while a job runs.
"""

import logging
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation
from rq.job import Job, JobStatus

from qlines import logs
from qlines.clients import redis as redis_client
from qlines.clock import SystemClock
from qlines.heartbeat import Heartbeat
from qlines.jobs.counters import WORKER_COUNTERS
from qlines.jobs.orphaned_jobs import requeue_orphans
from qlines.jobs.queue import EXPORT, QUEUE, enqueue_export_cleaning
from qlines.process_lifetime import die_first_of_memory, die_with_parent
from qlines.retry import wait_for_store
from qlines.settings import Settings
from qlines.stop import Stop

log = logging.getLogger(__name__)

# RQ blocks on the queue for the TTL less 15 s, so it sends a heartbeat every 5 s.
WORKER_TTL_SECONDS = 20
JOB_MONITORING_SECONDS = 5
MAINTENANCE_SECONDS = 60


class AppWorker(Worker):
    """RQ's worker with the appliance's heartbeat, whose jobs never outlive it.

    It overrides methods of RQ that are not documented for it: tests/unit/jobs/test_worker.py
    fails when RQ renames one, changes its parameters or no longer calls it.
    """

    # RQ's default is 60 s, so it could notice a minute late that Redis is back.
    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def __init__(
        self, redis: Redis, name: str, heartbeat: Heartbeat, queues: Sequence[str] = (QUEUE,)
    ) -> None:
        super().__init__(
            list(queues),
            name=name,
            connection=redis,
            worker_ttl=WORKER_TTL_SECONDS,
            maintenance_interval=MAINTENANCE_SECONDS,
            job_monitoring_interval=JOB_MONITORING_SECONDS,
        )
        self._heartbeat = heartbeat
        self._counters = dict.fromkeys(WORKER_COUNTERS, 0)
        self.is_stopping = False

    def handle_warm_shutdown_request(self) -> None:
        """Note that the worker was asked to stop, so that it exits with 0."""
        self.is_stopping = True

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Send the heartbeat to Redis and to the health checker."""
        try:
            super().heartbeat(timeout, pipeline)
        except (RedisConnectionError, RedisTimeoutError):
            self._heartbeat.beat("waiting for redis", waiting_for="redis")
            raise
        sentence = "working on a job" if self.horse_pid else "waiting for jobs"
        self._heartbeat.beat(sentence, counters=self._counters)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run the job and count its outcome; RQ counts in Redis only."""
        super().execute_job(job, queue)
        with suppress(InvalidJobOperation):  # the job has no result and was deleted
            status = job.get_status()
            self._counters["done" if status == JobStatus.FINISHED else "failed"] += 1
            log.info("%s: %s", job.description, status.value)

    def subscribe(self) -> None:
        """Do nothing: RQ would start a thread for `rq` commands here, which nobody sends."""

    def unsubscribe(self) -> None:
        """Do nothing: there is no thread to stop."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in the forked process, which dies with the worker, and before any store.

        Otherwise a job that is requeued after a `kill -9` would run twice at the same time; and one
        that takes all memory would cost the store that happens to be larger.
        """
        die_with_parent(self.pid or 0)
        die_first_of_memory()
        super().main_work_horse(job, queue)

    def handle_job_failure(self, job: Job, queue: Queue, *args: Any, **options: Any) -> None:
        """Requeue or fail the job; the cleaning marks an export that cannot be retried."""
        super().handle_job_failure(job, queue, *args, **options)
        if job.func_name == EXPORT:
            enqueue_export_cleaning(self.connection)


def main() -> int:
    """Wait for Redis, requeue orphaned jobs, and work until asked to stop.

    Return 1 when RQ gave up because Redis went away in the middle of a job: supervisord restarts
    the worker, which requeues that job.
    """
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    # At INFO it logs every maintenance, once a minute, and the arguments of each job.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    clock = SystemClock()
    heartbeat = Heartbeat(settings.run_dir, "rqworker", clock)
    redis = redis_client.connect(settings.redis)
    # Its jobs are requeued when it comes back: of a node in whatever container it does.
    name = f"rqworker-{settings.node or socket.gethostname()}"
    stop = Stop().on_signals()
    wait_for_store(lambda: recover(redis, name), stop=stop, clock=clock, heartbeat=heartbeat)
    log.info("ready: taking jobs from the queue %s", QUEUE)
    worker = AppWorker(redis, name, heartbeat)
    try:
        worker.work(logging_level=None)
    except RedisConnectionError as error:
        log.warning("stopped while redis did not answer: %s", error)
    return 0 if worker.is_stopping else 1


def recover(redis: Redis, worker_name: str) -> None:
    """Requeue what the previous worker of this name had started, and clean up after it.

    An orphaned export whose retries are used up is not requeued: the cleaning marks it as failed
    and deletes its unfinished file. Raise StoreUnavailableError when Redis does not answer.
    """
    if requeue_orphans(redis, worker_name):
        enqueue_export_cleaning(redis)


if __name__ == "__main__":
    sys.exit(main())
