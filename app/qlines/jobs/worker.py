"""The worker of the RQ queue ``app1``: ``python -m qlines.jobs.worker``.

It forks a process for each job (RQ's Worker, not SimpleWorker): the libraries of the stores are
loaded in that process only and their memory goes back with it, a job that is killed for its
memory ends as failed with a reason, and the worker can say meanwhile that it is alive.
"""

import logging
import os
import socket
import sys
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
from qlines.jobs import abandoned
from qlines.jobs.queue import EXPORT, QUEUE, enqueue_export_cleaning
from qlines.process_lifetime import die_with_parent
from qlines.retry import wait_for_store
from qlines.settings import Settings
from qlines.stop import Stop

log = logging.getLogger(__name__)

# RQ rests this long less 15 s at the queue: every 5 s it comes back and gives its sign of life.
WORKER_TTL_SECONDS = 20
MONITORED_EVERY_SECONDS = 5
CLEANED_EVERY_SECONDS = 60


class AppWorker(Worker):
    """RQ's worker, which also gives our sign of life and takes its jobs with it when it dies."""

    max_connection_wait_time = (
        2.0  # RQ's own minute would be a minute of waiting after Redis is back
    )
    log_result_lifespan = False

    def __init__(self, redis: Redis, name: str, heartbeat: Heartbeat) -> None:
        super().__init__(
            [QUEUE],
            name=name,
            connection=redis,
            worker_ttl=WORKER_TTL_SECONDS,
            maintenance_interval=CLEANED_EVERY_SECONDS,
            job_monitoring_interval=MONITORED_EVERY_SECONDS,
        )
        self._heartbeat = heartbeat
        self._counts = {"done": 0, "failed": 0}
        self.asked_to_stop = False

    def handle_warm_shutdown_request(self) -> None:
        """Remember that we are told to stop, so that the end is no failure."""
        self.asked_to_stop = True

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Tell Redis and the health checker that the worker lives."""
        try:
            super().heartbeat(timeout, pipeline)
        except (RedisConnectionError, RedisTimeoutError):
            self._heartbeat.beat("waits for redis", waiting_for="redis")
            raise
        sentence = "works on a job" if self.horse_pid else "waits for jobs"
        self._heartbeat.beat(sentence, counters=self._counts)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Count how jobs end; RQ's own counts are in Redis only."""
        super().execute_job(job, queue)
        with suppress(InvalidJobOperation):  # a job that may be forgotten at once
            status = job.get_status()
            self._counts["done" if status == JobStatus.FINISHED else "failed"] += 1
            log.info("%s: %s", job.description, status.value)

    def subscribe(self) -> None:
        """Leave out the thread that listens for `rq` commands: nobody sends any here."""

    def unsubscribe(self) -> None:
        """Leave it out here too."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Run the job in the forked process, which must not outlive the worker.

        Otherwise a job that is found again after a `kill -9` would run twice at once.
        """
        die_with_parent(self.pid or 0)
        super().main_work_horse(job, queue)

    def handle_job_failure(self, job: Job, queue: Queue, *args: Any, **options: Any) -> None:
        """Let an export that is lost for good say so in its record."""
        super().handle_job_failure(job, queue, *args, **options)
        if job.func_name == EXPORT:
            enqueue_export_cleaning(self.connection)


def main() -> int:
    """Wait for Redis, take back what a former life left behind, work until told to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    # At INFO it tells each minute that it has cleaned, and the arguments of each job.
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    clock = SystemClock()
    heartbeat = Heartbeat(settings.run_dir, "rqworker", clock)
    redis = redis_client.connect(settings.redis)
    name = f"rqworker-{socket.gethostname()}"
    stop = Stop().on_signals()
    wait_for_store(
        lambda: abandoned.take_back(redis, name), stop=stop, clock=clock, heartbeat=heartbeat
    )
    log.info("ready: takes jobs from the queue %s", QUEUE)
    worker = AppWorker(redis, name, heartbeat)
    try:
        worker.work(logging_level=None)
    except RedisConnectionError as error:
        log.warning("ended while redis did not answer: %s", error)
    # RQ returns when Redis goes away in the middle of a job: supervisord starts us again, and
    # the job is taken back above.
    return 0 if worker.asked_to_stop else 1


if __name__ == "__main__":
    sys.exit(main())
