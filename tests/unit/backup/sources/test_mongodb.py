"""What is decided without a server; tests/integration/backup has a real one."""

from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from unittest.mock import MagicMock

import bson
import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure

from backup.errors import BackupError
from backup.sources import mongodb
from qlines.errors import StoreUnavailableError
from qlines.settings import Settings
from qlines.store import restored
from qlines.store.ended_mails import BY_RECEIVER
from qlines.store.hidden_owner import HIDDEN_OWNER
from tests.fakes.mongo import FakeMongo


class FailingDatabase:
    """A database whose first operation raises *error*."""

    name = "qlines"

    def __init__(self, error):
        self.error = error
        self.client = SimpleNamespace(close=self.close)
        self.is_closed = False

    def list_collections(self):
        raise self.error

    def close(self):
        self.is_closed = True


@pytest.fixture
def settings():
    return Settings.from_env({"QLINES_DATA_DIR": "/nowhere"})


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"name": "users", "type": "collection"}, None),
        ({"name": "system.views", "type": "collection"}, "MongoDB makes it itself"),
        ({"name": "v", "type": "view"}, "it is a view, which holds no documents"),
        (
            {"name": "t", "type": "timeseries"},
            "it is a timeseries collection, which QLines does not use",
        ),
    ],
)
def test_only_collections_are_dumped(info, reason):
    assert mongodb.skip_reason(info) == reason


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (239, "must end before its history does"),
        (246, "must not change during its dump"),
        (
            13,
            "the dump failed: mongodb refuses this program: .* lacks a right there: not authorized",
        ),
        (2, "MongoDB refused the dump: not authorized"),
    ],
)
def test_an_error_of_mongodb_is_a_sentence(monkeypatch, settings, tmp_path, code, sentence):
    database = FailingDatabase(
        OperationFailure("not authorized", code, {"errmsg": "not authorized"})
    )
    monkeypatch.setattr(mongodb, "connect", lambda _url: database)

    with pytest.raises(BackupError, match=sentence):
        mongodb.dump(settings, tmp_path)

    assert database.is_closed


def test_a_mongodb_that_is_killed_is_an_outage(monkeypatch, settings, tmp_path):
    database = FailingDatabase(AutoReconnect("connection closed"))
    monkeypatch.setattr(mongodb, "connect", lambda _url: database)

    with pytest.raises(StoreUnavailableError):
        mongodb.dump(settings, tmp_path)

    assert database.is_closed


def test_a_reason_quotes_no_document():
    duplicate = {"errmsg": 'E11000 duplicate key error index: token dup key: { token: "t-secret" }'}
    bulk = BulkWriteError({"writeErrors": [{**duplicate, "op": {"password_hash": "h-secret"}}]})

    assert mongodb.reason(bulk) == "E11000 duplicate key error index: token"
    assert mongodb.reason(OperationFailure("…", 11000, duplicate)) == mongodb.reason(bulk)


def test_an_error_without_a_reason_is_named():
    assert mongodb.reason(BulkWriteError({})) == "BulkWriteError"


def test_the_canarys_user_and_device_are_counted_apart(tmp_path):
    documents = {
        "users": [{"_id": HIDDEN_OWNER}, {"_id": ObjectId()}, {"_id": ObjectId()}],
        "devices": [{"_id": ObjectId(), "owner": HIDDEN_OWNER}, {"_id": ObjectId(), "owner": 1}],
    }
    (tmp_path / "qlines").mkdir()
    for name, some in documents.items():
        (tmp_path / "qlines" / f"{name}.bson").write_bytes(b"".join(map(bson.encode, some)))

    assert mongodb.hidden(tmp_path) == {"users": 1, "devices": 1}


def test_a_mongodb_that_takes_the_place_of_another_knows_until_when_that_was_in_use(
    settings, monkeypatch
):
    db = FakeMongo()
    monkeypatch.setattr(mongodb, "_connected", lambda _settings, _verb: nullcontext(db))

    mongodb.note_restore(settings, 1_800_000_000_000_000, [])

    assert restored.last(db) == datetime(2027, 1, 15, 8, tzinfo=UTC)


def test_who_has_ended_their_mails_since_the_backup_has_none_again(settings, monkeypatch):
    since, ward, moved = datetime(2027, 1, 15, 7, tzinfo=UTC), ObjectId(), ObjectId()
    then = [
        {"_id": one, "settings": {"address": "w@x.example"}, "enabled": True}
        for one in (ward, moved)
    ]
    off = {"enabled": False, "disabled_reason": BY_RECEIVER, "unconfirmed_since": since}
    now, backup = FakeMongo(), FakeMongo()
    now.channels.insert_many([then[0] | off, then[1] | off | {"settings": {"address": "a@x.de"}}])
    backup.channels.insert_many(then)
    databases = iter((now, backup))
    monkeypatch.setattr(mongodb, "_connected", lambda *_given: nullcontext(next(databases)))

    mongodb.note_restore(settings, 1_800_000_000_000_000, mongodb.ended_mails_of(settings))

    assert backup.channels.find_one({"_id": ward}) == then[0] | off
    assert backup.channels.find_one({"_id": moved}) == then[1], "of another address"


def test_a_mongodb_that_does_not_answer_holds_no_restore_up(settings, monkeypatch):
    away = FailingDatabase(None)
    away.channels = SimpleNamespace(find=MagicMock(side_effect=AutoReconnect("it is away")))
    monkeypatch.setattr(mongodb, "connect", lambda _url: away)

    assert mongodb.ended_mails_of(settings) == []
