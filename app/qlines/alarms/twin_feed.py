"""Read the twin's Kafka for the evaluator, in a thread: the own log must not wait for it.

What the thread reads is handed over in order, with the positions behind it. It connects again after
any trouble, at the position of what was handed over last.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence

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


class TwinFeed:
    """What the thread has read; begin(), take() and rest() are called by the evaluator's loop."""

    def __init__(self, connect: Callable[[], KafkaConsumer], side: str, clock: Clock) -> None:
        self._log = KafkaLog(connect, side, clock)
        self._clock = clock
        self._order: _Order | None = None
        self._answered_at = clock.monotonic()
        self.has_failed = False  # since begin()
        self._wanted = threading.Condition()
        self._fetched: queue.Queue[tuple[_Order, Fetched]] = queue.Queue(MAX_WAITING)

    @property
    def lag_ms(self) -> int | None:
        """Return how far the thread is behind, None while nobody knows."""
        order = self._order
        has_begun = order is not None and order.has_begun  # else it is that of a term before
        return self._log.lag_ms if has_begun else None

    @property
    def is_gone(self) -> bool:
        """Return whether the twin's Kafka has not answered for so long that nobody waits for it."""
        return self._clock.monotonic() - self._answered_at > GONE_AFTER_SECONDS

    def start(self) -> None:
        """Start the thread, which ends with the program."""
        threading.Thread(target=self._work, name="twin-feed", daemon=True).start()

    def begin(self, stored: Sequence[LogPosition], began_ms: int, devices: frozenset[str]) -> None:
        """Read from these positions on; what was read before is given up."""
        self._answered_at, self.has_failed = self._clock.monotonic(), False
        self._set(_Order(tuple(stored), began_ms, devices))

    def watch(self, devices: frozenset[str]) -> None:
        """Read these devices from now on."""
        if self._order is not None:
            self._order.devices = devices

    def rest(self) -> None:
        """Read nothing until begin() is called."""
        self._set(None)

    def take(self) -> list[Fetched]:
        """Return and remove what was read, in order."""
        taken: list[Fetched] = []
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
        found = self._log.read(order.devices, FETCH_MS)
        self._answered_at = self._clock.monotonic()
        for fetched in found:
            self._hand_over(order, fetched)

    def _hand_over(self, order: "_Order", fetched: Fetched) -> None:
        while order is self._order:
            try:
                self._fetched.put((order, fetched), timeout=LOOK_SECONDS)
            except queue.Full:
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
                order.has_begun, self.has_failed = False, True
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

    def note(self, position: LogPosition) -> None:
        """Continue behind what was handed over, when the connection has to be made again."""
        others = [one for one in self.stored if one.id != position.id]
        self.stored = (*others, position)
