"""What is dropped was synced before, and a month is moved only into enough room."""

import pytest

from qlines.errors import BackPressureError
from qlines.store import repartition

MEGABYTE = 1024 * 1024


class ClickHouse:
    """Two months of one day each; notes what it is asked for, in order."""

    def __init__(self):
        self.calls = []

    def execute(self, query, parameters=None):
        self.calls.append(query)
        if query == repartition.TABLES:
            return [("points",), ("points_by_week",)]
        if query == repartition.PARTITIONS:
            return [("202607", 90 * MEGABYTE), ("202606", 30 * MEGABYTE)]
        return [(20_600,)] if query == repartition.DAYS else []

    def words(self):
        """Return how each statement begins, from the first copy on."""
        words = [query.split()[0] for query in self.calls]
        return words[words.index("INSERT") :]


@pytest.fixture
def clickhouse(monkeypatch):
    clickhouse = ClickHouse()
    monkeypatch.setattr(repartition.os, "sync", lambda: clickhouse.calls.append("sync"))
    return clickhouse


def test_copies_are_synced_before_their_source_is_dropped(clickhouse):
    repartition.by_week(clickhouse)

    month = ["INSERT", "sync", "ALTER"]
    assert clickhouse.words() == [*month, "SELECT", *month, "sync", "DROP"]


def test_a_month_that_the_disk_has_no_room_for_stays_where_it_is(clickhouse):
    room = iter([100 * MEGABYTE, 20 * MEGABYTE])

    with pytest.raises(BackPressureError, match=r"202606 .* takes 30 MB of the disk, 20 MB are"):
        repartition.by_week(clickhouse, lambda: next(room))

    assert clickhouse.words() == ["INSERT", "sync", "ALTER"]
