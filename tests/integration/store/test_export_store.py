"""The files of exports in GridFS, on mongod of the image."""

from datetime import UTC, datetime, timedelta

import pytest
from gridfs.errors import CorruptGridFile

from qlines.errors import NotFoundError
from qlines.store import export_store
from qlines.store.export_store import BUCKET, CHUNK_BYTES, keep, read, remove_before

TEXT = b"time,ts,key,value\n" + b"x" * (2 * CHUNK_BYTES)


@pytest.fixture
def file(db, tmp_path):
    for name in ("files", "chunks"):
        db[f"{BUCKET}.{name}"].delete_many({})
    file = tmp_path / "e1.csv"
    file.write_bytes(TEXT)
    return file


def test_a_file_is_read_as_it_was_stored(db, file):
    keep(db, "e1", file)

    length, chunks = read(db, "e1")

    assert (length, b"".join(chunks)) == (len(TEXT), TEXT)


def test_a_job_that_is_repeated_replaces_what_the_killed_one_has_left(db, file):
    keep(db, "e1", file)
    db[f"{BUCKET}.files"].delete_many({})
    file.write_bytes(b"time,ts,key,value\n")

    keep(db, "e1", file)

    assert b"".join(read(db, "e1")[1]) == b"time,ts,key,value\n"
    assert db[f"{BUCKET}.chunks"].count_documents({}) == 1


def test_a_file_that_is_not_there_is_not_found(db, file):
    with pytest.raises(NotFoundError, match="the file of the export e2 was deleted"):
        read(db, "e2")


def test_a_file_that_ends_early_is_not_taken_for_whole(db, file):
    keep(db, "e1", file)
    db[f"{BUCKET}.chunks"].delete_one({"n": 1})

    with pytest.raises(CorruptGridFile):
        b"".join(read(db, "e1")[1])


def test_old_files_and_pieces_of_old_files_are_deleted(db, file):
    keep(db, "e1", file)
    db[f"{BUCKET}.files"].delete_many({})
    keep(db, "e2", file)
    now = datetime.now(UTC)

    remove_before(db, now - timedelta(hours=1))
    assert read(db, "e2")[0] == len(TEXT)
    remove_before(db, now + timedelta(hours=1))

    assert db[f"{BUCKET}.chunks"].count_documents({}) == 0
    with pytest.raises(NotFoundError):
        export_store.read(db, "e2")
