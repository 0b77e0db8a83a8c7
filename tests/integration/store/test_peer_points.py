"""What one side has not is fetched from the other: two databases of one server stand for two."""

import pytest

from qlines import catch_up_record
from qlines.clock import FakeClock
from qlines.errors import BackPressureError
from qlines.reading import Reading
from qlines.store import peer_points, readings
from qlines.twin.catch_up import CatchUp, Limits, Servers

DAY_US = 86_400_000_000
MONDAY_US = 1_780_272_000_000_000  # 2026-06-01
KEYS = (
    "SELECT count(), sum(hash) FROM (SELECT DISTINCT partition, hash FROM"
    " (SELECT toString(block) AS partition, cityHash64(device, block, key, span, step, rest)"
    " AS hash FROM points))"
)
NO_LIMITS = Limits(lambda: 0, None, lambda: False)


@pytest.fixture
def sides(empty_database):
    """Return a client of each side, whose tables are empty."""
    return [
        empty_database(name, settings=peer_points.COPY_SETTINGS) for name in ("side_a", "side_b")
    ]


@pytest.fixture
def catch_up(sides, appliances_server, tmp_path):
    """Return a function with which a side fetches from the other until nothing is left."""

    def run(own, peer, limits=NO_LIMITS, steps=1_000):
        place = peer_points.Place(appliances_server, peer.connection.database)
        folder = tmp_path / own.connection.database
        if not catch_up_record.is_needed(folder):
            before = catch_up_record.read_request(folder)
            catch_up_record.ask(folder, "a test", before.at + 1 if before else 1.0)
        fetching = CatchUp(Servers(own, peer, place), limits, folder, FakeClock())
        for _ in range(steps):
            if not fetching.run_once():
                break
        return catch_up_record.read_progress(folder)

    return run


def put(client, devices, days, value=1.0):
    rows = [
        Reading(device, "o", MONDAY_US + day * DAY_US + index, {"a": value, "b": "text"})
        for device in devices
        for day in days
        for index in range(20)
    ]
    readings.insert(client, readings.columns_of(rows))


def test_both_directions_end_with_equal_keys(sides, catch_up):
    a, b = sides
    put(a, ["pump", "fan"], range(-400, 30, 7))
    put(b, ["fan", "gate"], range(-10, 60, 3))
    put(b, ["pump"], [-400])

    catch_up(a, b)
    catch_up(b, a)

    assert a.execute(KEYS) == b.execute(KEYS)
    fan_days = {*range(-400, 30, 7), *range(-10, 60, 3)}
    assert a.execute(KEYS)[0][0] == 2 * 20 * (62 + len(fan_days) + 24)
    assert readings.latest_of_devices(a, ["gate"]) == readings.latest_of_devices(b, ["gate"])


def test_fetching_again_copies_nothing(sides, catch_up):
    a, b = sides
    put(a, ["pump"], range(20))
    catch_up(b, a)

    again = catch_up(b, a)

    assert (again.copied, again.finished_at is not None) == (0, True)
    assert b.execute("SELECT count() FROM points") == [(2 * 20 * 20,)]


def test_points_that_are_stored_twice_are_copied_once(sides, catch_up):
    a, b = sides
    for _ in range(2):
        put(a, ["pump"], [0])
    put(b, ["pump"], [0])

    assert catch_up(b, a).copied == 0


def test_a_kill_in_the_middle_goes_on_with_what_is_left(sides, catch_up):
    a, b = sides
    put(a, ["pump"], range(0, 70, 7))
    half = catch_up(b, a, steps=12)

    whole = catch_up(b, a)

    assert 0 < len(half.done) < len(whole.done) == whole.total
    assert half.finished_at is None
    assert a.execute(KEYS) == b.execute(KEYS)


def test_many_devices_and_a_large_one_are_copied_in_portions(sides, catch_up, monkeypatch):
    monkeypatch.setattr("qlines.store.peer_plan.MAX_POINTS", 100)
    a, b = sides
    put(a, [f"d{number}" for number in range(30)], [0])
    rows = [Reading("large", "o", MONDAY_US + n * 60_000_000, {"a": n}) for n in range(450)]
    readings.insert(a, readings.columns_of(rows))

    catch_up(b, a)

    assert a.execute(KEYS) == b.execute(KEYS)


def test_what_is_expired_is_not_fetched(sides, catch_up):
    a, b = sides
    put(a, ["pump"], [-100, 0])
    limits = Limits(lambda: MONDAY_US - 30 * DAY_US, None, lambda: False)

    catch_up(b, a, limits)

    assert b.execute("SELECT count() FROM points") == [(2 * 20,)]


def test_it_waits_while_the_disk_has_no_room(sides, catch_up):

    a, b = sides
    put(a, ["pump"], [0])

    with pytest.raises(BackPressureError, match="0 MB are free for it: add space"):
        catch_up(b, a, Limits(lambda: 0, lambda: 0, lambda: False))

    assert b.execute("SELECT count() FROM points") == [(0,)]


def test_the_comparison_is_the_same_on_todays_clickhouse(engine):
    rows = [Reading("pump", "o", MONDAY_US + n, {"a": n}) for n in range(5)]
    readings.insert(engine, readings.columns_of(rows))
    (block,) = peer_points.blocks(engine, 0, 2**32 - 1)

    # cityHash64 of 18.16 and of today's: if they differed, twins of two versions would copy all.
    hashes = 3_842_672_572_583_852_905
    assert peer_points.devices(engine, block) == {"pump": peer_points.Sum(5, hashes)}
    assert not peer_points.is_moving(engine)
