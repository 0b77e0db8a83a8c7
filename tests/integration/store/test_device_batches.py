"""Adding many devices at once needs a transaction, which only a replica set has."""

import pytest
from bson import ObjectId

from qlines.errors import ConflictError, FieldError
from qlines.store import devices
from qlines.store.device_batches import add_all
from qlines.store.device_document import NewDevice

ALICE = ObjectId("a" * 24)


def names(db):
    return [device.name for device in devices.names(db, ALICE)]


def test_it_adds_all_and_returns_them(db):
    made = add_all(db, [NewDevice(ALICE, "a", "token-a"), NewDevice(ALICE, "b", None, True, ["x"])])

    added = devices.with_ids(db, ALICE, [device["_id"] for device in made])
    assert added == made
    assert [(device["name"], device["gateway"]) for device in added] == [("a", False), ("b", True)]
    assert added[0]["token"] == "token-a"
    assert len(added[1]["token"]) == 20


@pytest.mark.parametrize("last", [NewDevice(ALICE, "taken"), NewDevice(ALICE, "c", "taken-token")])
def test_it_adds_none_when_one_is_taken(db, last):
    devices.add(db, ALICE, "taken", token="taken-token")

    with pytest.raises(ConflictError, match=f"of {last.name!r} has just been taken"):
        add_all(db, [NewDevice(ALICE, "a"), NewDevice(ALICE, "b"), last])

    assert names(db) == ["taken"]


def test_it_adds_none_when_one_is_bad(db):
    with pytest.raises(FieldError, match="token must have 1 to 64"):
        add_all(db, [NewDevice(ALICE, "a"), NewDevice(ALICE, "b", "no spaces")])

    assert names(db) == []


def test_nothing_to_add_is_nothing(db):
    assert add_all(db, []) == []
