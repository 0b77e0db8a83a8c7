"""What store/ promises about the attributes that owners set, on the fake and on mongod."""

import json
from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import attributes, devices
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.owner_attributes import delete_keys, of_device, set_values

METER, PUMP = "1" * 24, "2" * 24
ALICE, BOB = "alice@example.com", "bob@example.com"
NOW_MS = 1_800_000_000_000
NOW = utc_datetime(NOW_MS * 1000)
LATER = NOW + timedelta(seconds=1)


def changes_of(db, device):
    """Return what the device is sent, oldest first."""
    found = db.attribute_changes.find({"device": ObjectId(device)}).sort("_id")
    return [json.loads(one["change"]) for one in found]


class OwnerAttributesContract:
    @pytest.mark.parametrize("scope", ["shared", "server"])
    def test_values_are_returned_as_they_were_set_sorted_by_key(self, db, scope):
        values = {"z": True, "n.b": {"a.b": [1, {"$c": None}]}, "$a": "$text", "n": 1.5, "l": []}

        assert set_values(db, METER, scope, values, ALICE, NOW) == list(values)

        found = of_device(db, METER, scope)
        assert found == {key: OwnerAttribute(NOW_MS, value, ALICE) for key, value in values.items()}
        assert list(found) == sorted(values)

    def test_a_device_has_none_at_first_and_scopes_and_devices_do_not_mix(self, db):
        set_values(db, METER, "server", {"a": 1}, ALICE, NOW)
        set_values(db, PUMP, "shared", {"a": 2}, ALICE, NOW)

        assert of_device(db, METER, "shared") == {}
        assert of_device(db, METER, "server") == {"a": OwnerAttribute(NOW_MS, 1, ALICE)}
        assert of_device(db, PUMP, "shared") == {"a": OwnerAttribute(NOW_MS, 2, ALICE)}
        assert of_device(db, PUMP, "server") == {}

    def test_other_keys_stay_and_a_value_that_is_the_same_is_no_change(self, db):
        set_values(db, METER, "shared", {"a": 1, "b": {"c": [2]}, "d": "old"}, ALICE, NOW)

        changed = set_values(db, METER, "shared", {"b": {"c": [2]}, "d": "new"}, BOB, LATER)

        assert changed == ["d"]
        assert of_device(db, METER, "shared") == {
            "a": OwnerAttribute(NOW_MS, 1, ALICE),
            "b": OwnerAttribute(NOW_MS, {"c": [2]}, ALICE),
            "d": OwnerAttribute(NOW_MS + 1000, "new", BOB),
        }

    def test_a_device_is_sent_the_changed_keys_only(self, db):
        set_values(db, METER, "shared", {"a": 1, "b": "x"}, ALICE, NOW)
        set_values(db, METER, "shared", {"a": 1, "b": True}, ALICE, NOW)
        set_values(db, METER, "shared", {"b": True}, ALICE, NOW)
        delete_keys(db, METER, "shared", ["b", "none", "b"], NOW)
        delete_keys(db, METER, "shared", ["none"], NOW)

        assert changes_of(db, METER) == [{"a": 1, "b": "x"}, {"b": True}, {"deleted": ["b"]}]
        assert changes_of(db, PUMP) == []
        assert db.attribute_changes.find_one({"device": ObjectId(METER)})["at"] == NOW

    def test_a_device_is_not_sent_server_attributes(self, db):
        set_values(db, METER, "server", {"a": 1}, ALICE, NOW)
        delete_keys(db, METER, "server", ["a"], NOW)

        assert changes_of(db, METER) == []

    def test_deleted_keys_are_gone_and_the_others_stay(self, db):
        set_values(db, METER, "shared", {"a": 1, "b": 2, "c,d": 3}, ALICE, NOW)

        assert delete_keys(db, METER, "shared", ["c,d", "none", "a"], LATER) == ["c,d", "a"]

        assert of_device(db, METER, "shared") == {"b": OwnerAttribute(NOW_MS, 2, ALICE)}
        assert delete_keys(db, PUMP, "shared", ["a"], LATER) == []

    def test_what_is_refused_changes_nothing(self, db):
        set_values(db, METER, "shared", {f"k{number}": 1 for number in range(1_000)}, ALICE, NOW)

        with pytest.raises(FieldError, match=r"at most 1,000 keys .* would be 1,001: delete"):
            set_values(db, METER, "shared", {"k0": 2, "another": 1}, ALICE, NOW)

        assert of_device(db, METER, "shared")["k0"] == OwnerAttribute(NOW_MS, 1, ALICE)
        assert len(changes_of(db, METER)) == 1

    def test_all_values_of_a_scope_together_have_a_size(self, db):
        set_values(db, METER, "server", {"a": "x" * 200_000}, ALICE, NOW)

        with pytest.raises(FieldError, match=r"at most 262,144 bytes as JSON .* 300,015: shorten"):
            set_values(db, METER, "server", {"b": "x" * 100_000}, ALICE, NOW)

        set_values(db, METER, "shared", {"b": "x" * 200_000}, ALICE, NOW)
        set_values(db, METER, "server", {"a": "x" * 262_136}, ALICE, NOW)
        assert len(of_device(db, METER, "server")["a"].value) == 262_136

    def test_a_removed_device_leaves_none_of_any_scope(self, db):
        owner = ObjectId()
        removed, other = (devices.add(db, owner, name) for name in ("pump", "meter"))
        for device in (removed, other):
            attributes.merge(db, [(str(device["_id"]), "a", 1, 1)])
            for scope in ("shared", "server"):
                set_values(db, str(device["_id"]), scope, {"a": 1}, ALICE, NOW)

        devices.remove(db, removed["_id"], NOW, owner=owner)

        for collection in (db.attributes, db.shared_attributes, db.server_attributes):
            assert [one["_id"] for one in collection.find({})] == [other["_id"]]

    def test_client_attributes_are_deleted_by_key_until_the_device_sends_them_again(self, db):
        attributes.merge(db, [(METER, key, 1, key) for key in ("a", "b", "c.d")])

        assert attributes.delete_keys(db, METER, ["c.d", "none", "a"]) == ["c.d", "a"]
        assert attributes.delete_keys(db, PUMP, ["a"]) == []

        assert attributes.of_device(db, METER) == {"b": Attribute(1, "b", 1)}
        attributes.merge(db, [(METER, "a", 2, 2)])
        assert attributes.of_device(db, METER)["a"] == Attribute(2, 2, 2)
