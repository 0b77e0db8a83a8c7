"""The workers of the queues ``messages``: ``python -m qlines.jobs.message_worker``.

Several, because one receiver that hangs must not hold up the messages to others: each lane is a
worker of its own (worker.py), forked from this process after it has loaded the libraries that every
message needs. So a job begins within some milliseconds, and the lanes share that memory. Channels
that fail have a queue of their own, which only the last lane takes.

This process watches the lanes, reads what people write to the bot of Telegram, and writes their
heartbeat. When one ends it ends the others, and
supervisord starts all of them again.
"""

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from redis.exceptions import ConnectionError as RedisConnectionError

from qlines import heartbeat as heartbeats
from qlines import logs, role
from qlines.clients import mongodb
from qlines.clients import redis as redis_client
from qlines.clock import Clock, SystemClock
from qlines.heartbeat import Heartbeat
from qlines.jobs import delivery
from qlines.jobs.counters import WORKER_COUNTERS
from qlines.jobs.orphaned_jobs import requeue_orphans
from qlines.jobs.queue import MESSAGES, MESSAGES_SLOW
from qlines.jobs.telegram_linking import Linker, LinkerThread
from qlines.jobs.worker import AppWorker
from qlines.messengers.means import SECONDS
from qlines.messengers.telegram_bot import MAX_ANSWER_BYTES, Bot
from qlines.process_lifetime import die_with_parent
from qlines.retry import wait_for_store
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store.lease import Lease
from qlines.webhook.sender import Sender
from qlines.webhook.url import Rules

log = logging.getLogger(__name__)

PROGRAM = "messenger"
ALONE = "this container"  # the holder of a lease where there are no other nodes
# The queues of each lane, those first from which it takes first. A person has one job on each queue
# (queue.py), so whatever their receivers do, one of the first two lanes is for everybody else.
LANES = ((MESSAGES,), (MESSAGES,), (MESSAGES_SLOW, MESSAGES))
LOOK_EVERY_SECONDS = 1.0
MAX_SILENT_SECONDS = 30.0  # a worker sends a heartbeat every five
STOP_LINKER_SECONDS = 1.0  # it may wait for Telegram, and loses nothing by its end
STOP_SECONDS = 10.0  # for the message that is being sent


class Lane(NamedTuple):
    """A worker's process, and the name under which it writes its heartbeat."""

    pid: int
    name: str


def main() -> int:
    """Run the lanes until asked to stop; return 1 when one of them has ended before."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, PROGRAM, clock)
    delivery.preload()
    redis = redis_client.connect(settings.redis)
    names = [f"{PROGRAM}-{settings.node or socket.gethostname()}-{n}" for n in range(len(LANES))]
    for name, queues in zip(names, LANES, strict=True):
        wait_for_store(
            partial(requeue_orphans, redis, name, queues),
            stop=stop,
            clock=clock,
            heartbeat=heartbeat,
        )
    redis.close()
    gc.freeze()  # what is loaded stays shared: no collection in a lane touches it
    lanes = [
        _fork(partial(work, settings, name, queues, f"{PROGRAM}-{n}"), f"{PROGRAM}-{n}")
        for n, (name, queues) in enumerate(zip(names, LANES, strict=True))
    ]
    linker = start_linker(settings, clock)  # a thread: after the forks
    log.info("ready: %s lanes take jobs from the queues %s and %s", len(lanes), *LANES[-1])
    try:
        return watch(lanes, settings.run_dir, heartbeat, stop, clock)
    finally:
        if linker:
            linker.stop(STOP_LINKER_SECONDS)


def start_linker(settings: Settings, clock: Clock) -> LinkerThread | None:
    """Start to link chats of Telegram where it is this node's turn; None without a bot."""
    if not settings.telegram_bot_token:
        return None
    db = mongodb.connect(settings.mongodb)
    sender = Sender(Rules(), clock, seconds=SECONDS, max_answer_bytes=MAX_ANSWER_BYTES)
    bot = Bot(settings.telegram_bot_token, sender)
    lease = Lease(db, "telegram", settings.node or ALONE, clock)
    seen = role.reader(settings.data_dir, settings.run_dir, clock)

    def is_ours() -> bool:
        return seen().role == role.ACTIVE and (not settings.node or lease.is_held())

    linker = LinkerThread(Linker(db, bot, clock), is_ours)
    linker.start()
    return linker


def work(settings: Settings, name: str, queues: Sequence[str], heartbeat_name: str) -> int:
    """Work as one lane until asked to stop; return 1 when RQ gave up, because Redis went away."""
    heartbeat = Heartbeat(settings.run_dir, heartbeat_name, SystemClock())
    worker = AppWorker(redis_client.connect(settings.redis), name, heartbeat, queues)
    try:
        worker.work(logging_level=None)
    except RedisConnectionError as error:
        log.warning("stopped while redis did not answer: %s", error)
    return 0 if worker.is_stopping else 1


def _fork(run: Callable[[], int], name: str) -> Lane:
    """Start a lane, which dies with this process."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return Lane(pid, name)
    status = 1
    try:
        die_with_parent(parent)
        status = run()
    except Exception:
        log.exception("the lane %s has failed", name)
    finally:
        os._exit(status)  # what follows in this function's callers is the parent's


def watch(
    lanes: Sequence[Lane], run_dir: Path, heartbeat: Heartbeat, stop: Stop, clock: Clock
) -> int:
    """Report the lanes' heartbeats as one, until one ends or a stop is asked for."""
    running = {lane.pid for lane in lanes}
    while not stop.is_set:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        if pid in running:
            log.warning("a lane has ended: all of them start again")
            _end(running - {pid}, clock)
            return 1
        report(lanes, run_dir, heartbeat, clock.now_us() / 1e6)
        clock.sleep(LOOK_EVERY_SECONDS)
    _end(running, clock)
    return 0


def report(lanes: Sequence[Lane], run_dir: Path, heartbeat: Heartbeat, now: float) -> None:
    """Beat for all lanes; not while one of them is silent: then this program hangs."""
    documents = [heartbeats.read(run_dir, lane.name) for lane in lanes]
    own = [one for one, lane in zip(documents, lanes, strict=True) if one.get("pid") == lane.pid]
    if any(now - one["beat_at"] > MAX_SILENT_SECONDS for one in own):
        return
    counters = {name: sum(one["counters"].get(name, 0) for one in own) for name in WORKER_COUNTERS}
    busy = sum(one["sentence"] == "working on a job" for one in own)
    waiting_for = next((one["waiting_for"] for one in own if one["waiting_for"]), None)
    sentence = f"waiting for {waiting_for}" if waiting_for else f"sending to {busy} channels"
    heartbeat.beat(sentence, waiting_for=waiting_for, counters=counters)


def _end(pids: set[int], clock: Clock) -> None:
    """Ask lanes to end, and end those that do not within STOP_SECONDS."""
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    until = clock.monotonic() + STOP_SECONDS
    left = set(pids)
    while left and clock.monotonic() < until:
        pid, _status = os.waitpid(-1, os.WNOHANG)
        left.discard(pid)
        if not pid:
            clock.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
