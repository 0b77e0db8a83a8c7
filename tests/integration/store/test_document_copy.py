"""Collections are made equal, and stay so, between two databases of a real mongod."""

import pytest
from bson import ObjectId

from qlines.clients import mongodb
from qlines.store import document_copy, export_store, mongo_schema
from qlines.store.document_copy import Changes
from tests.harness.deadline import eventually

OWNER = ObjectId(b"123456789012")


@pytest.fixture
def target(mongodb_url):
    address = mongodb_url.replace("/?", "/moved_to?")
    database = mongodb.connect(address)
    database.client.drop_database("moved_to")
    mongo_schema.ensure(database)
    yield database
    database.client.close()


def device(name, token):
    return {"_id": ObjectId(), "owner": OWNER, "name": name, "token": token, "old": True}


def put(db, *documents):
    """Insert as an older version wrote: the validator would refuse it."""
    db.devices.insert_many(documents, bypass_document_validation=True)


def copy_all(source, target):
    for name in document_copy.differing(source, target):
        document_copy.complete(source, target, name)


def equal(source, target):
    return document_copy.differing(source, target) == []


def test_a_copy_is_equal_byte_by_byte_and_repeating_it_writes_nothing(db, target):
    put(db, *(device(f"pump {number}", f"token {number}") for number in range(2_500)))

    assert document_copy.differing(db, target) == ["devices"]
    assert document_copy.complete(db, target, "devices") == 2_500

    assert equal(db, target)
    assert document_copy.complete(db, target, "devices") == 0


def test_what_is_in_the_target_and_not_in_the_source_is_deleted(db, target):
    kept = [device(f"pump {number}", f"token {number}") for number in range(3)]
    gone = [device(f"fan {number}", f"token of a fan {number}") for number in range(5)]
    put(db, *kept)
    put(target, gone[0], *kept, *gone[1:])

    copy_all(db, target)

    assert equal(db, target)


def test_two_that_have_exchanged_their_names_are_both_there_in_the_end(db, target):
    one, other = device("pump", "token 1"), device("fan", "token 2")
    put(db, one, other)
    put(target, one | {"name": "fan"}, other | {"name": "pump"})

    copy_all(db, target)

    assert equal(db, target)


def test_changes_are_followed(db, target):
    pump, fan = device("pump", "token 1"), device("fan", "token 2")
    put(db, pump, fan)
    changes = Changes(db)
    copy_all(db, target)

    db.devices.update_one(
        {"_id": pump["_id"]}, {"$set": {"name": "gate"}}, bypass_document_validation=True
    )
    db.devices.delete_one({"_id": fan["_id"]})
    put(db, device("heater", "token 3"))
    db.leases.insert_one({"_id": "cron", "holder": "node-1"}, bypass_document_validation=True)

    eventually(lambda: changes.apply(target) or equal(db, target), 20, "the changes are there")
    eventually(lambda: equal(db, target), 20, "nothing differs")
    changes.close()
    assert target.leases.count_documents({}) == 0
    assert sorted(one["name"] for one in target.devices.find()) == ["gate", "heater"]


def test_a_collection_that_the_schema_does_not_name_keeps_its_indexes(db, target):
    db.presence_node_1.drop()
    db.presence_node_1.create_index("changed_at")
    db.presence_node_1.insert_one({"_id": ObjectId()})

    copy_all(db, target)

    assert "changed_at_1" in target.presence_node_1.index_information()
    db.presence_node_1.drop()


def test_the_file_of_an_export_is_copied_whole(db, target, tmp_path):
    file = tmp_path / "export.csv"
    file.write_bytes(b"time,value\n" * 300_000)
    export_store.keep(db, "an export", file)

    for _ in range(2):  # a kill in between left some of it
        export_store.copy(db, target, "an export")
        target["export_files.files"].delete_many({})
    export_store.copy(db, target, "an export")
    export_store.copy(db, target, "one that was deleted")

    length, blocks = export_store.read(target, "an export")
    assert (length, b"".join(blocks)) == (file.stat().st_size, file.read_bytes())
    assert export_store.stored(target) == {"an export"}
