"""Stop an export before it takes the space that the disk's guard would have to make again."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from qlines.errors import QLinesError
from qlines.spool.disk_lines import DiskSpace, lines_of

CHECK_EVERY_ROWS = 10_000  # some 500 KB

Row = TypeVar("Row")


class NoRoomError(QLinesError):
    """The disk is too full for an export; the text is for the user who requested it."""


def while_there_is_room(
    rows: Iterable[Row], guard_percent: int, measure: Callable[[], DiskSpace]
) -> Iterator[Row]:
    """Yield the rows; raise NoRoomError once the disk is as full as the guard lets it be."""
    for number, row in enumerate(rows):
        if number % CHECK_EVERY_ROWS == 0:
            disk = measure()
            if disk.free_bytes < lines_of(disk.total_bytes, guard_percent).save_below:
                raise NoRoomError(
                    "the server's disk is too full for this export: request a shorter time, or"
                    " ask the operator for more space"
                )
        yield row
