"""Which events of MongoDB the pages of devices hear of."""

import pytest
from bson import ObjectId

from qlines.store.device_changes import DeviceChange, change_in, changes_of
from tests.fakes.mongo_query import matches

PUMP, VALVE = "a" * 24, "b" * 24


def event(collection, key):
    return {"ns": {"coll": collection}, "documentKey": {"_id": key}}


@pytest.mark.parametrize(
    ("collection", "key", "what"),
    [
        ("commands", f"{PUMP}-1", "commands"),
        ("commands", f"{PUMP}-2147483647", "commands"),
        ("attributes", ObjectId(PUMP), "attributes"),
        ("shared_attributes", ObjectId(PUMP), "attributes"),
        ("server_attributes", ObjectId(PUMP), "attributes"),
    ],
)
def test_a_change_of_a_followed_device_says_what_of_it_has_changed(collection, key, what):
    happened = event(collection, key)

    assert matches(happened, changes_of([PUMP, VALVE])[0]["$match"])
    assert change_in(happened) == DeviceChange(PUMP, what)


@pytest.mark.parametrize(
    ("collection", "key"),
    [
        ("commands", f"{VALVE}-1"),
        ("attributes", ObjectId(VALVE)),
        ("devices", ObjectId(PUMP)),
        ("presence", ObjectId(PUMP)),
    ],
)
def test_other_devices_and_other_collections_are_not_heard_of(collection, key):
    assert not matches(event(collection, key), changes_of([PUMP])[0]["$match"])
