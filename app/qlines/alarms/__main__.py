"""Run the evaluator of alarm rules: ``python -m qlines.alarms``."""

import gc
import os
from collections import Counter
from collections.abc import Callable, MutableMapping
from functools import partial

from kafka import KafkaConsumer

from appliance.shared import twin
from qlines import health_report, logs, role
from qlines.addresses.kafka import KafkaAddress
from qlines.alarms.kafka_log import KafkaLog
from qlines.alarms.last_heard import LastHeard
from qlines.alarms.loop import Evaluator
from qlines.alarms.term import Term
from qlines.alarms.twin_feed import TwinFeed
from qlines.clients import kafka, mongodb, redis
from qlines.clock import Clock, SystemClock
from qlines.heartbeat import Heartbeat, read_lag_ms
from qlines.jobs.dispatch.dispatcher import Dispatcher
from qlines.jobs.dispatch.thread import DispatcherThread
from qlines.jobs.problem_watch import ProblemWatch, ProblemWatchThread
from qlines.peer import find_peer
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store.lease import FencedLease, Lease
from qlines.store.outbox_watch import OutboxWatch
from qlines.telemetry_record import TOPIC

IDLE_SECONDS = 0.5
# Names of holders. Twins share one, since the active side is to take over at once: the fence of the
# other one is enough. Of nodes one waits until the lease of another that was lost has ended.
ALONE, ACTIVE_SIDE = "this container", "the active side"
# A fetch is held decompressed, about five times as much; a larger record batch still comes whole.
MAX_FETCH_BYTES = 1024 * 1024
# The broker answers when it has so much, or after that time: a fetch for each batch of ingest, 50 a
# second, would cost CPU for nothing. Half of it is how much later an alarm is known, on average.
FETCH_MIN_BYTES = 256 * 1024
FETCH_MAX_WAIT_MS = 100
# Readings and states are hundreds of thousands of tuples without cycles; looking through all of
# them as often as Python does by itself costs a fifth of the time.
GARBAGE_THRESHOLDS = (100_000, 20, 100)


def main() -> None:
    """Read the settings, and evaluate until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "alarms", clock)
    db = mongodb.connect(settings.mongodb)
    pairing, peer = twin.read(settings.data_dir), find_peer(settings.data_dir)
    side = peer.side if peer else ""
    holder = ACTIVE_SIDE if side else settings.node or ALONE
    lease = FencedLease(db, "alarms", holder, clock)
    own = KafkaLog(partial(_connect, settings.kafka_address), side, clock)
    last_heard, feed = LastHeard(clock), None
    if peer and pairing:
        feed = TwinFeed(partial(_connect, KafkaAddress(peer.kafka)), pairing.other, clock)
        feed.start()

    def make_term(counters: Counter[str]) -> Term:
        return Term(
            db,
            lease,
            own,
            feed,
            last_heard=last_heard,
            ingest_lag_ms=lambda: read_lag_ms(settings.run_dir, "ingest"),
            has_sides=bool(side or settings.node),
            max_pairs=settings.alarm_pairs,
            counters=counters,
            clock=clock,
        )

    reader = role.reader(settings.data_dir, settings.run_dir, clock)
    evaluator = Evaluator(lease, own, make_term, role=reader, heartbeat=heartbeat, clock=clock)
    messages = _messages(settings, reader, evaluator.counters, clock)
    messages.start()
    problems = _problems(settings, side, clock)
    problems.start()

    def iterate() -> bool:
        if not (messages.is_alive() and problems.is_alive()):
            raise RuntimeError("a thread that makes messages has ended")
        return evaluator.run_once()

    run(iterate, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=IDLE_SECONDS)
    messages.stop()
    problems.stop()
    evaluator.stop()


def _messages(
    settings: Settings,
    reader: Callable[[], role.Role],
    counters: MutableMapping[str, int],
    clock: Clock,
) -> DispatcherThread:
    """Return what makes messages of alarms, which also works while there is no Kafka to evaluate.

    On the active twin, or at one of all nodes: not always the one that evaluates.
    """
    db = mongodb.connect(settings.mongodb)
    lease = Lease(db, "messages", settings.node or ALONE, clock)

    def is_ours() -> bool:
        return reader().role == role.ACTIVE and (not settings.node or lease.is_held())

    dispatcher = Dispatcher(db, redis.connect(settings.redis), clock, counters)
    return DispatcherThread(dispatcher, is_ours, OutboxWatch(db).wait)


def _problems(settings: Settings, side: str, clock: Clock) -> ProblemWatchThread:
    """Return what makes messages of this appliance's health, on each twin and each node."""
    db = mongodb.connect(settings.mongodb)
    place = side or settings.node or ""
    return ProblemWatchThread(ProblemWatch(db, place, health_report.ask, clock))


def _connect(address: KafkaAddress) -> KafkaConsumer:
    return kafka.consumer(
        address,
        TOPIC,
        None,
        auto_offset_reset="none",
        max_partition_fetch_bytes=MAX_FETCH_BYTES,
        fetch_min_bytes=FETCH_MIN_BYTES,
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
    )


if __name__ == "__main__":
    main()
