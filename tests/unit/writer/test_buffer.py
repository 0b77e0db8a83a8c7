from contextlib import suppress

from kafka import TopicPartition

from qlines.reading import Reading
from qlines.writer.buffer import Buffer

PART = TopicPartition("telemetry", 0)


def readings(*devices):
    return [Reading(device, "o", 1, {"a": 1}) for device in devices]


def test_a_new_buffer_is_empty():
    buffer = Buffer()

    assert buffer.is_empty
    assert not buffer.is_full


def test_a_record_without_readings_is_still_to_be_committed():
    buffer = Buffer()

    buffer.add([], PART, 7, 0)

    assert not buffer.is_empty
    assert buffer.next_offsets == {PART: 8}
    assert list(buffer.slices()) == []


def test_it_is_due_when_it_is_full():
    buffer = Buffer(max_points=2)
    buffer.clear(10.0)

    buffer.add(readings("d1"), PART, 0, 0)
    assert not buffer.is_due(10.1)

    buffer.add(readings("d2"), PART, 1, 0)
    assert buffer.is_full
    assert buffer.is_due(10.1)


def test_it_is_due_after_its_longest_time():
    buffer = Buffer(max_seconds=0.5)
    buffer.clear(10.0)
    buffer.add(readings("d1"), PART, 0, 0)

    assert not buffer.is_due(10.4)
    assert buffer.is_due(10.5)


def test_it_waits_for_latest_only_while_some_readings_are_not_there():
    buffer = Buffer(max_seconds=1.0)
    buffer.clear(10.0)
    buffer.add(readings("d1"), PART, 0, 0)
    assert round(buffer.seconds_to_next(10.01), 3) == 0.005

    buffer.note_latest(10.02)

    assert buffer.not_in_latest() == []
    assert round(buffer.seconds_to_next(10.03), 3) == 0.97


def test_a_slice_holds_as_many_points_as_the_buffer_may():
    buffer = Buffer(max_points=2)
    buffer.add(readings("d1", "d2", "d3"), PART, 0, 0)

    assert list(buffer.slices()) == [readings("d1", "d2"), readings("d3")]
    assert list(buffer.slices()) == []


def test_a_slice_whose_insert_failed_stays():
    buffer = Buffer(max_points=1)
    buffer.add(readings("d1", "d2"), PART, 0, 0)

    with suppress(OSError):
        for slice_ in buffer.slices():
            if slice_ == readings("d2"):
                raise OSError("away")

    assert list(buffer.slices()) == [readings("d2")]


def test_it_knows_which_readings_are_not_in_latest_yet():
    buffer = Buffer()
    buffer.add(readings("d1"), PART, 0, 0)
    buffer.note_latest(1.0)
    buffer.add(readings("d2"), PART, 1, 0)

    assert buffer.not_in_latest() == readings("d2")


def test_it_remembers_when_the_youngest_record_was_written():
    buffer = Buffer()
    buffer.add(readings("d1"), PART, 0, 2_000)
    buffer.add(readings("d2"), PART, 1, 1_000)

    assert buffer.written_ms == 2_000


def test_it_knows_when_the_newest_of_each_device_came_until_that_is_in_latest():
    buffer = Buffer()
    for number, (device, written_ms) in enumerate([("d1", 7), ("d2", 6), ("d1", 5)]):
        buffer.add(readings(device), PART, number, written_ms)
    assert buffer.arrivals_ms() == {"d1": 7, "d2": 6}

    buffer.note_latest(1.0)
    assert buffer.arrivals_ms() == {}

    buffer.add(readings("d1"), PART, 3, 8)
    buffer.clear(2.0)
    assert buffer.arrivals_ms() == {}


def test_without_latest_only_the_points_are_due():
    buffer = Buffer(max_seconds=1.0, has_latest=False)
    buffer.clear(10.0)
    buffer.add(readings("d1"), PART, 0, 0)

    assert not buffer.is_latest_due(10.5)
    assert round(buffer.seconds_to_next(10.2), 3) == 0.8
