import lz4.frame
import pytest

from backup.errors import BackupError
from backup.sources import kafka_backlog
from backup.sources.kafka_backlog import BacklogRecord

RECORDS = [
    BacklogRecord(0, 1_000, 1_800_000_000_000, [("version", b"1"), ("count", b"2")], b"[1, 2]"),
    BacklogRecord(1, 2**40, -1, [], b""),
    BacklogRecord(0, 1_001, 1_800_000_000_001, [("größe", b"\0\xff")], b"x" * 300_000),
]


def test_every_field_of_every_record_comes_back_in_order(tmp_path):
    assert kafka_backlog.write(tmp_path, RECORDS) == 3

    assert list(kafka_backlog.read(tmp_path)) == RECORDS


def test_an_empty_backlog_is_a_good_one(tmp_path):
    assert kafka_backlog.write(tmp_path, []) == 0

    assert list(kafka_backlog.read(tmp_path)) == []


def test_the_file_is_what_its_description_says(tmp_path):
    kafka_backlog.write(tmp_path, [BacklogRecord(1, 2, 3, [("ab", b"cde")], b"fg")])

    content = lz4.frame.decompress((tmp_path / "backlog.lz4").read_bytes())

    assert content == b"".join(
        [
            b"QLBACKLOG1",
            b"\x23\0\0\0",  # 35 bytes follow
            b"\x01\0\0\0",  # partition
            b"\x02\0\0\0\0\0\0\0",  # offset
            b"\x03\0\0\0\0\0\0\0",  # time
            b"\x01\0",  # one header
            b"\x02\0\x03\0\0\0abcde",
            b"fg",
        ]
    )


@pytest.mark.parametrize("bytes_left", [0, 5, 40, 200])
def test_a_file_that_was_cut_short_is_an_error(tmp_path, bytes_left):
    kafka_backlog.write(tmp_path, RECORDS)
    file = tmp_path / "backlog.lz4"
    file.write_bytes(file.read_bytes()[:bytes_left])

    with pytest.raises(BackupError, match="is not a backlog of Kafka's"):
        list(kafka_backlog.read(tmp_path))


@pytest.mark.parametrize(
    "content", [b"another file", b"QLBACKLOG1\x05", b"QLBACKLOG1\x05\0\0\0short"]
)
def test_any_other_content_is_an_error(tmp_path, content):
    with lz4.frame.open(tmp_path / "backlog.lz4", "wb") as file:
        file.write(content)

    with pytest.raises(BackupError, match="is not a backlog of Kafka's"):
        list(kafka_backlog.read(tmp_path))


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(BackupError, match="No such file"):
        list(kafka_backlog.read(tmp_path))
