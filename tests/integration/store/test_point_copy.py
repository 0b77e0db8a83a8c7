"""Points go from one ClickHouse to another through this program: two databases stand for two."""

import pytest

from qlines.reading import Reading
from qlines.store import peer_points, point_copy, readings
from qlines.store.peer_points import Portion, Sum
from qlines.store.point_time import BLOCK_US

MONDAY_US = 1_780_272_000_000_000  # 2026-06-01
VALUES = {"number": 1.5, "large": 2**60 + 1, "flag": True, "text": "ü'\\\n", "json": {"a": [1]}}


@pytest.fixture
def servers(empty_database):
    return [empty_database(name) for name in ("moves_from", "moves_to")]


def put(client, device, count, values=None):
    rows = [Reading(device, "o", MONDAY_US + n, values or {"a": float(n)}) for n in range(count)]
    readings.insert(client, readings.columns_of(rows))


PORTION = Portion(MONDAY_US // BLOCK_US, ("pump",))


def test_values_of_every_kind_arrive_as_they_were_with_the_newest_ones(servers):
    source, target = servers
    put(source, "pump", 2, VALUES)

    assert point_copy.copy(source, target, PORTION) == 2 * len(VALUES)

    span = (MONDAY_US, MONDAY_US + 10)
    pages = [readings.raw(one, "pump", list(VALUES), *span, 100).points for one in servers]
    assert pages[0] == pages[1]
    assert readings.latest_of_devices(target, ["pump"]) == readings.latest_of_devices(
        source, ["pump"]
    )
    assert point_copy.newest(source) == point_copy.newest(target)


def test_only_the_portion_is_copied_in_several_inserts(servers, monkeypatch):
    monkeypatch.setattr(point_copy, "ROWS", 100)
    source, target = servers
    put(source, "pump", 450)
    put(source, "fan", 10)

    point_copy.copy(source, target, PORTION)

    assert point_copy.stored_once(target, PORTION) == point_copy.stored_once(source, PORTION)
    assert target.execute("SELECT count() FROM points") == [(450,)]


def test_points_that_are_stored_twice_count_once(servers):
    source, target = servers
    for _ in range(2):
        put(source, "pump", 20)
    put(target, "pump", 20)

    assert point_copy.stored_once(source, PORTION) == point_copy.stored_once(target, PORTION)
    assert point_copy.hashes(source, PORTION) == point_copy.hashes(target, PORTION)
    assert len(point_copy.hashes(source, PORTION)) == 20


def test_the_newest_points_are_copied_where_the_points_themselves_are_gone(servers):
    source, target = servers
    put(source, "pump", 5)
    for name in peer_points.partitions(source):
        readings.drop_partition(source, name)

    assert point_copy.newest(target) == Sum(0, 0)
    point_copy.copy_latest(source, target)

    assert point_copy.newest(source) == point_copy.newest(target) != Sum(0, 0)


def test_the_statements_are_the_same_on_todays_clickhouse(engine):
    rows = [Reading("pump", "o", MONDAY_US + n, {"a": n}) for n in range(5)]
    readings.insert(engine, readings.columns_of(rows))

    assert point_copy.stored_once(engine, PORTION).points == 5
    assert len(point_copy.hashes(engine, PORTION)) == 5
    assert point_copy.newest(engine).points == 1
    free = point_copy.free_bytes(engine)
    assert free is None or free > 0
