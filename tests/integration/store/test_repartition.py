"""The points of an appliance whose partitions are months are moved into weeks, on both engines."""

import pytest

from qlines.reading import Reading
from qlines.store import readings, repartition
from qlines.store.clickhouse_migrate import migrations

PUMP, FAN = "1" * 24, "2" * 24
DAY_US = 86_400_000_000
JUNE_US = 1_780_272_000_000_000  # 2026-06-01
TIMES = [JUNE_US - 400 * DAY_US, *(JUNE_US + day * DAY_US // 2 for day in range(-9, 70))]
PARTITIONS = (
    "SELECT DISTINCT partition FROM system.parts WHERE database = currentDatabase()"
    " AND table = 'points' AND active ORDER BY partition"
)
COUNT = "SELECT count(), uniqExact(device, ts) FROM readings"


@pytest.fixture
def by_month(engine):
    """Return a client whose points are in months, as the first version stored them."""
    create = {item.number: item.statements[0] for item in migrations()}
    engine.execute("DROP TABLE points")
    engine.execute(create[1])
    engine.execute(create[5])
    rows = [Reading(device, "o", ts, {"a": ts % 7}) for ts in TIMES for device in (PUMP, FAN)]
    readings.insert(engine, readings.columns_of(rows))
    return engine


def killed_at(client, monkeypatch, statement):
    """Run the move and raise in front of the first statement that begins so."""
    execute = client.execute

    def until(query, *args, **options):
        if query.startswith(statement):
            raise KeyboardInterrupt
        return execute(query, *args, **options)

    monkeypatch.setattr(client, "execute", until)
    with pytest.raises(KeyboardInterrupt):
        repartition.by_week(client)
    monkeypatch.undo()


def test_every_point_is_moved_once_into_its_week(by_month):
    before = by_month.execute("SELECT * FROM readings ORDER BY device, ts")
    months = [name for (name,) in by_month.execute(PARTITIONS)]

    repartition.by_week(by_month)

    assert months == ["202504", "202605", "202606", "202607"]
    assert [name for (name,) in by_month.execute(PARTITIONS)] == [
        "202504", "20260525", "20260601", "20260608", "20260615", "20260622", "20260629",
    ]  # fmt: skip
    assert by_month.execute("SELECT * FROM readings ORDER BY device, ts") == before
    assert by_month.execute("SELECT count() FROM points") == [(len(before),)]


@pytest.mark.parametrize("statement", ["INSERT INTO points", "ALTER TABLE", "DROP TABLE"])
def test_a_kill_in_the_middle_loses_nothing_and_the_next_run_finishes(
    by_month, monkeypatch, statement
):
    killed_at(by_month, monkeypatch, statement)
    readings.insert(by_month, readings.columns_of([Reading(PUMP, "o", JUNE_US + 1, {"a": 9})]))

    by_month.execute(migrations()[4].statements[0])
    repartition.by_week(by_month)

    assert by_month.execute(COUNT) == [(2 * len(TIMES) + 1, 2 * len(TIMES) + 1)]


def test_a_kill_between_the_renames_is_repaired(by_month):
    by_month.execute("RENAME TABLE points TO points_by_month")

    repartition.by_week(by_month)

    assert by_month.execute(COUNT) == [(2 * len(TIMES), 2 * len(TIMES))]
