"""The guard's statements, on both versions of ClickHouse."""

from qlines.reading import Reading
from qlines.store import partition_sql, readings

JUNE_US = 1_780_315_200_000_000  # 2026-06-01, noon
WEEK_US = 7 * 86_400_000_000


def test_the_guard_lists_and_drops_partitions(engine):
    rows = [Reading("d", "o", JUNE_US + week * WEEK_US, {"a": week}) for week in (0, 1, 2)]
    readings.insert(engine, readings.columns_of(rows[:1]))
    readings.insert(engine, readings.columns_of(rows[1:]))

    sizes = {name: (size, count) for name, size, count in engine.execute(partition_sql.PARTITIONS)}
    assert {name: int(count) for name, (_, count) in sizes.items()} == {
        "20260601": 1, "20260608": 1, "20260615": 1,
    }  # fmt: skip
    assert all(int(size) > 100 for size, _ in sizes.values())
    assert engine.execute(partition_sql.NEWEST_US) == [(JUNE_US + 2 * WEEK_US,)]

    engine.execute("CREATE TABLE points_by_month AS points")  # as while the months are moved
    assert engine.execute(partition_sql.PARTITIONS) == []
    engine.execute("DROP TABLE points_by_month")

    engine.execute(partition_sql.drop("20260601"))

    assert engine.execute("SELECT min(number) FROM readings") == [(1.0,)]
    assert int(engine.execute(partition_sql.INACTIVE_BYTES)[0][0]) >= 0
