"""What store/ promises about ingest's writes, on the fake and on mongod."""

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.store import arrivals, attributes, presence, rejected
from qlines.store.attributes import Attribute
from qlines.store.presence import Change, Presence
from qlines.store.rejected import Rejected

METER, PUMP = "1" * 24, "2" * 24
NOW_US = 1_800_000_000_000_000
SECOND_US = 1_000_000


class AttributesContract:
    def test_values_are_returned_as_they_were_sent_sorted_by_key(self, db):
        values = {"z": True, "nested": {"a.b": [1, {"$c": None}]}, "a": "$text", "n": 1.5, "l": []}

        attributes.merge(db, [(METER, key, 5, value) for key, value in values.items()])

        found = attributes.of_device(db, METER)
        assert found == {key: Attribute(5, value, 5) for key, value in values.items()}
        assert list(found) == sorted(values)

    def test_a_device_that_sent_none_has_none(self, db):
        attributes.merge(db, [])

        assert attributes.of_device(db, METER) == {}

    def test_an_older_value_changes_nothing(self, db):
        attributes.merge(db, [(METER, "fw", 7, "new"), (METER, "ip", 1, "x")])

        attributes.merge(db, [(METER, "fw", 6, "old"), (METER, "ip", 2, "y")])

        assert attributes.of_device(db, METER) == {
            "fw": Attribute(7, "new", 7),
            "ip": Attribute(2, "y", 2),
        }

    def test_a_value_of_the_same_time_replaces_the_stored_one(self, db):
        attributes.merge(db, [(METER, "fw", 7, "first")])

        for _ in range(2):
            attributes.merge(db, [(METER, "fw", 7, "second")])

        assert attributes.of_device(db, METER) == {"fw": Attribute(7, "second", 7)}

    @pytest.mark.parametrize("value", ["$text", True, 1.5, {"a": [1]}])
    def test_a_value_that_is_repeated_is_this_value_since_the_first_time(self, db, value):
        for ts_ms in (1, 2, 3):
            attributes.merge(db, [(METER, "a", ts_ms, value)])

        assert attributes.of_device(db, METER) == {"a": Attribute(3, value, 1)}

    @pytest.mark.parametrize(
        ("one", "other"), [(1, True), ('{"a":1}', {"a": 1}), ("on", "off"), ([1], [2])]
    )
    def test_another_value_is_this_value_since_it_was_sent(self, db, one, other):
        for ts_ms, value in enumerate((one, one, other), 1):
            attributes.merge(db, [(METER, "a", ts_ms, value)])

        assert attributes.of_device(db, METER) == {"a": Attribute(3, other, 3)}

    def test_of_an_entry_without_it_the_last_message_is_the_first_known(self, db):
        entry = {"key": "a", "ts": 5, "value": 1}
        db.attributes.insert_one({"_id": ObjectId(METER), "client": [entry]})

        assert attributes.of_device(db, METER) == {"a": Attribute(5, 1, 5)}
        attributes.merge(db, [(METER, "a", 9, 1)])

        assert attributes.of_device(db, METER) == {"a": Attribute(9, 1, 5)}

    def test_the_thousand_keys_that_changed_last_are_retained(self, db):
        attributes.merge(db, [(METER, f"key {number}", 1, number) for number in range(1_000)])

        attributes.merge(db, [(METER, "key 0", 2, "changed"), (METER, "key 1000", 2, "added")])

        found = attributes.of_device(db, METER)
        assert len(found) == 1_000
        assert found["key 0"] == Attribute(2, "changed", 2)
        assert found["key 1000"] == Attribute(2, "added", 2)
        assert "key 1" not in found

    def test_devices_do_not_mix(self, db):
        attributes.merge(db, [(METER, "a", 1, 1), (PUMP, "a", 1, 2), (METER, "b", 1, 3)])

        assert attributes.of_device(db, METER) == {"a": Attribute(1, 1, 1), "b": Attribute(1, 3, 1)}
        assert attributes.of_device(db, PUMP) == {"a": Attribute(1, 2, 1)}


class PresenceContract:
    def test_the_latest_change_wins_in_any_order(self, db):
        connected = Change(METER, True, NOW_US, "", "192.0.2.1")
        disconnected = Change(METER, False, NOW_US + SECOND_US, "keepalive", "192.0.2.1")

        for changes in ([connected], [disconnected], [connected], [disconnected]):
            presence.write(db, changes)

        assert presence.of_devices(db, [METER, PUMP]) == {
            METER: Presence(False, NOW_US + SECOND_US, "keepalive", "192.0.2.1")
        }

    def test_the_last_ten_changes_are_kept_newest_first(self, db):
        changes = [
            Change(METER, number % 2 == 0, NOW_US + number * SECOND_US, "", "")
            for number in range(12)
        ]
        for change in [*changes, changes[-1]]:  # the spool was read again
            presence.write(db, [change])

        found = presence.changes_of(db, METER)

        assert [change.changed_us for change in found] == [
            NOW_US + number * SECOND_US for number in range(11, 2, -1)
        ]
        assert [change.connected for change in found[:2]] == [False, True]
        assert presence.changes_of(db, PUMP) == []

    def test_changes_at_both_brokers_are_one_list(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(METER, True, NOW_US + SECOND_US, "", "192.0.2.2")], "b")
        presence.disconnect_all(db, NOW_US + 2 * SECOND_US, "a")

        assert presence.changes_of(db, METER) == [
            Presence(False, NOW_US + 2 * SECOND_US, presence.RESTARTED, ""),
            Presence(True, NOW_US + SECOND_US, "", "192.0.2.2"),
            Presence(True, NOW_US, "", "192.0.2.1"),
        ]

    def test_a_restart_of_the_broker_disconnects_the_devices_of_before(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "")])
        presence.write(db, [Change(PUMP, True, NOW_US + SECOND_US, "", "")])

        presence.disconnect_all(db, NOW_US + SECOND_US)

        found = presence.of_devices(db, [METER, PUMP])
        assert found[METER] == Presence(False, NOW_US + SECOND_US, presence.RESTARTED, "")
        assert found[PUMP].connected

    def test_the_restart_of_one_broker_says_nothing_about_the_devices_of_the_other(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(PUMP, True, NOW_US, "", "192.0.2.2")], "b")

        presence.disconnect_all(db, NOW_US + SECOND_US, "b")

        found = presence.of_devices(db, [METER, PUMP])
        assert (found[METER].connected, found[PUMP].connected) == (True, False)

    def test_a_device_is_connected_while_it_is_with_either_broker(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(METER, True, NOW_US + SECOND_US, "", "192.0.2.2")], "b")
        assert presence.of_devices(db, [METER])[METER].address == "192.0.2.2"

        presence.write(db, [Change(METER, False, NOW_US + 2 * SECOND_US, "left", "")], "b")
        assert presence.of_devices(db, [METER])[METER] == Presence(True, NOW_US, "", "192.0.2.1")

        presence.write(db, [Change(METER, False, NOW_US + 3 * SECOND_US, "keepalive", "")], "a")
        assert presence.of_devices(db, [METER])[METER].reason == "keepalive"

    def test_a_removed_device_has_no_presence_at_either_broker(self, db):
        for side in presence.COLLECTIONS:
            presence.write(db, [Change(METER, True, NOW_US, "", "")], side)

        presence.remove(db, [ObjectId(METER)])

        assert presence.of_devices(db, [METER]) == {}

    def test_a_node_of_several_is_a_side_like_those_of_twins(self, db):
        for number, device in enumerate((METER, PUMP), 1):
            presence.write(db, [Change(device, True, NOW_US, "", "")], f"node-{number}")
            presence.beat(db, f"node-{number}")
        presence.disconnect_all(db, NOW_US + SECOND_US, "node-1")

        found = presence.of_devices(db, [METER, PUMP], here="node-1")
        assert (found[METER].connected, found[PUMP].connected) == (False, True)
        assert len(presence.changes_of(db, METER)) == 2
        presence.remove(db, [ObjectId(METER), ObjectId(PUMP)])
        assert presence.of_devices(db, [METER, PUMP]) == {}

    def test_the_heartbeats_of_the_sides_keep_their_presence(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        for side in presence.COLLECTIONS:
            presence.beat(db, side)

        assert presence.of_devices(db, [METER])[METER].connected

    def test_devices_of_a_side_without_a_heartbeat_are_offline_since_its_last_one(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(PUMP, True, NOW_US, "", "192.0.2.2")], "b")
        last_us = NOW_US + 30 * SECOND_US
        for side, us in (("a", last_us), ("b", last_us + 61 * SECOND_US)):
            db.sides.insert_one({"_id": side, "seen_at": utc_datetime(us)})

        found = presence.of_devices(db, [METER, PUMP])

        assert found[METER] == Presence(False, last_us, presence.GONE, "192.0.2.1")
        assert found[PUMP].connected

    def test_a_device_that_has_come_back_over_here_is_connected(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(METER, True, NOW_US + SECOND_US, "", "192.0.2.2")], "b")
        for side, us in (("a", NOW_US), ("b", NOW_US + 61 * SECOND_US)):
            db.sides.insert_one({"_id": side, "seen_at": utc_datetime(us)})

        assert presence.of_devices(db, [METER])[METER] == Presence(
            True, NOW_US + SECOND_US, "", "192.0.2.2"
        )

    def test_the_side_that_asks_does_not_doubt_itself(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        for side, us in (("a", NOW_US), ("b", NOW_US + 61 * SECOND_US)):
            db.sides.insert_one({"_id": side, "seen_at": utc_datetime(us)})

        assert presence.of_devices(db, [METER], here="a")[METER].connected
        assert not presence.of_devices(db, [METER], here="b")[METER].connected

    def test_an_appliance_that_has_no_twin_any_more_has_no_devices_of_it(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        presence.write(db, [Change(PUMP, True, NOW_US, "", "192.0.2.2")], "b")
        presence.beat(db, "b")

        presence.forget_twins(db, NOW_US + SECOND_US)

        found = presence.of_devices(db, [METER, PUMP])
        assert (found[METER].connected, found[PUMP].connected) == (True, False)
        assert list(db.sides.find()) == []

    def test_a_container_that_becomes_a_node_leaves_nobody_connected_and_no_other_node_alone(
        self, db
    ):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")])
        presence.write(db, [Change(PUMP, True, NOW_US, "", "192.0.2.2")], "node-2")
        presence.beat(db, "node-2")

        presence.forget_twins(db, NOW_US + SECOND_US, is_node=True)

        found = presence.of_devices(db, [METER, PUMP])
        assert (found[METER].connected, found[PUMP].connected) == (False, True)

    def test_a_side_that_returns_is_believed_again(self, db):
        presence.write(db, [Change(METER, True, NOW_US, "", "192.0.2.1")], "a")
        for side, us in (("a", NOW_US), ("b", NOW_US + 61 * SECOND_US)):
            db.sides.insert_one({"_id": side, "seen_at": utc_datetime(us)})
        assert not presence.of_devices(db, [METER])[METER].connected

        for side in presence.COLLECTIONS:
            presence.beat(db, side)

        assert presence.of_devices(db, [METER])[METER].connected


class ArrivalsContract:
    LONG_AGO = utc_datetime(SECOND_US)

    def arrived(self, db, side):
        """Return what arrived at *side*, as the other one of two reads it."""
        other = {"a": "b", "b": "a"}[side]
        return {one.client: one.at_us for one in arrivals.since(db, other, self.LONG_AGO)}

    def test_a_client_is_where_it_arrived_last(self, db):
        arrivals.note(db, {"device/pump": NOW_US, "device/valve": NOW_US}, "a")
        arrivals.note(db, {"device/pump": NOW_US + SECOND_US}, "b")

        assert self.arrived(db, "a") == {"device/valve": NOW_US}
        assert self.arrived(db, "b") == {"device/pump": NOW_US + SECOND_US}

    def test_the_clock_of_the_side_may_be_behind(self, db):
        arrivals.note(db, {"device/pump": NOW_US}, "a")
        arrivals.note(db, {"device/pump": NOW_US - 9 * SECOND_US}, "b")

        assert self.arrived(db, "b") == {"device/pump": NOW_US - 9 * SECOND_US}

    def test_an_arrival_that_is_noted_late_changes_nothing(self, db):
        arrivals.note(db, {"device/pump": NOW_US}, "a")
        arrivals.note(db, {"device/pump": NOW_US - 11 * SECOND_US}, "b")

        assert self.arrived(db, "a") == {"device/pump": NOW_US}
        assert self.arrived(db, "b") == {}

    def test_only_those_noted_after_a_moment_are_returned(self, db):
        arrivals.note(db, {"device/pump": NOW_US}, "a")
        (first,) = arrivals.since(db, "b", self.LONG_AGO)

        assert arrivals.since(db, "b", first.noted_at) == []

    def test_a_node_reads_what_arrived_at_any_other(self, db):
        for number in (1, 2, 3):
            arrivals.note(db, {f"device/{number}": NOW_US}, f"node-{number}")

        found = arrivals.since(db, "node-1", self.LONG_AGO)

        assert sorted(one.client for one in found) == ["device/2", "device/3"]


class RejectedContract:
    def message(self, number, device=METER):
        return Rejected(device, number, "not JSON", "v2/t", f"payload {number}")

    def test_the_last_ten_of_each_device_are_retained_newest_first(self, db):
        rejected.add(db, [self.message(number) for number in range(15)])
        rejected.add(db, [self.message(99, PUMP)])

        assert rejected.of_device(db, METER) == [self.message(n) for n in range(14, 4, -1)]
        assert rejected.of_device(db, PUMP) == [self.message(99, PUMP)]
        assert db.rejected.count_documents({}) == 11

    def test_a_message_that_is_replayed_is_stored_once(self, db):
        rejected.add(db, [self.message(1)])
        rejected.add(db, [self.message(1)])

        assert rejected.of_device(db, METER) == [self.message(1)]

    def test_no_messages_change_nothing(self, db):
        rejected.add(db, [])

        assert rejected.of_device(db, METER) == []


class BulkContract:
    @pytest.mark.parametrize("connected", [True, False])
    def test_an_update_that_collides_does_not_stop_the_others(self, db, connected):
        presence.write(db, [Change(METER, connected, NOW_US, "", "")])

        older = Change(METER, not connected, NOW_US - SECOND_US, "", "")
        presence.write(db, [older, Change(PUMP, True, NOW_US, "", "")])

        found = presence.of_devices(db, [METER, PUMP])
        assert found[METER].connected is connected
        assert found[PUMP].connected
        assert db.presence.find_one({"_id": ObjectId(PUMP)})["reason"] == ""
