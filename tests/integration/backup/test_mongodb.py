"""A dump of the image's MongoDB, read by `bson` alone and restored into an empty server."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import bson
import pytest
from bson import ObjectId
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from backup.errors import BackupError
from backup.sources import mongodb
from backup.sources.mongodb_device import restore_device
from qlines.clients.mongodb import connect
from qlines.errors import StoreUnavailableError
from qlines.settings import Settings
from qlines.store import commands, devices, users
from qlines.store.command_document import NewCommand
from qlines.store.mongo_schema import RULES
from tests.harness import daemon
from tests.harness.deadline import eventually
from tests.harness.docker import free_ports
from tests.harness.ready_stores import ready_mongodb

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPEN = NewCommand("open", None, True, timedelta(days=1), 5, "alice@example.com", None)


def settings_for(address, *, options=""):
    url = f"mongodb://{address}/{options}"
    return Settings.from_env({"QLINES_MONGODB": url, "QLINES_DATA_DIR": "/nowhere"})


@pytest.fixture(scope="module")
def live(image):
    """Return the settings of a replica set with our collections."""
    with ready_mongodb(image) as settings:
        yield settings


@pytest.fixture
def db(live):
    """Return the live database with an admin, Alice and her two devices."""
    database = connect(live.mongodb)
    for rule in RULES:
        database[rule.name].delete_many({})
    users.add(database, "admin@example.com", "hash", admin=True)
    alice = users.add(database, "alice@example.com", "hash")
    for name in ("pump 1", "pump 2"):
        device = devices.add(database, alice["_id"], name, token=f"token-{name[-1]}")
        database.presence.insert_one(
            {"_id": device["_id"], "connected": True, "changed_at": NOW, "address": "10.0.0.1"}
        )
        database.attributes.insert_one({"_id": device["_id"], "client": [{"k": "v", "n": 2**40}]})
        database.shared_attributes.insert_one({"_id": device["_id"], "values": [{"key": "a.b"}]})
        database.rejected.insert_one(
            {"device": device["_id"], "ts": 1, "reason": "no JSON", "topic": "t", "payload": "{"}
        )
        commands.add(database, str(device["_id"]), OPEN, NOW, in_order=False)
    yield database
    database.client.close()


@pytest.fixture(scope="module")
def empty_server(image):
    """Start a server without a replica set, as a drill does."""
    (port,) = free_ports(1)
    with daemon.Daemon(
        image, "/opt/mongodb/mongod", "--dbpath", "/data", "--bind_ip_all", "--port", str(port),
        port=port,
    ) as running:  # fmt: skip
        eventually(lambda: _answers(running.address), 60, "MongoDB answers")
        yield running.address


def _answers(address):
    database = connect(f"mongodb://{address}/")
    try:
        return database.command("ping")["ok"] == 1
    except PyMongoError:  # "not yet": on a busy machine it is slower than the client waits
        return False
    finally:
        database.client.close()


@pytest.fixture
def scratch(empty_server):
    """Return the settings of the empty server."""
    settings = settings_for(empty_server)
    with MongoClient(settings.mongodb) as client:
        client.drop_database("qlines")
    return settings


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mongodb"
    path.mkdir()
    return path


def documents(database):
    return {
        rule.name: sorted(database[rule.name].find(), key=lambda one: str(one["_id"]))
        for rule in RULES
    }


def described(database):
    """Return options and indexes by collection."""
    return {
        info["name"]: (info["options"], list(map(dict, database[info["name"]].list_indexes())))
        for info in database.list_collections()
    }


def test_a_restored_database_has_the_same_documents_validators_and_indexes(
    live, db, scratch, folder
):
    counts = mongodb.dump(live, folder)
    restored_counts = mongodb.restore(scratch, folder)

    assert counts == restored_counts
    assert {name: count for name, count in counts.items() if count} == {
        "users": 2,
        "devices": 2,
        "presence": 2,
        "attributes": 2,
        "shared_attributes": 2,
        "rejected": 2,
        "commands": 2,
        "command_numbers": 2,
    }
    restored = connect(scratch.mongodb)
    expected = documents(db)
    for numbers in expected["command_numbers"]:  # what devices have seen since is not given again
        numbers["last"] += commands.PASSED_OVER
    assert documents(restored) == expected
    assert described(restored) == described(db)
    with pytest.raises(OperationFailure, match="Document failed validation"):
        restored.devices.insert_one({"name": "no owner"})
    restored.client.close()


def test_the_dump_is_read_with_bson_alone(live, db, folder):
    mongodb.dump(live, folder)

    with (folder / "qlines" / "devices.bson").open("rb") as file:
        names = sorted(document["name"] for document in bson.decode_file_iter(file))
    assert names == ["pump 1", "pump 2"]
    metadata = json.loads((folder / "qlines" / "devices.metadata.json").read_text())
    assert metadata["collectionName"] == "devices"
    assert metadata["options"]["validationLevel"] == "moderate"
    assert {index["name"]: index.get("unique") for index in metadata["indexes"]} == {
        "_id_": None,
        "owner_name": True,
        "owner_name_sorted": None,
        "owner_tags": None,
        "token": True,
        "old_tokens.token": None,
        "name": None,
        "claimed_from.owner_claimed_from.name": None,
        "product_provisioned_at": None,
    }
    files = Counter(path.suffix for path in (folder / "qlines").iterdir())
    assert files == {".bson": len(RULES), ".json": len(RULES)}


def test_a_write_between_two_collections_is_in_neither(monkeypatch, live, db, folder):
    """Otherwise a device could be in a backup without its owner."""
    dump_collection = mongodb._dump
    written = []

    def dump_and_write(database, collection, *args):
        if collection.name in ("devices", "users"):  # before the one and after the other
            bob = users.add(db, f"bob{len(written)}@example.com", "hash")
            written.append(devices.add(db, bob["_id"], "valve"))
        return dump_collection(database, collection, *args)

    monkeypatch.setattr(mongodb, "_dump", dump_and_write)

    counts = mongodb.dump(live, folder)

    assert len(written) == 2
    assert (counts["users"], counts["devices"]) == (2, 2)
    assert (db.users.count_documents({}), db.devices.count_documents({})) == (4, 4)


def test_a_collection_larger_than_a_reply_is_dumped_whole(live, db, scratch, folder):
    alice = users.find_by_email(db, "alice@example.com")["_id"]
    db.rejected.insert_many(
        {"device": alice, "ts": n, "reason": "r", "topic": "t", "payload": "x" * 20_000}
        for n in range(3 * mongodb.REPLY_DOCUMENTS)
    )

    counts = mongodb.dump(live, folder)

    assert counts["rejected"] == 3 * mongodb.REPLY_DOCUMENTS + 2
    assert mongodb.restore(scratch, folder) == counts


def test_a_document_that_an_older_version_wrote_differently_survives(live, db, scratch, folder):
    db.users.insert_one({"email": "old@example.com"}, bypass_document_validation=True)

    counts = mongodb.dump(live, folder)

    assert counts["users"] == 3
    assert mongodb.restore(scratch, folder) == counts


def test_sessions_that_expired_since_the_dump_are_counted(live, db, scratch, folder):
    """MongoDB deletes them later, and the counts of a drill must still agree."""
    long_ago = NOW - timedelta(days=1000)
    alice = users.find_by_email(db, "alice@example.com")["_id"]
    db.sessions.insert_one(
        {"_id": "s", "user": alice, "created_at": long_ago, "last_seen": long_ago}
    )

    counts = mongodb.dump(live, folder)
    restored_counts = mongodb.restore(scratch, folder)

    # MongoDB may have deleted it before the dump already.
    assert restored_counts["sessions"] == counts["sessions"]


def test_views_are_left_out(live, db, folder):
    db.command("create", "named", viewOn="devices", pipeline=[])
    try:
        counts = mongodb.dump(live, folder)
    finally:
        db.drop_collection("named")
        db.drop_collection("system.views")

    assert set(counts) == {rule.name for rule in RULES}


def test_a_database_without_users_fails_the_run(live, db, folder):
    db.users.delete_many({})

    with pytest.raises(BackupError, match=r"qlines\.users is empty"):
        mongodb.dump(live, folder)


def test_a_database_that_is_not_empty_is_left_as_it_is(live, db, folder):
    mongodb.dump(live, folder)
    before = documents(db)

    with pytest.raises(BackupError, match="restored into an empty database, and qlines has"):
        mongodb.restore(live, folder)

    assert documents(db) == before


def test_a_dump_that_outlives_the_history_fails_with_a_sentence(monkeypatch, live, db, folder):
    dump_collection = mongodb._dump

    def dump_late(database, collection, path, snapshot):
        count = dump_collection(database, collection, path, snapshot)
        if collection.name == "api_keys":  # the first
            eventually(lambda: _is_gone(db, snapshot), 60, "the snapshot is too old")
        return count

    monkeypatch.setattr(mongodb, "_dump", dump_late)
    admin = db.client.admin
    admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=1)
    try:
        with pytest.raises(BackupError, match="must end before its history does"):
            mongodb.dump(live, folder)
    finally:
        admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=300)


def _is_gone(db, snapshot):
    """Write, which moves the history, and return whether the snapshot is out of it."""
    db.meta.update_one({"_id": "clock"}, {"$inc": {"ticks": 1}}, upsert=True)
    try:
        snapshot.client.get_database(db.name).meta.find_one(session=snapshot)
    except OperationFailure:
        return True
    return False


def test_a_mongodb_that_is_away_is_an_outage(folder):
    (port,) = free_ports(1)

    with pytest.raises(StoreUnavailableError):
        mongodb.dump(settings_for(f"127.0.0.1:{port}"), folder)


def test_a_server_without_a_replica_set_is_refused(scratch, db, folder):
    with MongoClient(scratch.mongodb) as client:
        client.qlines.users.insert_one({"email": "admin@example.com"})

    with pytest.raises(BackupError, match="MongoDB refused the dump: node needs to be a replica"):
        mongodb.dump(scratch, folder)


class TestOneDevice:
    """A device that somebody deleted."""

    @pytest.fixture
    def pump(self, live, db, folder):
        """Return the document of a device that was dumped and deleted."""
        mongodb.dump(live, folder)
        pump = db.devices.find_one({"name": "pump 1"})
        devices.remove(db, pump["_id"], NOW)
        return pump

    def test_it_comes_back_with_all_that_was_known_of_it(self, db, folder, pump):
        sentence = restore_device(db, folder, str(pump["_id"]))

        assert sentence == (
            "the device 'pump 1' is back, with its token, attributes, rejections, commands and"
            " controls"
        )
        assert db.devices.find_one({"_id": pump["_id"]}) == pump
        assert db.attributes.find_one({"_id": pump["_id"]})["client"] == [{"k": "v", "n": 2**40}]
        assert db.shared_attributes.find_one({"_id": pump["_id"]})["values"] == [{"key": "a.b"}]
        assert db.rejected.count_documents({"device": pump["_id"]}) == 1
        assert commands.get(db, str(pump["_id"]), 1)["state"] == "queued"
        after = commands.add(db, str(pump["_id"]), OPEN, NOW, in_order=False)["number"]
        assert after == 2 + commands.PASSED_OVER

    def test_it_is_not_connected_until_it_connects(self, db, folder, pump):
        restore_device(db, folder, str(pump["_id"]))

        presence = db.presence.find_one({"_id": pump["_id"]})
        assert presence["connected"] is False
        assert presence["reason"] == "restored from a backup"
        assert presence["address"] == "10.0.0.1"

    def test_one_that_exists_is_left_as_it_is(self, db, folder, pump):
        other = db.devices.find_one({"name": "pump 2"})
        devices.patch(db, other["_id"], owner=other["owner"], name="pump two")
        before = documents(db)

        sentence = restore_device(db, folder, str(other["_id"]))

        assert sentence == "the device 'pump two' exists and was left as it is"
        assert documents(db) == before

    def test_restoring_it_twice_changes_nothing(self, db, folder, pump):
        restore_device(db, folder, str(pump["_id"]))
        before = documents(db)

        restore_device(db, folder, str(pump["_id"]))

        assert documents(db) == before

    def test_a_name_that_another_device_has_now_is_refused(self, db, folder, pump):
        devices.add(db, pump["owner"], "pump 1")
        before = documents(db)

        with pytest.raises(BackupError, match=r"'pump 1' is now the device .* rename or remove"):
            restore_device(db, folder, str(pump["_id"]))

        assert documents(db) == before

    @pytest.mark.parametrize("is_old", [False, True])
    def test_a_token_that_another_device_has_or_had_is_refused(self, db, folder, pump, is_old):
        device = devices.add(db, pump["owner"], "valve", token=pump["token"])
        if is_old:
            devices.new_token(
                db, device["_id"], owner=pump["owner"], keep_old_seconds=60, now=datetime.now(UTC)
            )
        before = documents(db)

        with pytest.raises(
            BackupError, match="a token of 'pump 1' is now one of the device 'valve'"
        ):
            restore_device(db, folder, str(pump["_id"]))

        assert documents(db) == before

    def test_an_owner_who_no_longer_exists_is_refused(self, db, folder, pump):
        db.users.delete_one({"_id": pump["owner"]})
        before = documents(db)

        with pytest.raises(BackupError, match=r"the user .* of 'pump 1' no longer exists"):
            restore_device(db, folder, str(pump["_id"]))

        assert documents(db) == before

    def test_a_device_that_the_backup_does_not_hold_is_refused(self, db, folder, pump):
        with pytest.raises(BackupError, match="this one has no device"):
            restore_device(db, folder, str(ObjectId()))
