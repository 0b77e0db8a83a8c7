"""What the evaluator of alarm rules hears of, by a change stream of mongod of the image."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from qlines.alarms.changes import ChangeFollower, Changes
from qlines.store import presence
from qlines.store.presence import Change
from tests.harness.deadline import eventually

NOW = datetime(2027, 1, 15, tzinfo=UTC)
DEVICE = ObjectId()


@pytest.fixture
def heard(db):
    """Return what says what was heard since the beginning, once it is something."""
    follower = ChangeFollower(db)

    def read():
        found = follower.read()
        return found if found != Changes() else None

    yield lambda: eventually(read, 10, "a change is heard")
    follower.close()


def unchecked(db, collection, document):
    db[collection].insert_one(document, bypass_document_validation=True)


def test_rules_devices_attributes_and_presence_are_heard_by_the_id_of_their_device(db, heard):
    unchecked(db, "devices", {"_id": DEVICE, "token": "t"})
    assert heard() == Changes(devices=frozenset({str(DEVICE)}))

    unchecked(db, "server_attributes", {"_id": DEVICE, "values": []})
    assert heard() == Changes(attributes=frozenset({str(DEVICE)}))

    presence.write(db, [Change(str(DEVICE), True, 1, "", "")], side="node-1")
    assert heard() == Changes(presence=frozenset({str(DEVICE)}))

    unchecked(db, "alarm_rules", {"_id": ObjectId(), "name": "hot"})
    assert heard() == Changes(rules=True)


def test_our_own_notes_at_rules_are_not_heard_and_the_end_of_an_alarm_is(db, heard):
    rule, alarm = ObjectId(), ObjectId()
    unchecked(db, "alarm_rules", {"_id": rule, "name": "hot"})
    unchecked(db, "alarms", {"_id": alarm, "active": True, "rule": rule, "device": DEVICE})
    assert heard() == Changes(rules=True)

    db.alarm_rules.update_one(
        {"_id": rule},
        {"$set": {"evaluated_at": NOW, "lag_ms": 1}},
    )
    db.alarms.update_one({"_id": alarm}, {"$set": {"count": 2}})
    db.alarms.update_one({"_id": alarm}, {"$set": {"active": False}})

    assert heard() == Changes(ended=frozenset({alarm}))
