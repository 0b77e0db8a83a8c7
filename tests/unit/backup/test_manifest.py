import json

import pytest

from backup import manifest
from backup.errors import BackupError
from backup.manifest import Manifest, SourceReport

MADE = Manifest(
    run="20261126T031200Z",
    version="0.9.0",
    data_version=2,
    at=1_795_000_000.0,
    seconds=9.5,
    sources={
        "mongodb": SourceReport({"users": 3, "devices": 20, "sessions": 7}, 12, 40_960, 0.4),
        "clickhouse": SourceReport({"readings": 9_000, "latest": 40}, 90, 65_536, 0.2),
    },
    checksums={"mongodb/qlines/users.bson": "ab" * 32},
    missing=("kafka is not in this backup",),
    offsets={"cluster": "one"},
    hidden={"users": 1, "devices": 1},
)


def write(folder, files):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def test_it_is_read_as_it_was_written():
    assert manifest.from_json(manifest.to_json(MADE)) == MADE


def test_it_counts_what_people_can_see():
    assert manifest.counts(MADE) == {"users": 2, "devices": 19, "readings": 9_000}


def test_one_of_a_newer_format_names_the_remedy():
    newer = {**json.loads(manifest.to_json(MADE)), "format": manifest.FORMAT + 1}

    with pytest.raises(BackupError, match="format 2, this program reads up to 1: run the newer"):
        manifest.from_json(json.dumps(newer))


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"format": 1}', b"\0\0"])
def test_anything_else_is_not_a_complete_backup(text):
    with pytest.raises(BackupError, match="not a complete backup"):
        manifest.from_json(text)


def test_checksums_are_of_every_file_but_the_content_of_clickhouses_parts(tmp_path):
    write(
        tmp_path,
        {
            "manifest.json": b"{}",
            "mongodb/qlines/users.bson": b"users",
            "clickhouse/schema/points.sql": b"CREATE",
            "clickhouse/data/points/20261123_1_1_0/number.bin": b"numbers",
            "clickhouse/data/points/20261123_1_1_0/checksums.txt": b"hashes",
        },
    )

    assert sorted(manifest.checksums(tmp_path)) == [
        "clickhouse/data/points/20261123_1_1_0/checksums.txt",
        "clickhouse/schema/points.sql",
        "mongodb/qlines/users.bson",
    ]


def test_a_file_that_changed_or_is_missing_is_named(tmp_path):
    write(tmp_path, {"mongodb/users.bson": b"users", "mongodb/devices.bson": b"devices"})
    made = MADE._replace(checksums=manifest.checksums(tmp_path))
    manifest.check_files(made, tmp_path, ("mongodb",))

    write(tmp_path, {"mongodb/users.bson": b"other"})
    with pytest.raises(BackupError, match=r"mongodb/users\.bson of the snapshot has another"):
        manifest.check_files(made, tmp_path, ("mongodb",))

    (tmp_path / "mongodb/users.bson").unlink()
    with pytest.raises(BackupError, match=r"mongodb/users\.bson of the snapshot is missing"):
        manifest.check_files(made, tmp_path, ("mongodb",))


def test_files_of_other_sources_are_not_looked_for(tmp_path):
    made = MADE._replace(checksums={"spool/mqtt/1.seg": "ab"})

    assert manifest.check_files(made, tmp_path, ("mongodb",)) is None


def test_its_size_is_that_of_all_files(tmp_path):
    write(tmp_path, {"a/b": b"12345", "c": b"678"})

    assert manifest.size(tmp_path) == (2, 8)


def test_equal_counts_have_no_difference():
    assert manifest.difference({"users": 3}, {"users": 3, "devices": 0}) is None


def test_a_difference_names_both_numbers():
    expected, restored = {"users": 3, "devices": 20}, {"users": 3, "devices": 19}

    assert manifest.difference(expected, restored) == "20 devices were backed up, 19 restored"


@pytest.mark.parametrize(("now", "is_refused"), [(1_000, False), (500, False), (499, True)])
def test_a_backup_may_hold_half_of_the_last_one(now, is_refused):
    reason = manifest.shrunk({"readings": 1_000}, {"readings": now}, max_percent=50)

    assert (reason is not None) == is_refused


def test_one_that_holds_much_less_says_how_to_accept_it():
    reason = manifest.shrunk({"devices": 10}, {}, max_percent=50)

    assert reason.startswith("it holds 0 devices, the last one 10")
    assert reason.endswith("`qlines backup create --accept-smaller`")


def test_nothing_can_be_less_than_an_empty_one():
    assert manifest.shrunk({"devices": 0}, {"devices": 0}, max_percent=1) is None


def test_counts_of_a_source_that_left_the_backup_are_not_compared():
    last = {"users": 3, "readings": 9_000, "posts": 5, "jobs": 2}

    assert manifest.lasting(last, MADE) == {"users": 3, "readings": 9_000}
