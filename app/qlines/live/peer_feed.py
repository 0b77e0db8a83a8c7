"""Read the twin's Kafka for those who watch here, in a thread of its own.

So a browser sees a device that is connected to the other side. The thread sleeps while nobody
watches, and connects when somebody does for the first time. Whatever happens to the twin, the own
readings continue.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.live.records import WatchedRecords
from qlines.peer import KAFKA_NAME
from qlines.reading import Reading
from qlines.retry import StoreOutage

log = logging.getLogger(__name__)

FETCH_MS = 250
MAX_READINGS = 20_000  # held for the own loop; while Redis is away the oldest are dropped


class PeerFeed:
    """What the thread has read; watch() and take() are called by the own loop."""

    def __init__(self, connect: Callable[[], WatchedRecords], clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._records: WatchedRecords | None = None
        self._devices: frozenset[str] = frozenset()
        self._is_watched = threading.Event()
        self._readings: deque[Reading] = deque(maxlen=MAX_READINGS)

    @property
    def invalid_records(self) -> int:
        """Return how many records could not be read."""
        return self._records.invalid_records if self._records else 0

    def start(self) -> None:
        """Start the thread, which ends with the program."""
        threading.Thread(target=self._work, daemon=True).start()

    def watch(self, devices: frozenset[str]) -> None:
        """Read these devices from now on."""
        self._devices = devices
        if devices:
            self._is_watched.set()
        else:
            self._is_watched.clear()

    def take(self) -> list[Reading]:
        """Return and remove what was read."""
        return [self._readings.popleft() for _ in range(len(self._readings))]

    def run_once(self) -> None:
        """Read once; with nobody watching, until somebody does.

        Raise StoreUnavailableError when the twin's Kafka does not answer.
        """
        devices = self._devices
        if self._records is None and devices:
            self._records = self._connect()
        if self._records is not None:
            self._readings.extend(self._records.read(devices, FETCH_MS))
        if not devices:
            self._is_watched.wait()

    def _work(self) -> None:
        outage = StoreOutage(self._clock)
        while True:
            try:
                self.run_once()
            except StoreUnavailableError as error:
                outage.pause(StoreUnavailableError(KAFKA_NAME, error.__cause__ or error))
            except Exception as error:
                log.exception("reading the twin's Kafka failed; it connects again")
                self._records = None
                outage.pause(StoreUnavailableError(KAFKA_NAME, error))
            else:
                outage.recovered()
