"""What is read is what was written, and what nobody can read does no harm."""

import json

import pytest

from qlines import backup_record
from qlines.backup_record import Backup, Drill, Failure, Record, Restore

FULL = Record(
    Backup("1f", 100.0, 9.0, 18_000_000, 1_000, {"users": 2}, ("no MongoDB",)),
    Failure("create", 200.0, "ClickHouse: no space"),
    Drill("1f", 300.0, False, 41.0, 200.0, "users: 1 of 2"),
    Drill("0e", 50.0, True, 40.0, 20.0),
    200.0,
    300.0,
    10.0,
    100.0,
)


def place(data_dir, name, text):
    file = data_dir / "backup" / name
    file.parent.mkdir()
    file.write_text(text)


def test_it_reads_what_was_written(tmp_path):
    backup_record.write(tmp_path, FULL)

    assert backup_record.read(tmp_path) == FULL


def test_nothing_is_known_before_the_first_write(tmp_path):
    assert backup_record.read(tmp_path) == Record()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"last_good": {"id": "1f"}}', '{"proven": 3}'])
def test_a_record_that_is_invalid_is_an_empty_one(tmp_path, text):
    place(tmp_path, "record.json", text)

    assert backup_record.read(tmp_path) == Record()


def test_fields_of_a_newer_program_are_left_out(tmp_path):
    document = {**backup_record.to_json(FULL), "colour": "red"}
    document["last_good"] = {**document["last_good"], "speed": 3}
    place(tmp_path, "record.json", json.dumps(document))

    assert backup_record.read(tmp_path) == FULL


def test_a_restore_is_in_the_way_once_it_swaps(tmp_path):
    seen = []
    for phase in ("loading", "swapping", "swapped"):
        backup_record.write_restore(tmp_path, Restore(100.0, phase, "loads the readings"))
        seen.append(backup_record.read_restore(tmp_path))

    assert [restore.phase for restore in seen] == ["loading", "swapping", "swapped"]
    assert [restore.is_in_the_way for restore in seen] == [False, True, True]


def test_a_restore_that_ended_is_not_there_and_may_end_twice(tmp_path):
    backup_record.write_restore(tmp_path, Restore(100.0, "swapped", "starts"))

    backup_record.end_restore(tmp_path)
    backup_record.end_restore(tmp_path)

    assert backup_record.read_restore(tmp_path) is None


@pytest.mark.parametrize("text", ["", "\0\0\0", "[]", '{"since": "yesterday"}'])
def test_a_journal_that_is_invalid_is_a_restore_in_the_way(tmp_path, text):
    place(tmp_path, "restore.json", text)

    restore = backup_record.read_restore(tmp_path)

    assert restore.is_in_the_way
    assert "qlines backup recover" in restore.sentence
