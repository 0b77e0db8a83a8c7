from qlines.live.coalesce import Coalescer
from qlines.reading import Reading


def reading(device, ts_ms, **values):
    return Reading(device, "o", ts_ms * 1_000, values)


def test_the_first_reading_is_due_at_once():
    coalescer = Coalescer()
    coalescer.add(reading("d", 5, a=1))

    assert coalescer.take_due(100.0) == [("d", {"a": [(5, 1)]})]
    assert coalescer.take_due(200.0) == []


def test_it_coalesces_what_follows_quickly():
    coalescer = Coalescer(pause_seconds=0.05)
    coalescer.add(reading("d", 1, a=1))
    coalescer.take_due(100.0)
    coalescer.add(reading("d", 2, a=2))
    coalescer.add(reading("d", 3, a=3, b=True))

    assert coalescer.take_due(100.049) == []
    assert coalescer.take_due(100.06) == [("d", {"a": [(2, 2), (3, 3)], "b": [(3, True)]})]


def test_one_device_does_not_delay_another():
    coalescer = Coalescer()
    coalescer.add(reading("d1", 1, a=1))
    coalescer.take_due(100.0)
    coalescer.add(reading("d1", 2, a=2))
    coalescer.add(reading("d2", 2, a=2))

    assert [device for device, _ in coalescer.take_due(100.01)] == ["d2"]


def test_it_knows_when_the_next_device_is_due():
    coalescer = Coalescer(pause_seconds=0.05)
    assert coalescer.seconds_to_next(100.0) is None

    coalescer.add(reading("d", 1, a=1))
    assert coalescer.seconds_to_next(100.0) == 0.0

    coalescer.take_due(100.0)
    coalescer.add(reading("d", 2, a=2))
    assert round(coalescer.seconds_to_next(100.02), 3) == 0.03


def test_an_event_holds_the_last_points_of_a_flood():
    coalescer = Coalescer(max_points_per_key=3)
    for number in range(20):
        coalescer.add(reading("d", number, a=number))

    assert coalescer.take_due(100.0) == [("d", {"a": [(17, 17), (18, 18), (19, 19)]})]


def test_it_removes_devices_that_are_no_longer_watched():
    coalescer = Coalescer()
    coalescer.add(reading("d1", 1, a=1))
    coalescer.add(reading("d2", 1, a=1))

    coalescer.retain_only(frozenset({"d2"}))

    assert [device for device, _ in coalescer.take_due(100.0)] == ["d2"]
