"""What an evaluation stores, on mongod of the image: all of it, once, by the lease's holder."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from qlines.clock import FakeClock
from qlines.store import alarm_commit, alarm_positions, alarm_states
from qlines.store.alarm_changes import End, SeverityChange, Touch
from qlines.store.alarm_commit import AlarmsDifferError, Batch, commit
from qlines.store.alarm_document import Cause, Subject, alarm_document
from qlines.store.alarm_positions import LogPosition
from qlines.store.alarm_states import StoredState
from qlines.store.device_document import NewDevice, device_document
from qlines.store.lease import FencedError, FencedLease

NOW = datetime(2027, 1, 15, tzinfo=UTC)
OWNER, DEVICE, RULE = (ObjectId() for _ in range(3))
SUBJECT = Subject(OWNER, DEVICE, "pump", RULE, "too hot", 1)
POSITION = LogPosition("", 0, 7, "log", 1, 5, 6)


@pytest.fixture
def lease(db):
    db.devices.insert_one(device_document(NewDevice(OWNER, "pump")) | {"_id": DEVICE})
    held = FencedLease(db, "alarms", "a", FakeClock())
    assert held.is_held()
    return held


def alarm(severity="critical"):
    cause = Cause("temperature", 90.5, 80, 80, 1)
    return alarm_document(SUBJECT, severity, cause, started_at=NOW, now=NOW, fence=1)


def state_of(one, state):
    return StoredState(str(RULE), str(DEVICE), str(OWNER), 1, state, one and one["_id"])


def raised(db, lease):
    one = alarm()
    batch = Batch([state_of(one, {"a": 1})], [one], positions=[POSITION])
    commit(db, lease, batch, NOW)
    return one


def test_an_alarm_its_event_the_state_and_the_position_are_stored_together(db, lease):
    one = raised(db, lease)

    assert db.alarms.find_one({"active": True})["_id"] == one["_id"]
    assert [event["_id"] for event in db.alarm_events.find()] == [f"{one['_id']}:1"]
    assert list(alarm_states.load(db)) == [state_of(one, {"a": 1})]
    assert alarm_positions.load(db) == [POSITION]


def test_changes_are_applied_in_order_to_what_people_have_made_of_the_alarm(db, lease):
    one = raised(db, lease)
    db.alarms.update_one(
        {"_id": one["_id"]}, {"$set": {"assignee": "eve"}, "$inc": {"event_count": 1}}
    )
    changes = [
        SeverityChange(one["_id"], "major", NOW, 2),
        End(one["_id"], NOW, NOW, "reading", 3, Touch(one["_id"], 9, 91, 2)),
    ]

    commit(db, lease, Batch(changes=changes), NOW)

    stored = db.alarms.find_one({"_id": one["_id"]})
    assert (stored["active"], stored["severity"], stored["highest"]) == (False, "major", "critical")
    assert (stored["assignee"], stored["count"], stored["event_count"]) == ("eve", 9, 4)
    assert {event["_id"][-2:] for event in db.alarm_events.find()} == {":1", ":3", ":4"}


def test_one_that_ends_and_begins_again_at_once_is_two_alarms(db, lease):
    first, second = raised(db, lease), alarm()
    end = End(first["_id"], NOW, NOW, "reading", 3)

    commit(db, lease, Batch(raised=[second], changes=[end]), NOW)

    assert [one["_id"] for one in db.alarms.find({"active": True})] == [second["_id"]]


def test_an_alarm_that_a_person_has_cleared_does_not_end_once_more(db, lease):
    one = raised(db, lease)
    db.alarms.update_one({"_id": one["_id"]}, {"$set": {"active": False}})
    end = End(one["_id"], NOW, NOW, "reading", 3)
    newer = POSITION._replace(offset=8)

    commit(db, lease, Batch(changes=[end], positions=[newer]), NOW)

    assert alarm_positions.load(db) == [newer]
    assert db.alarm_events.count_documents({}) == 1
    assert "ended_at" not in db.alarms.find_one()


def test_an_alarm_that_a_person_has_cleared_keeps_its_last_value(db, lease):
    one = raised(db, lease)
    db.alarms.update_one({"_id": one["_id"]}, {"$set": {"active": False}})

    commit(db, lease, Batch(touches=[Touch(one["_id"], 2, 91, 2)]), NOW)

    assert db.alarms.find_one()["last_value"] == 90.5


def test_a_second_active_alarm_of_a_rule_and_device_is_refused(db, lease):
    raised(db, lease)

    with pytest.raises(AlarmsDifferError):
        commit(db, lease, Batch(raised=[alarm()]), NOW)

    assert db.alarms.count_documents({}) == 1


def test_who_no_longer_holds_the_lease_stores_nothing(db, lease):
    assert FencedLease(db, "alarms", "a", FakeClock()).is_held()

    with pytest.raises(FencedError):
        raised(db, lease)

    assert db.alarms.count_documents({}) == 0
    with pytest.raises(FencedError):
        alarm_commit.forget_positions(db, lease)


def test_of_a_device_that_was_removed_or_handed_over_nothing_is_raised_any_more(db, lease):
    for change in ({"owner": ObjectId()}, None):
        if change:
            db.devices.update_one({"_id": DEVICE}, {"$set": change})
        else:
            db.devices.delete_one({"_id": DEVICE})

        with pytest.raises(AlarmsDifferError, match="not its owner's any more"):
            commit(db, lease, Batch(raised=[alarm()], positions=[POSITION]), NOW)

    assert db.alarms.count_documents({}) == db.alarm_events.count_documents({}) == 0
    assert alarm_positions.load(db) == []
