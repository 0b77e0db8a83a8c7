"""The files of a dump, read and written without a server."""

import json

import bson
import pytest

from backup.errors import BackupError
from backup.sources import mongodb_dump
from backup.sources.mongodb_dump import Collection

USERS = Collection(
    "users",
    {"validator": {"$jsonSchema": {"bsonType": "object"}}, "validationLevel": "moderate"},
    [
        {"v": 2, "key": {"_id": 1}, "name": "_id_"},
        {"v": 2, "key": {"seen": -1}, "name": "seen", "expireAfterSeconds": 2_592_000},
    ],
    "52da83f2962f4f6aa280e98d27887a68",
)


@pytest.fixture
def database(tmp_path):
    """Return the folder of a database with three users."""
    folder = tmp_path / "qlines"
    folder.mkdir()
    mongodb_dump.write_metadata(folder, USERS)
    (folder / "users.bson").write_bytes(b"".join(bson.encode({"_id": n}) for n in range(3)))
    return folder


def test_metadata_is_written_as_mongodump_writes_it(database):
    metadata = json.loads((database / "users.metadata.json").read_text())

    assert metadata == {
        "options": USERS.options,
        "indexes": [
            {"v": {"$numberInt": "2"}, "key": {"_id": {"$numberInt": "1"}}, "name": "_id_"},
            {
                "v": {"$numberInt": "2"},
                "key": {"seen": {"$numberInt": "-1"}},
                "name": "seen",
                "expireAfterSeconds": {"$numberInt": "2592000"},
            },
        ],
        "uuid": "52da83f2962f4f6aa280e98d27887a68",
        "collectionName": "users",
        "type": "collection",
    }


def test_metadata_is_read_as_it_was_written(database):
    assert mongodb_dump.read_collections(database) == [USERS]


def test_metadata_of_mongodump_without_options_is_read(database):
    text = (
        '{"indexes":[{"v":{"$numberInt":"2"},"key":{"_id":{"$numberInt":"1"}},"name":"_id_"}],'
        '"uuid":"00","collectionName":"users","type":"collection"}'
    )
    (database / "users.metadata.json").write_text(text)

    (users,) = mongodb_dump.read_collections(database)

    assert users == Collection("users", {}, [{"v": 2, "key": {"_id": 1}, "name": "_id_"}], "00")


def test_documents_are_counted_without_decoding_them():
    reply = bson.encode({"_id": 1, "text": "x" * 300}) + bson.encode({}) + bson.encode({"_id": 2})

    assert mongodb_dump.count_documents(reply) == 3
    assert mongodb_dump.count_documents(b"") == 0


def test_documents_are_read_as_they_were_written(database):
    documents = list(mongodb_dump.read_documents(database, "users"))

    assert [dict(document) for document in documents] == [{"_id": 0}, {"_id": 1}, {"_id": 2}]
    assert documents[1].raw == bson.encode({"_id": 1})


def test_a_file_that_was_cut_off_is_refused(database):
    file = database / "users.bson"
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(BackupError, match=r"users\.bson is cut off or corrupt"):
        list(mongodb_dump.read_documents(database, "users"))


@pytest.mark.parametrize("missing", ["users.bson", "users.metadata.json"])
def test_a_dump_without_one_of_its_files_is_refused(database, missing):
    (database / missing).unlink()

    with pytest.raises(BackupError, match=r"documents and metadata|no collection at all"):
        mongodb_dump.read_collections(database)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"indexes": {}}'])
def test_corrupt_metadata_is_refused(database, text):
    (database / "users.metadata.json").write_text(text)

    with pytest.raises(BackupError, match=r"users\.metadata\.json is corrupt"):
        mongodb_dump.read_collections(database)


def test_a_dump_holds_one_database(database):
    assert mongodb_dump.database_folder(database.parent) == database

    (database.parent / "other").mkdir()
    with pytest.raises(BackupError, match="has other, qlines"):
        mongodb_dump.database_folder(database.parent)


def test_an_empty_folder_is_not_a_dump(tmp_path):
    with pytest.raises(BackupError, match="has none"):
        mongodb_dump.database_folder(tmp_path)


def test_a_name_with_a_slash_stays_in_its_folder(tmp_path):
    assert mongodb_dump.documents_file(tmp_path, "a/b $1") == tmp_path / "a%2Fb%20$1.bson"


def test_batches_are_bounded_by_number_and_by_bytes(monkeypatch):
    monkeypatch.setattr(mongodb_dump, "MAX_BATCH_DOCUMENTS", 3)
    monkeypatch.setattr(mongodb_dump, "MAX_BATCH_BYTES", 150)
    sizes = [1, 1, 1, 1, 200, 1]
    documents = (mongodb_dump.Raw(bson.encode({"text": "x" * size})) for size in sizes)

    batches = [[len(one["text"]) for one in batch] for batch in mongodb_dump.in_batches(documents)]

    assert batches == [[1, 1, 1], [1, 200], [1]]
