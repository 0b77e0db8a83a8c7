"""The answers below were built by hand from Kafka's documentation of the two responses."""

import struct

import pytest

from healthcheck.probes import kafka_backlog
from healthcheck.probes.connection import ProbeError
from qlines.telemetry_record import TOPIC, WRITER_GROUP

TELEMETRY = b"\x00\x09telemetry"
NO_NOTE = b"\xff\xff"


def committed(partition: int, offset: int, error: int = 0) -> bytes:
    return struct.pack(">iq", partition, offset) + NO_NOTE + struct.pack(">h", error)


def end(partition: int, offset: int, error: int = 0) -> bytes:
    return struct.pack(">ihqq", partition, error, -1, offset)


def of_one_topic(*partitions: bytes, name: bytes = TELEMETRY) -> bytes:
    head = struct.pack(">i", 1) + name + struct.pack(">i", len(partitions))
    return head + b"".join(partitions)


def test_it_asks_for_the_topic_and_the_group_of_the_writer() -> None:
    assert (kafka_backlog.TOPIC.decode(), kafka_backlog.GROUP.decode()) == (TOPIC, WRITER_GROUP)
    assert kafka_backlog.offset_fetch() == b"\x00\x06writer\xff\xff\xff\xff"


def test_it_asks_for_the_end_of_each_partition() -> None:
    body = kafka_backlog.list_offsets([0, 3])

    assert body == (struct.pack(">ii", -1, 1) + TELEMETRY + struct.pack(">iiqiq", 2, 0, -1, 3, -1))


def test_it_reads_what_was_committed() -> None:
    body = of_one_topic(committed(0, 70), committed(3, 5))

    assert kafka_backlog.read_committed(body) == {0: 70, 3: 5}


def test_a_partition_without_a_commit_and_another_topic_do_not_count() -> None:
    assert kafka_backlog.read_committed(of_one_topic(committed(0, -1))) == {}
    assert kafka_backlog.read_committed(of_one_topic(committed(0, 9), name=b"\x00\x01x")) == {}


def test_it_reads_the_ends_of_partitions_that_have_a_leader() -> None:
    body = of_one_topic(end(0, 100), end(3, 0, error=6))

    assert kafka_backlog.read_ends(body) == {0: 100}


def test_an_answer_that_ends_early_is_refused() -> None:
    with pytest.raises(ProbeError, match="ends early"):
        kafka_backlog.read_ends(of_one_topic(end(0, 100))[:-1])
