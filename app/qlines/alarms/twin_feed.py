"""Read the twin's Kafka for the evaluator, in a thread: the own log must not wait for it.

What the thread reads is handed over in order, with the positions behind it, and only then it says
how far it is. It connects again after any trouble, at the position of what was handed over last.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kafka import KafkaConsumer

from qlines.alarms.kafka_log import Fetched, KafkaLog
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.peer import KAFKA_NAME
from qlines.retry import StoreOutage
from qlines.store.alarm_positions import LogPosition

log = logging.getLogger(__name__)

FETCH_MS = 250
MAX_WAITING = 64  # records handed over and not evaluated yet
GONE_AFTER_SECONDS = 5.0  # without an answer; to connect takes one
LOOK_SECONDS = 0.5  # how soon a thread that waits sees that it is to begin again


class Progress(NamedTuple):
    """How far the thread was, at a monotonic time, with what it had handed over.

    *lag_ms* is how far it was behind, None while nobody knows; *is_level* is KafkaLog's.
    *has_failed*: it had to connect again since begin().
    """

    at: float = 0.0
    lag_ms: int | None = None
    is_level: bool = False
    has_failed: bool = False


class _Again(NamedTuple):
    """What was written since then is to be read again for what has *begun*."""

    begun: frozenset[str]
    since_ms: int


class TwinFeed:
    """What the thread has read; the evaluator's loop calls all but run_once().

    *progress* is as of the last take(), which has returned what it is about.
    """

    def __init__(self, connect: Callable[[], KafkaConsumer], side: str, clock: Clock) -> None:
        self._log = KafkaLog(connect, side, clock)
        self._clock = clock
        self._order: _Order | None = None
        self._answered_at = clock.monotonic()
        self.progress = Progress()
        self._wanted = threading.Condition()
        self._fetched: queue.Queue[tuple[_Order, Fetched]] = queue.Queue(MAX_WAITING)

    @property
    def lag_ms(self) -> int | None:
        """Return how far the thread is behind, None while nobody knows.

        What came while it was waiting for the evaluator it has not read.
        """
        at, lag_ms = self.progress.at, self.progress.lag_ms
        if lag_ms is None:
            return None
        return max(lag_ms, round(1000 * (self._clock.monotonic() - at)))

    @property
    def is_gone(self) -> bool:
        """Return whether the twin's Kafka has not answered for so long that nobody waits for it.

        While the thread waits for the evaluator it does not ask, so that says nothing about it.
        """
        return self._clock.monotonic() - self._answered_at > GONE_AFTER_SECONDS

    def start(self) -> None:
        """Start the thread, which ends with the program."""
        threading.Thread(target=self._work, name="twin-feed", daemon=True).start()

    def begin(self, stored: Sequence[LogPosition], began_ms: int, devices: frozenset[str]) -> None:
        """Read from these positions on; what was read before is given up."""
        self._answered_at, self.progress = self._clock.monotonic(), Progress()
        self._set(_Order(tuple(stored), began_ms, devices))

    def watch(self, devices: frozenset[str], begun: Iterable[str] = (), since_ms: int = 0) -> None:
        """Read these devices from now on; for what has *begun* also what was written since then.

        *begun* are ids of rules and devices.
        """
        with self._wanted:
            if self._order is not None:
                self._order.watch(devices, _Again(frozenset(begun), since_ms))

    def rest(self) -> None:
        """Read nothing until begin() is called."""
        self._set(None)

    def take(self) -> list[Fetched]:
        """Return and remove what was read, in order."""
        taken: list[Fetched] = []
        if self._order is not None:  # before: what this is about has been handed over
            self.progress = self._order.progress
        while True:
            try:
                order, fetched = self._fetched.get_nowait()
            except queue.Empty:
                return taken
            if order is self._order:
                taken.append(fetched)

    def run_once(self, order: "_Order") -> None:
        """Read once for *order*; raise what KafkaLog raises."""
        if not order.has_begun:
            for sentence in self._log.begin(order.stored, order.began_ms):
                log.warning("not all of the twin's readings can be evaluated, %s", sentence)
            order.has_begun = True
            for position in self._log.positions:  # stored even if nothing is read before a restart
                self._hand_over(order, Fetched(position, []))
        with self._wanted:
            devices, again = order.devices, order.again
        if again is not None:
            self._read_again(order, devices, again)
        found = self._log.read(devices, FETCH_MS)
        self._answered_at = read_at = self._clock.monotonic()
        for fetched in found:
            self._hand_over(order, fetched)
        order.progress = order.progress._replace(
            at=read_at, lag_ms=self._log.lag_ms, is_level=self._log.is_level
        )

    def _read_again(self, order: "_Order", devices: frozenset[str], again: _Again) -> None:
        for fetched in self._log.again(again.since_ms, devices):
            self._answered_at = self._clock.monotonic()
            if fetched.readings:
                self._hand_over(order, fetched._replace(only=again.begun))
        with self._wanted:
            if order.again is again:  # else more has begun
                order.again = None

    def _hand_over(self, order: "_Order", fetched: Fetched) -> None:
        while order is self._order:
            try:
                self._fetched.put((order, fetched), timeout=LOOK_SECONDS)
            except queue.Full:
                self._answered_at = self._clock.monotonic()
                continue
            order.note(fetched.position)
            return

    def _set(self, order: "_Order | None") -> None:
        with self._wanted:
            self._order = order
            self._wanted.notify()

    def _work(self) -> None:
        outage = StoreOutage(self._clock)
        while True:
            with self._wanted:
                self._wanted.wait_for(lambda: self._order is not None)
                order = self._order
            if order is None:
                continue
            try:
                self.run_once(order)
            except Exception as error:  # noqa: BLE001 - it connects again, whatever it was
                if not isinstance(error, StoreUnavailableError):
                    log.warning("looking for the place in the twin's Kafka again: %r", error)
                self._log.close()
                order.fail()
                outage.pause(StoreUnavailableError(KAFKA_NAME, error))
            else:
                outage.recovered()


class _Order:
    """From where to read, and which devices."""

    def __init__(
        self, stored: tuple[LogPosition, ...], began_ms: int, devices: frozenset[str]
    ) -> None:
        self.stored = stored
        self.began_ms = began_ms
        self.devices = devices
        self.has_begun = False
        self.progress = Progress()
        self.again: _Again | None = None

    def watch(self, devices: frozenset[str], again: _Again) -> None:
        """Read these devices from now on, and *again* what some of them have sent."""
        self.devices = devices
        if again.begun:
            former = self.again or again
            since_ms = min(former.since_ms, again.since_ms)
            self.again = _Again(former.begun | again.begun, since_ms)

    def fail(self) -> None:
        """Note that the connection is given up."""
        self.has_begun, self.progress = False, Progress(has_failed=True)

    def note(self, position: LogPosition) -> None:
        """Continue behind what was handed over, when the connection has to be made again."""
        others = [one for one in self.stored if one.id != position.id]
        self.stored = (*others, position)
