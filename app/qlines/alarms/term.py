"""One term of the evaluator: from taking the lease until the first trouble.

What is in memory is what MongoDB had at the start and what the records since then have made of it.
Each commit brings MongoDB to the same point: states, alarms, events and positions at once. So a
term never mends anything. Whatever happens, it ends, and the next one begins with what is stored
and reads the same records again.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence

from qlines.alarms.changes import ChangeFollower
from qlines.alarms.counters import COUNTERS, GAUGES
from qlines.alarms.engine import Engine
from qlines.alarms.fleet import Fleet
from qlines.alarms.gathering import Gathering
from qlines.alarms.kafka_log import Fetched, KafkaLog
from qlines.alarms.knowledge import Knowledge
from qlines.alarms.last_heard import LastHeard
from qlines.alarms.pending import Pending
from qlines.alarms.rule_notes import RuleNotes
from qlines.alarms.sight import Sight
from qlines.alarms.twin_feed import TwinFeed
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.store import alarm_commit, alarm_positions
from qlines.store.alarm_positions import LogPosition
from qlines.store.lease import FencedLease

log = logging.getLogger(__name__)

FETCH_MS = 250
LOOK_EVERY_SECONDS = 1.0  # at timers, and at what people have changed
PRESENCE_EVERY_SECONDS = 15.0
# So little may pass between two commits with effects: a storm is committed in few.
EFFECTS_EVERY_SECONDS = 0.1
STATES_EVERY_SECONDS = 1.5
STATES_PER_SECOND = 2_000  # with more they are stored less often, and read again after a kill
POSITIONS_EVERY_SECONDS = 5.0
CAUGHT_UP_US = 60_000_000  # longer than anybody who saves a rule waits for us
OBSERVED_AT_ONCE = 25  # readings; each may raise an alarm of each of an owner's 1,000 rules


class Term:
    """Its methods raise StoreUnavailableError in an outage; run_once() also what ends a term."""

    def __init__(
        self,
        db: Documents,
        lease: FencedLease,
        own: KafkaLog,
        twin: TwinFeed | None,
        *,
        last_heard: LastHeard,
        ingest_lag_ms: Callable[[], int],
        has_sides: bool,
        max_pairs: int,
        counters: Counter[str],
        clock: Clock,
    ) -> None:
        self._db = db
        self._lease = lease
        self._own = own
        self._twin = twin
        self._ingest_lag_ms = ingest_lag_ms
        self._has_sides = has_sides
        self._counters = counters
        self._clock = clock
        self._changes = ChangeFollower(db)  # before anything is read: nothing falls between
        self._pending = Pending(lease.claim.fence)
        self._sight = Sight()
        self._engine = Engine(Fleet(max_pairs), self._pending, self._sight)
        self._knowledge = Knowledge(db, self._engine, last_heard)
        self._notes = RuleNotes(db, clock)
        self._unread: deque[Fetched] = deque()
        self._gathering: Gathering | None = None
        self._is_reading = False
        self._looked_at = self._committed_at = self._states_at = float("-inf")
        self._presence_at = self._read_at = clock.monotonic()

    def begin(self) -> None:
        """Read everything, and store what has ended in the meantime."""
        if self._knowledge.load_rules():
            self._own.connect()  # before all the rest is read, in vain if Kafka is away
        stored = alarm_positions.load(self._db)
        self._sight.continued(*alarm_positions.seen(stored))
        stored_us = max((one.at_us for one in stored), default=0)
        self._knowledge.load(self._clock.now_us(), stored_us)
        self._begin_to_read(stored)
        self._catch_up(self._clock.now_us())
        self._commit()

    def run_once(self) -> bool:
        """Evaluate what has come since; return whether there are rules at all."""
        self._read()
        now = self._clock.monotonic()
        if now - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = now
            self._look(self._clock.now_us())
        if self._is_commit_due(now):
            self._commit()
        return self._is_reading

    def close(self) -> None:
        """Give up what the term holds; nothing of it is stored any more."""
        self._changes.close()
        if self._twin is not None:
            self._twin.rest()

    def finish(self) -> None:
        """Store what has been evaluated, so that the next start reads less again."""
        self._commit()

    def _begin_to_read(self, stored: Sequence[LogPosition]) -> None:
        """Find the places in the logs; without rules nothing is read, nor any place kept."""
        rules = self._engine.fleet.rules
        self._is_reading = bool(rules)
        if not rules:
            return
        began_ms = min(watched.begun_us for watched in rules.values()) // 1000
        for sentence in self._own.begin(stored, began_ms):
            log.warning("not all readings can be evaluated, %s", sentence)
            self._sight.lost()
        for position in self._own.positions:
            self._reached(position)
        if self._twin is not None:
            self._twin.begin(stored, began_ms, frozenset(self._engine.fleet.sets))
            self._gathering = Gathering(self._own, self._twin, self._clock)

    def _read(self) -> None:
        if not self._is_reading:
            return
        if not self._unread:
            fetched = self._own.read(self._engine.fleet.sets, self._wait_ms())
            for one in fetched:
                self._sight.saw(1000 * one.position.written_ms)
            if self._twin is not None:
                fetched += self._twin.take()
            self._read_at = self._clock.monotonic()
            if self._gathering is not None:
                fetched = self._gathered(self._gathering, fetched)
            self._unread.extend(fetched)
        while self._unread and not self._pending.is_full:
            self._observe(self._unread[0])

    def _wait_ms(self) -> int:
        """Return how long readings may be waited for; an alarm that is to be stored waits less."""
        if not self._pending.has_effects:
            return FETCH_MS
        left = self._committed_at + EFFECTS_EVERY_SECONDS - self._clock.monotonic()
        return max(0, min(FETCH_MS, round(1000 * left)))

    def _gathered(self, gathering: Gathering, fetched: list[Fetched]) -> list[Fetched]:
        found = gathering.add(fetched)
        if found is None:
            return []
        self._gathering = None
        return found

    def _observe(self, fetched: Fetched) -> None:
        """Observe some of what was fetched; the place is reached when nothing is left of it."""
        piece = fetched.readings[:OBSERVED_AT_ONCE]
        now_us = self._clock.now_us()
        self._engine.observe(piece, now_us, is_again=fetched.is_again, only=fetched.only)
        self._counters["readings"] += len(piece)
        del fetched.readings[:OBSERVED_AT_ONCE]
        if not fetched.readings:
            self._reached(fetched.position)
            self._unread.popleft()

    def _reached(self, position: LogPosition) -> None:
        since_us, seen_us = self._sight.since_us or 0, self._sight.seen_us or 0
        self._pending.reached(position._replace(seen_since_us=since_us, seen_us=seen_us))

    def _look(self, now_us: int) -> None:
        self._apply_changes(now_us)
        lag_ms = self._lag_ms()
        if self._twin is not None:
            self._sight.note_twin(now_us, is_gone=self._twin.is_gone)
        self._sight.note(now_us, lag_ms=lag_ms)
        # Time must not run ahead of the readings that are still to come.
        self._engine.tick(now_us - 1000 * (lag_ms or 0))
        self._notes.write_if_due(self._engine, lag_ms or 0)
        self._count()

    def _apply_changes(self, now_us: int) -> None:
        changes = self._changes.read()
        self._knowledge.apply(changes, now_us)
        now = self._clock.monotonic()
        if self._has_sides and now - self._presence_at >= PRESENCE_EVERY_SECONDS:
            self._presence_at = now
            self._knowledge.refresh_presence(now_us)
        has_rules = bool(self._engine.fleet.rules)
        if has_rules and not self._is_reading:
            self._begin_to_read(alarm_positions.load(self._db))
        elif self._is_reading and not has_rules:
            self._stop_reading()
        has_begun = self._catch_up(now_us, now_us - CAUGHT_UP_US)
        if self._twin is not None and not has_begun and (changes.rules or changes.devices):
            self._twin.watch(frozenset(self._engine.fleet.sets))

    def _catch_up(self, now_us: int, oldest_us: int = 0) -> bool:
        """Evaluate what has come for rules and devices before we heard of them, after a moment.

        Return whether there are such; the thread that reads the twin's log does the same there.
        """
        begun = self._knowledge.take_begun()
        if not begun or not self._is_reading:
            return False
        since_ms = max(min(begun.values()), oldest_us) // 1000
        if self._twin is not None:
            self._twin.watch(frozenset(self._engine.fleet.sets), begun, since_ms)
        for fetched in self._own.again(since_ms, self._engine.fleet.sets):
            for start in range(0, len(fetched.readings), OBSERVED_AT_ONCE):
                piece = fetched.readings[start : start + OBSERVED_AT_ONCE]
                self._engine.observe(piece, now_us, is_again=True, only=begun)
                if self._pending.is_full:
                    self._commit()
        return True

    def _stop_reading(self) -> None:
        """With no rule left the positions would only get old: the next rule begins at its time."""
        self._unread.clear()
        self._gathering = None
        self._commit()
        alarm_commit.forget_positions(self._db, self._lease)
        self._is_reading = False
        if self._twin is not None:
            self._twin.rest()

    def _lag_ms(self) -> int | None:
        """Return how far the evaluation is behind the devices, None while nobody knows."""
        if not self._is_reading:
            return 0
        twin_ms: int | None = 0
        if self._twin is not None and not self._twin.is_gone:
            twin_ms = self._twin.lag_ms
        if self._own.lag_ms is None or twin_ms is None:
            return None
        return max(self._own.lag_ms, twin_ms, self._ingest_lag_ms(), self._unread_ms())

    def _unread_ms(self) -> int:
        """Return how long the oldest of what is not evaluated may have waited; after a storm only.

        That was fetched, or came since the last fetch.
        """
        oldest_ms = self._unread[0].position.written_ms if self._unread else None
        if self._gathering is not None:
            oldest_ms = self._gathering.oldest_ms
        unfetched_ms = round(1000 * (self._clock.monotonic() - self._read_at))
        if oldest_ms is None:
            return unfetched_ms
        return max(unfetched_ms, self._clock.now_us() // 1000 - oldest_ms)

    def _is_commit_due(self, now: float) -> bool:
        if self._pending.is_full:
            return True
        if self._pending.has_effects:
            return now - self._committed_at >= EFFECTS_EVERY_SECONDS
        if now - self._committed_at >= POSITIONS_EVERY_SECONDS:
            return True
        pause = max(STATES_EVERY_SECONDS, self._pending.dirty_states / STATES_PER_SECOND)
        if now - self._states_at < pause:
            return False
        self._states_at = now
        return self._pending.has_states

    def _commit(self) -> None:
        for batch in self._pending.take():
            if not batch.is_empty:
                now = utc_datetime(self._clock.now_us())
                alarm_commit.commit(self._db, self._lease, batch, now)
                self._counters["commits"] += 1
        self._counters.update(self._pending.counts)
        self._pending.counts.clear()
        self._committed_at = self._states_at = self._clock.monotonic()

    def _count(self) -> None:
        fleet = self._engine.fleet
        self._counters["rules"] = len(fleet.rules)
        self._counters["devices"] = len(fleet.devices)
        self._counters["pairs_left_out"] = sum(fleet.left_out().values())
        self._counters["states"] = len(self._engine.pairs)
        self._counters["timers"] = len(self._engine.due)
        self._counters["lag_seconds"] = round((self._lag_ms() or 0) / 1000)
        self._counters["invalid_records"] = self._own.invalid_records


def zeros() -> Counter[str]:
    """Return the counters of a program that has just started."""
    return Counter(dict.fromkeys((*COUNTERS, *GAUGES), 0))
