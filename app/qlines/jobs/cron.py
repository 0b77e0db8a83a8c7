"""Put jobs on the queue by the clock, with RQ's own scheduler: ``python -m qlines.jobs.cron``."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis
from rq.cron import CronScheduler

from qlines import logs
from qlines.clients import redis as redis_client
from qlines.clients.redis import raising_unavailable
from qlines.clock import Clock, SystemClock
from qlines.heartbeat import Heartbeat
from qlines.jobs.queue import CLEAN_EXPORTS, FAILURES_KEPT_SECONDS, QUEUE, RETENTION
from qlines.retry import wait_for_store
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop

log = logging.getLogger(__name__)

REST_SECONDS = 2.0
HEARTBEAT_SECONDS = 60.0
# A start is busy enough: every program loads its libraries, and the schemas are made.
FIRST_AFTER_SECONDS = 60.0


class Regular(NamedTuple):
    """A job, and every how many seconds it runs; the first time is a minute after the start."""

    job: str
    every_seconds: int


SCHEDULE = (
    Regular(RETENTION, 86_400),
    Regular(CLEAN_EXPORTS, 900),
)


class Cron:
    """RQ's scheduler, turned by our loop so that it waits for Redis as every program does."""

    def __init__(self, scheduler: Any, heartbeat: Heartbeat, clock: Clock) -> None:
        self._scheduler = scheduler
        self._heartbeat = heartbeat
        self._clock = clock
        self._first_at = clock.monotonic() + FIRST_AFTER_SECONDS
        self._heartbeat_at = float("-inf")
        self._enqueued = 0

    @raising_unavailable()
    def turn(self) -> bool:
        """Put what is due on the queue; a job that Redis did not take stays due."""
        due = []
        if self._clock.monotonic() >= self._first_at:
            due = self._scheduler.enqueue_jobs()
        for job in due:
            log.info("put %s on the queue", job.name)
        if due or self._clock.monotonic() - self._heartbeat_at >= HEARTBEAT_SECONDS:
            self._scheduler.save()
            self._scheduler.heartbeat()
            self._heartbeat_at = self._clock.monotonic()
        self._enqueued += len(due)
        self._heartbeat.beat("waits for the next job's time", counters={"enqueued": self._enqueued})
        return False


def make_scheduler(redis: Redis) -> CronScheduler:
    """Return RQ's scheduler with every regular job."""
    scheduler = CronScheduler(redis, name=f"cron-{os.getpid()}")
    for regular in SCHEDULE:
        scheduler.register(
            _named(regular.job),
            QUEUE,
            interval=regular.every_seconds,
            failure_ttl=FAILURES_KEPT_SECONDS,
        )
    return scheduler


def _named(path: str) -> Callable[[], None]:
    """Return a stand-in of the job that *path* names, for RQ takes functions here and no names.

    RQ puts only module and name on the queue. Importing the job itself would load the libraries
    of MongoDB and ClickHouse into a process that never runs a job: 30 MB.
    """

    def job() -> None:
        raise NotImplementedError(f"{path} runs in the worker, not in the scheduler")

    job.__module__, _, job.__qualname__ = path.rpartition(".")
    job.__name__ = job.__qualname__
    return job


def main() -> int:
    """Wait for Redis, then put jobs on the queue until told to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    logging.getLogger("rq.cron").setLevel(logging.WARNING)  # we say what it says, with names
    clock = SystemClock()
    heartbeat = Heartbeat(settings.run_dir, "cron", clock)
    stop = Stop().on_signals()
    redis = redis_client.connect(settings.redis)
    wait_for_store(raising_unavailable()(redis.ping), stop=stop, clock=clock, heartbeat=heartbeat)
    cron = Cron(make_scheduler(redis), heartbeat, clock)
    log.info("ready: %s", ", ".join(f"{job} every {every} s" for job, every in SCHEDULE))
    run(cron.turn, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=REST_SECONDS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
