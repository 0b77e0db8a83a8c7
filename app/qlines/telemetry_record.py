"""The record of Kafka's topic ``telemetry``: the one place that knows its format.

    topic     telemetry
    value     a JSON array of readings, in order:
              [{"device": id, "owner": id, "ts": microseconds since 1970, "values": {…}}, …]
              and "received", microseconds too, where a reading was not received at its ts
    headers   version: b"1" (VERSION); count: how many readings, in decimal digits
    key       none: a reading's identity is (device, key, ts), whatever record it came in
    partition that of partition_of(): each device's readings stay in order

ingest encodes, writer and live decode; other programs may read the topic too, so a change of the
format needs a new VERSION. Many readings in one record: one reading a record made 25,000 to 54,000
readings a second, 500 a record above 1,000,000 (measured with kafka-python 3.0 and Kafka 4.3).
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from zlib import crc32

import orjson

from qlines.errors import QLinesError
from qlines.reading import Reading

TOPIC = "telemetry"
WRITER_GROUP = "writer"  # the consumer group whose committed offsets say what ClickHouse has
LIVE_GROUP = "live"  # of several nodes; it shares the partitions and commits nothing
VERSION = b"1"
MAX_READINGS_PER_RECORD = 500
MAX_RECORD_BYTES = 512 * 1024  # before compression; Kafka refuses records above 1 MiB by default

Headers = list[tuple[str, bytes]]


def peer_group(side: str) -> str:
    """Return the group in a twin's Kafka that says what the ClickHouse of *side* has of it."""
    return f"{WRITER_GROUP}-{side}"


def partition_of(device: str, partitions: int) -> int:
    """Return the partition of a device's readings: CRC-32 of its id, modulo the partitions."""
    return crc32(device.encode()) % partitions


def by_partition(readings: list[Reading], partitions: int) -> Mapping[int, list[Reading]]:
    """Return the readings of each partition, in order."""
    if partitions == 1:
        return {0: readings}
    parts: dict[int, list[Reading]] = {}
    for reading in readings:
        parts.setdefault(partition_of(reading.device, partitions), []).append(reading)
    return parts


class InvalidRecordError(QLinesError):
    """A record is not an array of readings of this version; it never will be, so it is skipped."""


def encode(readings: list[Reading]) -> Iterator[tuple[bytes, Headers]]:
    """Yield the records that hold *readings*, in order: value and headers of each."""
    for start in range(0, len(readings), MAX_READINGS_PER_RECORD):
        yield from _encode_bisecting(readings[start : start + MAX_READINGS_PER_RECORD])


def check_version(headers: Iterable[tuple[str, bytes]]) -> None:
    """Raise InvalidRecordError unless the record is of the version that decode() knows."""
    version = dict(headers).get("version")
    if version != VERSION:
        raise InvalidRecordError(f"the version must be {VERSION!r}, got {version!r}")


def decode(
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]],
    devices: Container[str] | None = None,
) -> list[Reading]:
    """Return the record's readings, in order; with *devices* only theirs.

    Raise InvalidRecordError for another version or anything but an array of readings.
    """
    check_version(headers)
    try:
        readings = [
            tuple.__new__(  # a third of the time of Reading's own __new__
                Reading,
                (
                    item["device"],
                    item["owner"],
                    item["ts"],
                    item["values"],
                    item.get("received", 0),
                ),
            )
            for item in orjson.loads(value or b"")
            if devices is None or item["device"] in devices
        ]
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise InvalidRecordError(f"not an array of readings: {error!r}") from None
    for device, owner, ts_us, values, received_us in readings:
        is_valid = type(device) is str and type(owner) is str and type(ts_us) is int
        if not is_valid or type(values) is not dict or type(received_us) is not int:
            raise InvalidRecordError("a reading must hold text, text, a whole number, an object")
    return readings


def _encode_bisecting(readings: list[Reading]) -> Iterator[tuple[bytes, Headers]]:
    """Encode into one record, or into halves until each is small enough; never splits a reading."""
    value = orjson.dumps(
        [
            {"device": device, "owner": owner, "ts": ts_us, "values": values}
            if received_us == 0
            else {
                "device": device,
                "owner": owner,
                "ts": ts_us,
                "values": values,
                "received": received_us,
            }
            for device, owner, ts_us, values, received_us in readings
        ]
    )
    if len(value) <= MAX_RECORD_BYTES or len(readings) == 1:
        yield value, [("version", VERSION), ("count", b"%d" % len(readings))]
        return
    half = len(readings) // 2
    yield from _encode_bisecting(readings[:half])
    yield from _encode_bisecting(readings[half:])
