import pytest
from bson import ObjectId
from pymongo.errors import DuplicateKeyError, WriteError

from qlines.clients import mongodb
from qlines.init.first_admin import ensure_first_admin
from qlines.init.stores import prepare_mongodb
from qlines.store import mongo_schema, users
from tests.harness.ready_stores import ready_mongodb


@pytest.fixture(scope="module")
def settings(image):
    with ready_mongodb(image) as settings:
        yield settings


@pytest.fixture
def db(settings):
    database = mongodb.connect(settings.mongodb)
    yield database
    database.client.close()


def device(**changes):
    return {
        "_id": ObjectId(), "owner": ObjectId("a" * 24), "name": "Pump", "tags": [],
        "gateway": False, "token": "token", "old_tokens": [],
        "created_at": ObjectId().generation_time, **changes,
    }  # fmt: skip


def test_a_new_mongodb_becomes_a_replica_set_of_one(db):
    assert db.client.admin.command("hello")["setName"] == "qlines"


def test_preparing_again_changes_nothing(settings, db):
    before = {rule.name: db[rule.name].index_information() for rule in mongo_schema.RULES}

    prepare_mongodb(settings)

    after = {rule.name: db[rule.name].index_information() for rule in mongo_schema.RULES}
    assert after == before


def test_an_index_of_an_older_version_is_replaced(db):
    db.users.drop_index("email")
    db.users.create_index([("email", 1)], name="email")

    mongo_schema.ensure(db)

    assert db.users.index_information()["email"]["unique"] is True


def test_documents_of_an_older_version_stay_and_can_be_changed(db):
    db.drop_collection("exports")
    db.exports.insert_one({"_id": 1, "state": "queued"})

    mongo_schema.ensure(db)

    db.exports.update_one({"_id": 1}, {"$set": {"state": "done"}})
    assert db.exports.find_one({"_id": 1}) == {"_id": 1, "state": "done"}
    db.exports.delete_one({"_id": 1})


def test_a_device_without_an_owner_is_refused(db):
    incomplete = device()
    del incomplete["owner"]

    with pytest.raises(WriteError, match="Document failed validation"):
        db.devices.insert_one(incomplete)


def test_names_are_unique_for_an_owner_and_tokens_for_all(db):
    db.devices.insert_one(device())

    with pytest.raises(DuplicateKeyError):
        db.devices.insert_one(device(token="another"))
    with pytest.raises(DuplicateKeyError):
        db.devices.insert_one(device(name="Valve"))
    db.devices.insert_one(device(owner=ObjectId("b" * 24), token="another"))
    db.devices.delete_many({})


def test_the_first_admin_is_added_once(db):
    assert ensure_first_admin(db, "first@example.com", "correct horse")
    assert not ensure_first_admin(db, "first@example.com", "another one")

    assert users.find_by_email(db, "first@example.com")["admin"] is True
