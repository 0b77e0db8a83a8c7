import pytest

from qlines.jobs.export_room import CHECK_EVERY_ROWS, NoRoomError, while_there_is_room
from qlines.spool.disk_lines import DiskSpace

GB = 2**30


def test_every_row_passes_while_there_is_room():
    rows = range(2 * CHECK_EVERY_ROWS + 1)

    passed = list(while_there_is_room(rows, 90, lambda: DiskSpace(100 * GB, 11 * GB)))

    assert passed == list(rows)


def test_it_ends_when_the_export_itself_has_filled_the_disk():
    free = iter([11 * GB, 9 * GB])
    rows = while_there_is_room(
        range(2 * CHECK_EVERY_ROWS), 90, lambda: DiskSpace(100 * GB, next(free))
    )
    passed = []

    with pytest.raises(NoRoomError, match="disk is too full for this export"):
        passed.extend(rows)

    assert len(passed) == CHECK_EVERY_ROWS
