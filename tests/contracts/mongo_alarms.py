"""What store/ promises about alarms, on the fake and on mongod."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document, to_document
from qlines.store import (
    alarm_ends,
    alarm_events,
    alarm_search,
    alarms,
    claiming,
    claims,
    devices,
    users,
)
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document
from qlines.store.alarm_search import AlarmFilter, Counts, PageRequest
from qlines.store.alarms import Person
from qlines.store.claims import Claim
from qlines.store.transaction import in_transaction

ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
PUMP, VALVE = ObjectId("1" * 24), ObjectId("2" * 24)
HOT, WET = ObjectId("8" * 24), ObjectId("9" * 24)
NOW_US = 1_800_000_000_000_000
NOW = utc_datetime(NOW_US)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
BY_ALICE = Person(ALICE, "alice@example.com", NOW)
CAUSE = Cause("temperature", 84.5, 80, 75, NOW_US, "temperature 84.5 is above 80")


def raised(
    db, *, owner=ALICE, device=PUMP, device_name="pump 10", rule=HOT, rule_name="too hot",
    severity="major", started_at=NOW, ended_at=None,
):  # fmt: skip
    """Store an alarm as the evaluator does, and return its id."""
    subject = Subject(owner, device, device_name, rule, rule_name, 1)
    alarm = alarm_document(
        subject, severity, CAUSE, started_at=started_at, now=NOW, fence=1, ended_at=ended_at
    )
    alarm_collection(db).insert_one(alarm)
    return alarm["_id"]


def listed(db, owner=ALICE, **wanted):
    request = PageRequest(
        sort=wanted.pop("sort", "started"), descending=wanted.pop("descending", True)
    )
    found, total = alarm_search.page(db, owner, AlarmFilter(**wanted), request)
    assert total == len(found)
    return [alarm["_id"] for alarm in found]


def events(db):
    return [(one["type"], one["_id"].rpartition(":")[2]) for one in alarm_events.unplanned(db, 10)]


class AlarmsContract:
    def test_an_owner_sees_the_own_alarms_only(self, db):
        alarm = raised(db)

        assert listed(db) == [alarm]
        assert listed(db, BOB) == []
        with pytest.raises(NotFoundError, match="there is no alarm"):
            alarm_search.find(db, alarm, owner=BOB)
        with pytest.raises(NotFoundError, match="there is no alarm"):
            alarms.acknowledge(db, alarm, BY_ALICE._replace(owner=BOB))

    def test_a_rule_has_one_active_alarm_of_a_device(self, db):
        raised(db)

        with pytest.raises(Exception, match="duplicate"):
            raised(db)
        raised(db, device=VALVE)
        raised(db, ended_at=NOW)

    def test_the_list_is_filtered(self, db):
        active = raised(db)
        worst = raised(db, device=VALVE, severity="critical", device_name="valve")
        historic = raised(db, rule=WET, rule_name="wet", ended_at=NOW)
        alarms.acknowledge(db, worst, BY_ALICE)
        cleared = raised(db, rule=WET, rule_name="wet", started_at=NOW - MINUTE)
        alarms.clear(db, cleared, BY_ALICE)

        assert set(listed(db)) == {active, worst}
        assert listed(db, status="historic") == [historic]
        assert listed(db, status="cleared") == [cleared]
        assert set(listed(db, status="all")) == {active, worst, historic, cleared}
        assert listed(db, severity="critical") == [worst]
        assert listed(db, acknowledged=True) == [worst]
        assert listed(db, acknowledged=False) == [active]
        assert listed(db, device=str(VALVE)) == [worst]
        assert listed(db, rule=str(WET), status="all") == [historic, cleared]
        assert listed(db, search="ALV") == [worst]
        assert set(listed(db, search="oo h")) == {active, worst}
        assert listed(db, search=".*") == []

    def test_the_list_is_sorted(self, db):
        second = raised(db, device_name="pump 10", severity="minor", started_at=NOW + SECOND)
        third = raised(
            db, device=VALVE, device_name="Valve", severity="info", started_at=NOW + 2 * SECOND
        )
        first = raised(db, rule=WET, rule_name="wet", device_name="pump 2", severity="critical")

        assert listed(db) == [third, second, first]
        assert listed(db, descending=False) == [first, second, third]
        assert listed(db, sort="severity") == [first, second, third]
        assert listed(db, sort="severity", descending=False) == [third, second, first]
        assert listed(db, sort="device", descending=False) == [first, second, third]
        assert listed(db, sort="rule", descending=False) == [third, second, first]

    def test_a_page_has_neither_events_nor_comments(self, db):
        raised(db)

        [alarm], _ = alarm_search.page(db, ALICE, AlarmFilter(), PageRequest())

        assert not {"events", "comments"} & alarm.keys()

    def test_what_is_active_is_counted(self, db):
        assert alarm_search.counts(db, ALICE) == Counts(0, 0, None)
        seen = raised(db, severity="critical")
        raised(db, device=VALVE, severity="warning")
        raised(db, owner=BOB, rule=WET, severity="critical")
        raised(db, ended_at=NOW)
        alarms.acknowledge(db, seen, BY_ALICE)

        assert alarm_search.counts(db, ALICE) == Counts(2, 1, "critical")
        assert alarm_search.active_by_rule(db, ALICE) == {HOT: 2}
        assert alarm_search.devices_with(db, HOT) == {PUMP, VALVE}


class AlarmActsContract:
    def test_the_first_who_acknowledges_is_noted_once(self, db):
        alarm = raised(db)

        alarms.acknowledge(db, alarm, BY_ALICE)
        again = alarms.acknowledge(db, alarm, BY_ALICE._replace(email="x", now=NOW + MINUTE))

        assert (again["acknowledged_by"], again["acknowledged_at"]) == ("alice@example.com", NOW)
        assert [line["type"] for line in again["events"]] == ["raised", "acknowledged"]
        assert events(db) == [("acknowledged", "2")]

    def test_many_are_acknowledged_and_each_is_accounted_for(self, db):
        new, seen, bobs = raised(db), raised(db, device=VALVE), raised(db, owner=BOB, rule=WET)
        alarms.acknowledge(db, seen, BY_ALICE)
        ids = [str(new), str(seen), str(bobs), "f" * 24, "nonsense", str(new)]

        outcomes = alarms.acknowledge_all(db, ids, BY_ALICE)

        assert outcomes == {
            str(new): "acknowledged",
            str(seen): "was acknowledged",
            str(bobs): "not found",
            "f" * 24: "not found",
            "nonsense": "not found",
        }
        assert "acknowledged_at" in alarm_search.find(db, new, owner=ALICE)
        assert "acknowledged_at" not in alarm_search.find(db, bobs, owner=BOB)
        assert len(events(db)) == 2

    def test_one_that_is_cleared_by_hand_has_ended_and_another_may_be_raised(self, db):
        alarm = raised(db)

        cleared = alarms.clear(db, alarm, BY_ALICE)

        assert (cleared["active"], cleared["end_reason"]) == (False, "by hand")
        assert cleared["ended_at"] == NOW
        assert events(db) == [("cleared", "2")]
        assert raised(db) != alarm
        with pytest.raises(ConflictError, match="has ended already"):
            alarms.clear(db, alarm, BY_ALICE)

    def test_after_that_the_rule_must_be_false_once(self, db):
        state = to_document(State.new(1_000, 2_000))
        stored = {"_id": f"{HOT}:{PUMP}", "rule": HOT, "device": PUMP, "owner": ALICE, "version": 7,
                  "state": state, "updated_at": NOW}  # fmt: skip
        db.alarm_states.insert_one(stored)

        alarms.clear(db, raised(db), BY_ALICE)
        alarms.clear(db, raised(db, device=VALVE), BY_ALICE)

        changed, new = db.alarm_states.find({}).sort("_id")
        assert from_document(changed["state"]) == State.new(1_000, 2_000).cleared_by_hand()
        assert (changed["version"], new["version"]) == (7, 1)
        assert from_document(new["state"]) == State.suppressed()

    def test_it_is_assigned_to_somebody_and_to_nobody(self, db):
        alarm = raised(db)

        users.add(db, "dora@example.com", "hash", admin=True)
        users.add(db, "eve@example.com", "hash")

        assigned = alarms.assign(db, alarm, BY_ALICE, " Dora@Example.com ")
        freed = alarms.assign(db, alarm, BY_ALICE, None)

        assert assigned["assignee"] == "dora@example.com"
        assert "assignee" not in freed
        assert events(db) == [("assigned", "2"), ("assigned", "3")]
        with pytest.raises(FieldError, match="to must have 1 to 254 characters, got 0"):
            alarms.assign(db, alarm, BY_ALICE, "  ")
        for other in ("eve@example.com", "nobody@example.com", "Dora"):
            with pytest.raises(FieldError, match="to must be the address of somebody who can see"):
                alarms.assign(db, alarm, BY_ALICE, other)

    def test_a_comment_says_who_and_when(self, db):
        commented = alarms.comment(db, raised(db), BY_ALICE, "on my way\n")

        assert commented["comments"] == [
            {"at": NOW, "by": "alice@example.com", "text": "on my way"}
        ]
        assert events(db) == [("commented", "2")]

    def test_it_has_a_hundred_comments_and_no_more(self, db):
        alarm = raised(db)
        full = [{"at": NOW, "by": "a", "text": "b"}] * 100
        db.alarms.update_one({"_id": alarm}, {"$set": {"comments": full}})

        with pytest.raises(ConflictError, match="has 100 comments"):
            alarms.comment(db, alarm, BY_ALICE, "one more")

    def test_what_is_muted_holds_until_then_and_makes_no_event(self, db):
        muted = alarms.mute(db, raised(db), BY_ALICE, 60)

        assert muted["muted_until"] == NOW + MINUTE
        assert events(db) == []

    def test_what_is_said_last_about_a_rule_and_a_device_holds(self, db):
        alarm, other = raised(db), raised(db, device=VALVE)
        alarms.clear(db, alarm, BY_ALICE, mute_seconds=60)
        alarms.mute(db, other, BY_ALICE, 60)
        assert alarm_search.find(db, alarm, owner=ALICE)["muted_until"] == NOW + MINUTE

        heard = alarms.mute(db, raised(db), BY_ALICE, 0)

        assert heard["muted_until"] == NOW
        assert "muted_until" not in alarm_search.find(db, alarm, owner=ALICE)
        assert "muted_until" in alarm_search.find(db, other, owner=ALICE)

    def test_the_newest_entries_of_a_history_are_kept(self, db):
        alarm = raised(db)
        db.alarms.update_one(
            {"_id": alarm}, {"$set": {"events": [{"at": NOW, "type": "severity"}] * 200}}
        )

        changed = alarms.acknowledge(db, alarm, BY_ALICE)

        assert len(changed["events"]) == 200
        assert changed["events"][-1]["type"] == "acknowledged"


class AlarmEndsContract:
    def test_the_alarms_of_a_removed_device_end_and_stay(self, db):
        pump = devices.add(db, ALICE, "pump")
        alarm, other = raised(db, device=pump["_id"]), raised(db)
        db.alarm_states.insert_one(state_of(pump["_id"]))

        devices.remove(db, pump["_id"], NOW)

        ended = alarm_search.find(db, alarm, owner=ALICE)
        assert (ended["active"], ended["end_reason"]) == (False, "device removed")
        assert events(db) == [("cleared", "2")]
        assert alarm_search.find(db, other, owner=ALICE)["active"]
        assert list(db.alarm_states.find({})) == []

    def test_the_alarms_of_a_device_that_is_claimed_end_and_stay_with_its_former_owner(self, db):
        pump = devices.add(db, ALICE, "pump")
        alarm = raised(db, device=pump["_id"])
        db.alarm_states.insert_one(state_of(pump["_id"]))
        claims.note(db, [Claim(str(pump["_id"]), NOW_US, "secret", 60_000, False)])

        claiming.claim(db, "pump", "secret", BOB, NOW + SECOND)

        ended = alarm_search.find(db, alarm, owner=ALICE)
        assert (ended["active"], ended["end_reason"]) == (False, "device handed over")
        assert listed(db, BOB, status="all") == []
        assert list(db.alarm_states.find({})) == []

    def test_and_those_of_the_claimer_end_when_it_is_given_back(self, db):
        pump = devices.add(db, ALICE, "pump")
        claims.note(db, [Claim(str(pump["_id"]), NOW_US, "secret", 60_000, False)])
        claimed = claiming.claim(db, "pump", "secret", BOB, NOW + SECOND).device
        alarm = raised(db, owner=BOB, device=pump["_id"])

        claiming.give_back(db, claimed, NOW + MINUTE)

        assert not alarm_search.find(db, alarm, owner=BOB)["active"]
        assert listed(db, status="all") == []

    def test_more_alarms_than_a_transaction_should_change_end_in_several(self, db, monkeypatch):
        monkeypatch.setattr(alarm_ends, "AT_A_TIME", 2)
        found = [raised(db, device=ObjectId()) for _ in range(5)]

        alarm_ends.end_rest(db, {"rule": HOT}, "rule removed", NOW)

        assert set(listed(db, status="cleared")) == set(found)
        assert len(events(db)) == 5

    def test_planned_events_are_not_returned_again(self, db):
        alarms.comment(db, raised(db), BY_ALICE, "one")
        [event] = alarm_events.unplanned(db, 10)

        in_transaction(db, lambda session: alarm_events.mark_planned(db, [event["_id"]], session))

        assert events(db) == []


def state_of(device):
    return {"_id": f"{HOT}:{device}", "rule": HOT, "device": device, "owner": ALICE, "version": 1,
            "state": to_document(State.new()), "updated_at": NOW}  # fmt: skip
