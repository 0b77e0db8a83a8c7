"""The bytes of OffsetFetch 2 and DeleteRecords 0, as https://kafka.apache.org/protocol has them."""

import struct

import pytest

from healthcheck.disk import kafka
from qlines.writer.rewind import CommitNote, SafeCommit


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def fetched(*partitions: tuple[int, int, int], topic: str = "telemetry", error: int = 0) -> bytes:
    """Return an OffsetFetch answer of one topic: index, offset and error of each partition."""
    parts = b"".join(
        struct.pack(">iq", index, offset) + text("") + struct.pack(">h", failure)
        for index, offset, failure in partitions
    )
    count = struct.pack(">i", len(partitions))
    return struct.pack(">i", 1) + text(topic) + count + parts + struct.pack(">h", error)


def test_it_reads_what_the_writer_has_committed() -> None:
    assert kafka.committed_offsets(fetched((0, 42, 0), (1, 7, 0))) == {0: 42, 1: 7}


def test_it_spares_what_the_writer_reads_again_after_a_power_cut() -> None:
    note = CommitNote("boot", SafeCommit(30, 1.5)).to_text()

    assert kafka.safe_offset(42, note) == 30
    assert kafka.safe_offset(42, "") == 42
    assert kafka.safe_offset(-1, note) == -1


def test_it_leaves_out_other_topics_and_partitions_without_a_commit() -> None:
    assert kafka.committed_offsets(fetched((0, -1, 0), (1, 0, 0))) == {}
    assert kafka.committed_offsets(fetched((0, 42, 0), topic="other")) == {}
    assert kafka.committed_offsets(struct.pack(">ih", 0, 0)) == {}


@pytest.mark.parametrize("answer", [fetched((0, 42, 3)), fetched((0, 42, 0), error=15)])
def test_it_raises_what_kafka_refuses(answer: bytes) -> None:
    with pytest.raises(kafka.AnswerError, match="error"):
        kafka.committed_offsets(answer)


def test_it_asks_to_delete_before_these_offsets() -> None:
    body = kafka.delete_request({0: 42, 1: 7})

    expected = struct.pack(">i", 1) + text("telemetry") + struct.pack(">iiqiq", 2, 0, 42, 1, 7)
    assert body == expected + struct.pack(">i", 10_000)


def test_it_checks_each_partition_of_the_answer() -> None:
    def answer(error: int) -> bytes:
        one = text("telemetry") + struct.pack(">iiqh", 1, 0, 42, error)
        return struct.pack(">ii", 0, 1) + one

    kafka.check_deleted(answer(0))
    with pytest.raises(kafka.AnswerError, match="error 3"):
        kafka.check_deleted(answer(3))
