"""The loop of the disk's guard: measure, decide, make room; in a thread of healthd.

A thread of its own, because a query may take seconds and the checker must not wait for it.
"""

import logging
import struct
import threading
from collections.abc import Callable

from healthcheck.disk import clickhouse, forecast, guard, kafka, state, trusted_time
from healthcheck.disk.forecast import Sample
from healthcheck.disk.report import Report
from healthcheck.probes.connection import ProbeError
from qlines.clock import Clock
from qlines.programs import BY_NAME
from qlines.settings import Settings
from qlines.spool.disk_lines import DiskSpace, lines_of
from qlines.spool.quota import disk_space
from qlines.store import part_list, trusted_line

log = logging.getLogger(__name__)

STEP_SECONDS = 2.0
SAVE_EVERY_SECONDS = 60.0
ACT_EVERY_SECONDS = 10.0  # ClickHouse and Kafka delete files some seconds after a request


# Also an answer that is not what the store is documented to send: the guard must survive it.
FAILURES = (
    ProbeError, kafka.AnswerError, clickhouse.QueryError, struct.error, ValueError, IndexError,
    OSError,
)  # fmt: skip


class DiskGuard:
    """Watches the disk of the data folder; *report* is replaced as a whole."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._file = settings.data_dir / trusted_line.FILE
        self._state = state.load(self._file)
        self._stepped_at = clock.monotonic()
        self._saved_at = float("-inf")
        self._acted_at = float("-inf")
        self._level = guard.NONE
        self._is_anything_left = True
        self._failed: dict[str, str] = {}
        self.report: Report | None = None

    def start(self) -> None:
        """Run the loop in a thread that ends with the process."""
        threading.Thread(target=self._run, name="disk", daemon=True).start()

    def _run(self) -> None:
        while True:
            self.step()
            self._clock.sleep(STEP_SECONDS)

    def step(self) -> None:
        """Measure the disk and do what its level asks for."""
        disk = disk_space(self._settings.data_dir)
        self._note(disk)
        lines = lines_of(disk.total_bytes, self._settings.disk_guard_percent)
        current = guard.level(disk, lines, self._level)
        if current != guard.NONE and self._is_time_to_act(current):
            self._make_room(disk, current)
        sentence = guard.sentence(current, disk, lines, self._is_anything_left)
        if current != self._level:
            log.log(logging.INFO if current == guard.NONE else logging.WARNING, "%s", sentence)
        self._level = current
        self._publish(disk, lines.save_below, sentence)
        self._save()

    def _note(self, disk: DiskSpace) -> None:
        now, clock = self._clock.monotonic(), self._clock.now_us() / 1e6
        elapsed, self._stepped_at = now - self._stepped_at, now
        sample = Sample(clock, disk.total_bytes - disk.free_bytes)
        self._state = self._state._replace(
            time=trusted_time.advance(self._state.time, elapsed, clock),
            samples=tuple(forecast.remember(self._state.samples, sample)),
        )

    def _is_time_to_act(self, current: str) -> bool:
        is_worse = guard.LEVELS.index(current) > guard.LEVELS.index(self._level)
        return is_worse or self._clock.monotonic() - self._acted_at >= ACT_EVERY_SECONDS

    def _make_room(self, disk: DiskSpace, current: str) -> None:
        """Act on the stores of this container only: others have disks of their own."""
        self._acted_at = self._clock.monotonic()
        if "kafka" in self._settings.roles:
            self._attempt("kafka", lambda: kafka.delete_stored_records(_port("kafka")))
        if "clickhouse" in self._settings.roles and current != guard.SAVING:
            self._attempt("clickhouse", lambda: self._drop_oldest(disk))

    def _attempt(self, store: str, act: Callable[[], None]) -> None:
        """Act, and log a failure once; the next attempt follows."""
        try:
            act()
        except FAILURES as error:
            if self._failed.get(store) != str(error):
                self._failed[store] = str(error)
                log.warning("cannot make room in %s: %s", store, error)
        else:
            self._failed.pop(store, None)

    def _drop_oldest(self, disk: DiskSpace) -> None:
        port = _port("clickhouse")
        lines = lines_of(disk.total_bytes, self._settings.disk_guard_percent)
        missing = guard.drop_until(lines) - disk.free_bytes - clickhouse.inactive_bytes(port)
        if missing <= 0:
            return
        chosen = guard.to_drop(
            clickhouse.partitions(port), missing, self._keep_from_us(clickhouse.newest_us(port))
        )
        self._is_anything_left = bool(chosen)
        names = [partition.name for partition in chosen]
        part_list.forget_partitions(self._settings.run_dir, "points", names)
        for partition in chosen:
            clickhouse.drop(port, partition.name)
            self._note_dropped(partition)

    def _keep_from_us(self, newest_us: int) -> int:
        clock = self._clock.now_us() / 1e6
        time = self._state.time or trusted_time.advance(None, 0.0, clock)
        return guard.keep_from_us(round(trusted_time.time_of(time, clock) * 1e6), newest_us)

    def _note_dropped(self, partition: guard.Partition) -> None:
        at_ms = self._clock.now_us() // 1000
        log.warning(
            "dropped the readings of %s to make room: %s points, %s bytes",
            partition.name, partition.rows, partition.bytes,
        )  # fmt: skip
        dropped = guard.Dropped(partition.name, at_ms, partition.bytes, partition.rows)
        self._state = self._state.with_dropped(dropped)
        self._saved_at = float("-inf")

    def _publish(self, disk: DiskSpace, save_below: int, sentence: str) -> None:
        percent = self._settings.disk_guard_percent
        sample = Sample(self._clock.now_us() / 1e6, disk.total_bytes - disk.free_bytes)
        expected = forecast.forecast(self._state.samples, sample, disk.free_bytes - save_below)
        now = self._clock.monotonic()
        self.report = Report(now, self._level, sentence, expected, percent, self._state)

    def _save(self) -> None:
        now = self._clock.monotonic()
        if now - self._saved_at < SAVE_EVERY_SECONDS:
            return
        self._saved_at = now
        try:
            state.save(self._file, self._state)
        except OSError as error:
            log.warning("cannot write %s: %s", self._file, error)


def _port(program: str) -> int:
    return BY_NAME[program].ports[0]
