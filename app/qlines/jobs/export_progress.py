"""How far an export is: the share of its range that is written, noted once a second."""

from collections.abc import Callable, Iterable, Iterator

from qlines.clock import Clock
from qlines.store.points import Point

NOTE_EVERY_SECONDS = 1.0
ROWS_AT_A_TIME = 1_000  # a look at the clock for each row would take longer than the row


def percent_of(ts_us: int, from_us: int, to_us: int) -> int:
    """Return how much of the range lies before this time, 0 to 100; pure."""
    share = (ts_us - from_us) / max(1, to_us - from_us)
    return max(0, min(100, int(100 * share)))


def noting_progress(
    rows: Iterable[Point], from_us: int, to_us: int, note: Callable[[int], None], clock: Clock
) -> Iterator[Point]:
    """Yield the rows, which come in the order of time, and note(percent) at most once a second."""
    noted_at = clock.monotonic()
    for count, row in enumerate(rows, 1):
        yield row
        if count % ROWS_AT_A_TIME == 0 and clock.monotonic() - noted_at >= NOTE_EVERY_SECONDS:
            noted_at = clock.monotonic()
            note(percent_of(row.ts_us, from_us, to_us))
