"""Keep the last of the disk for the stores: publish nothing while less than that is free.

Messages are refused long before (spool/disk_lines.py). But what was acknowledged still moves on
from the spool to Kafka, and another program may fill the disk: what is held back stays in the
spool, so that neither Kafka nor ClickHouse nor MongoDB meets a full disk because of it.
"""

from collections.abc import Callable
from pathlib import Path

from qlines.clock import Clock
from qlines.errors import BackPressureError
from qlines.spool.disk_lines import DiskSpace, lines_of
from qlines.spool.quota import disk_space

MEASURE_EVERY_SECONDS = 1.0


class DiskReserve:
    """The free space of the disk that holds *folder*, measured at most once a second."""

    def __init__(
        self,
        folder: Path,
        guard_percent: int,
        clock: Clock,
        measure: Callable[[Path], DiskSpace] = disk_space,
    ) -> None:
        self._folder = folder
        self._guard_percent = guard_percent
        self._clock = clock
        self._measure = measure
        self._measured_at = float("-inf")
        self._reason = ""

    def check(self) -> None:
        """Raise BackPressureError while the disk has too little space for more in Kafka."""
        if self._clock.monotonic() - self._measured_at >= MEASURE_EVERY_SECONDS:
            self._measured_at = self._clock.monotonic()
            self._reason = hold_reason(self._measure(self._folder), self._guard_percent)
        if self._reason:
            raise BackPressureError("disk", self._reason)


def hold_reason(disk: DiskSpace, guard_percent: int) -> str:
    """Return why nothing may be published, or an empty text."""
    least = lines_of(disk.total_bytes, guard_percent).hold_below
    if disk.free_bytes >= least:
        return ""
    return (
        f"{disk.free_bytes >> 20} MB of the disk are free, and the stores need {least >> 20} MB: "
        "messages stay in the spool until there is room"
    )
