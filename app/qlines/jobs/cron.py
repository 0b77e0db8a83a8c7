"""Start what is due: ``python -m qlines.jobs.cron``.

Periodic jobs are enqueued with RQ's own scheduler, backups and restore drills started as processes.
Of several nodes the one that holds the lease enqueues them.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from redis import Redis
from rq.cron import CronScheduler

from qlines import logs, role
from qlines.backup_schedule import plan_of
from qlines.clients import redis as redis_client
from qlines.clients.redis import raising_unavailable
from qlines.clock import Clock, SystemClock
from qlines.heartbeat import Heartbeat
from qlines.jobs.backup_starter import BackupStarter
from qlines.jobs.queue import CLEAN_EXPORTS, FAILURE_TTL_SECONDS, QUEUE, RETENTION
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop

log = logging.getLogger(__name__)

IDLE_SECONDS = 2.0
RQ_HEARTBEAT_SECONDS = 60.0
# Both cores are busy while the programs load their libraries and the schemas are created.
START_DELAY_SECONDS = 60.0


class PeriodicJob(NamedTuple):
    """The name of a job and its interval; the first run is a minute after the start."""

    job: str
    every_seconds: int


SCHEDULE = (
    PeriodicJob(RETENTION, 86_400),
    PeriodicJob(CLEAN_EXPORTS, 900),
)


class Cron:
    """RQ's scheduler driven by our loop, which retries when Redis is away and sends heartbeats."""

    def __init__(self, scheduler: Any, heartbeat: Heartbeat, clock: Clock) -> None:
        self._scheduler = scheduler
        self._heartbeat = heartbeat
        self._clock = clock
        self._first_at = clock.monotonic() + START_DELAY_SECONDS
        self._rq_heartbeat_at = float("-inf")
        self._enqueued = 0

    @raising_unavailable()
    def run_once(self) -> bool:
        """Enqueue the jobs that are due; return False, because there is never more to do at once.

        Raise StoreUnavailableError when Redis does not answer: the jobs stay due.
        """
        due = []
        if self._clock.monotonic() >= self._first_at:
            due = self._scheduler.enqueue_jobs()
        for job in due:
            log.info("enqueued %s", job.name)
        if due or self._clock.monotonic() - self._rq_heartbeat_at >= RQ_HEARTBEAT_SECONDS:
            self._scheduler.save()
            self._scheduler.heartbeat()
            self._rq_heartbeat_at = self._clock.monotonic()
        self._enqueued += len(due)
        self._heartbeat.beat(
            "waiting for the next job to be due", counters={"enqueued": self._enqueued}
        )
        return False


def make_scheduler(redis: Redis) -> CronScheduler:
    """Return RQ's scheduler with every job of SCHEDULE."""
    scheduler = CronScheduler(redis, name=f"cron-{os.getpid()}")
    for periodic in SCHEDULE:
        scheduler.register(
            job_stub(periodic.job),
            QUEUE,
            interval=periodic.every_seconds,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    return scheduler


def job_stub(path: str) -> Callable[[], None]:
    """Return a function with the module and name that *path* gives, such as ``a.module.run``.

    RQ's scheduler takes functions, not names, and enqueues only their module and name. Importing
    the job itself would load the libraries of MongoDB and ClickHouse, 30 MB, into a process that
    never runs a job.
    """

    def job() -> None:
        raise RuntimeError(f"{path} runs in the worker, not in the scheduler")

    job.__module__, _, job.__qualname__ = path.rpartition(".")
    job.__name__ = job.__qualname__
    return job


def backups_of(settings: Settings, clock: Clock) -> BackupStarter | None:
    """Return what starts backups; None where no store runs in this container."""
    plan = plan_of(settings.roles, settings.backup_every, settings.drill_every)
    reader = role.reader(settings.data_dir, settings.run_dir, clock)
    return BackupStarter(settings.data_dir, plan, clock, role=reader) if plan else None


def lease_of(settings: Settings, clock: Clock) -> Any:
    """Return this node's claim to enqueue the jobs of all nodes; None without other nodes."""
    if not settings.node:
        return None
    # 15 MB, which a single container need not load.
    from qlines.clients import mongodb  # noqa: PLC0415 - see above
    from qlines.store.lease import Lease  # noqa: PLC0415 - see above

    return Lease(mongodb.connect(settings.mongodb), "cron", settings.node, clock)


def main() -> int:
    """Start backups and enqueue periodic jobs until asked to stop.

    Backups do not wait for Redis: the loop begins each iteration with them, during an outage too.
    """
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    logging.getLogger("rq.cron").setLevel(
        logging.WARNING
    )  # run_once logs the same with the names of the jobs
    clock = SystemClock()
    heartbeat = Heartbeat(settings.run_dir, "cron", clock)
    stop = Stop().on_signals()
    backups = backups_of(settings, clock)
    lease = lease_of(settings, clock)
    cron = Cron(make_scheduler(redis_client.connect(settings.redis)), heartbeat, clock)
    log.info("ready: %s", ", ".join(f"{job} every {seconds} s" for job, seconds in SCHEDULE))

    def iterate() -> bool:
        if backups:
            backups.run_once()
        if lease is None or lease.is_held():
            return cron.run_once()
        heartbeat.beat(f"{lease.holder} enqueues the periodic jobs")
        return False

    run(iterate, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=IDLE_SECONDS)
    if backups:
        backups.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
