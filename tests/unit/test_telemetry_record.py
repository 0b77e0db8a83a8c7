import json

import pytest

from qlines.reading import Reading
from qlines.telemetry_record import (
    MAX_READINGS_PER_RECORD,
    MAX_RECORD_BYTES,
    InvalidRecordError,
    by_partition,
    decode,
    encode,
    partition_of,
)

TIME_US = 1_800_000_000_000_000


def reading(index=0, values=None):
    return Reading(f"{index:024x}", "b" * 24, TIME_US + index, values or {"temperature": 21.5})


def test_the_format_is_the_one_that_other_programs_read():
    [(value, headers)] = encode([reading()])

    assert json.loads(value) == [
        {
            "device": "0" * 24,
            "owner": "b" * 24,
            "ts": TIME_US,
            "values": {"temperature": 21.5},
        }
    ]
    assert headers == [("version", b"1"), ("count", b"1")]


def test_what_was_encoded_is_decoded_in_the_same_order():
    readings = [reading(index) for index in range(MAX_READINGS_PER_RECORD * 2 + 1)]

    records = list(encode(readings))

    assert [dict(headers)["count"] for _, headers in records] == [b"500", b"500", b"1"]
    assert [item for record in records for item in decode(*record)] == readings


def test_a_reading_says_when_it_was_received_if_that_is_another_time():
    late = reading()._replace(received_us=TIME_US + 7_200_000_000)

    [(value, headers)] = encode([late, reading(1)])

    assert [item.get("received") for item in json.loads(value)] == [TIME_US + 7_200_000_000, None]
    assert decode(value, headers) == [late, reading(1)]


def test_large_readings_make_smaller_records():
    readings = [reading(index, {"text": "x" * 60_000}) for index in range(20)]

    records = list(encode(readings))

    assert all(len(value) <= MAX_RECORD_BYTES for value, _ in records)
    assert [item for record in records for item in decode(*record)] == readings


def test_a_reading_that_is_larger_than_a_record_is_a_record_of_its_own():
    large = reading(1, {"text": "x" * (MAX_RECORD_BYTES + 1)})

    assert [decode(*record) for record in encode([reading(), large])] == [[reading()], [large]]


def test_no_readings_make_no_record():
    assert list(encode([])) == []


@pytest.mark.parametrize(
    ("value", "version", "reason"),
    [
        (b"[]", b"2", "the version must be b'1', got b'2'"),
        (b"not JSON", b"1", "not an array of readings"),
        (b"[1]", b"1", "not an array of readings"),
        (b'[{"device": "a"}]', b"1", "not an array of readings"),
        (None, b"1", "not an array of readings"),
        # These stopped the writer, which fetched them again at each start.
        (b'[{"device": "d", "owner": "o", "ts": "x", "values": {}}]', b"1", "a whole number"),
        (b'[{"device": "d", "owner": "o", "ts": 1, "values": 5}]', b"1", "an object"),
        (
            b'[{"device": "d", "owner": "o", "ts": 1, "values": {}, "received": "x"}]',
            b"1",
            "number",
        ),
        (b'[{"device": [], "owner": "o", "ts": 1, "values": {}}]', b"1", "must hold text"),
    ],
)
def test_anything_else_is_refused_with_the_reason(value, version, reason):
    with pytest.raises(InvalidRecordError, match=reason):
        decode(value, [("version", version)])


def test_the_partition_of_a_device_is_what_other_programs_compute_too():
    """The first is the check value of CRC-32, 0xCBF43926, in catalogues of parametrised CRCs."""
    assert partition_of("123456789", 1_000_000) == 0xCBF43926 % 1_000_000
    assert partition_of("0" * 24, 1) == 0


def test_every_reading_is_in_the_partition_of_its_device_in_order():
    readings = [reading(index % 7, {"n": index}) for index in range(100)]

    parts = by_partition(readings, 4)

    assert sum(len(part) for part in parts.values()) == 100
    for number, part in parts.items():
        assert part == [item for item in readings if partition_of(item.device, 4) == number]


def test_devices_are_spread_over_all_partitions():
    readings = [reading(index) for index in range(1_000)]

    sizes = [len(part) for part in by_partition(readings, 4).values()]

    assert len(sizes) == 4
    assert min(sizes) > 150
