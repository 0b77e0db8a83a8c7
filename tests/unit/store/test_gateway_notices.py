"""A gateway learns that a device behind it was renamed or removed."""

import json
from datetime import timedelta

import pytest

from qlines.clock import FakeClock, utc_datetime
from qlines.errors import NotFoundError, StoreUnavailableError
from qlines.store import commands, devices, gateway_devices
from qlines.store.gateway_notices import CLAIMER, Author, note_renamed, removing
from tests.fakes.mongo import FakeMongo

OWNER = "a" * 24
NOW = utc_datetime(FakeClock().now_us())
AUTHOR = Author("alice@example.com", NOW)


@pytest.fixture
def db():
    return FakeMongo()


@pytest.fixture
def hub(db):
    return str(devices.add(db, OWNER, "hub", gateway=True)["_id"])


@pytest.fixture
def sensor(db, hub):
    device = devices.add(db, OWNER, "sensor")
    gateway_devices.note(db, {str(device["_id"]): hub})
    return device


def rename(db, device, name):
    note_renamed(db, device, devices.patch(db, device["_id"], owner=OWNER, name=name), AUTHOR)


def sent(db):
    return [(one["method"], json.loads(one["params"])) for one in db.commands.documents]


def test_it_is_sent_the_old_and_the_new_name(db, hub, sensor):
    rename(db, sensor, "cellar")

    (command,) = db.commands.documents
    assert sent(db) == [("gateway_device_renamed", {"sensor": "cellar"})]
    assert str(command["device"]) == hub
    assert (command["two_way"], command["retries"], command["by"]) == (False, 3, AUTHOR.by)
    assert command["expires_at"] - command["created_at"] == timedelta(days=1)


def test_it_is_sent_the_name_of_one_that_was_removed(db, hub, sensor):
    with removing(db, [str(sensor["_id"])], AUTHOR):
        devices.remove(db, sensor["_id"], NOW, owner=OWNER)

    assert sent(db) == [("gateway_device_deleted", "sensor")]
    assert str(db.commands.documents[0]["device"]) == hub


def test_another_change_is_not_of_its_business(db, sensor):
    changed = devices.patch(db, sensor["_id"], owner=OWNER, tags=["cellar"])
    note_renamed(db, sensor, changed, AUTHOR)

    assert sent(db) == []


def test_nobody_is_notified_of_a_device_behind_no_gateway(db, sensor):
    gateway_devices.note(db, {str(sensor["_id"]): gateway_devices.NO_GATEWAY})

    rename(db, sensor, "cellar")
    with removing(db, [str(sensor["_id"])], AUTHOR):
        devices.remove(db, sensor["_id"], NOW, owner=OWNER)

    assert sent(db) == []


def test_what_was_not_removed_is_not_said_to_be(db, sensor):
    with pytest.raises(NotFoundError), removing(db, [str(sensor["_id"])], AUTHOR):
        devices.remove(db, sensor["_id"], NOW, owner="b" * 24)

    assert sent(db) == []


def test_a_gateway_that_is_removed_with_its_devices_is_left_alone(db, hub, sensor):
    both = [str(sensor["_id"]), hub]
    with removing(db, both, AUTHOR):
        devices.remove_all(db, OWNER, both, NOW)

    assert sent(db) == []


def test_a_gateway_with_too_many_open_commands_does_not_keep_a_device_from_its_name(
    db, sensor, monkeypatch, caplog
):
    monkeypatch.setattr(commands, "MAX_OPEN", 0)

    rename(db, sensor, "cellar")

    assert devices.find(db, sensor["_id"])["name"] == "cellar"
    assert "is not notified by gateway_device_renamed" in caplog.text


def test_the_one_who_claimed_a_device_renames_nothing_at_the_former_owners_gateway(db, sensor):
    claimed_from = {"owner": OWNER, "name": "sensor", "by_gateway": True}
    db.devices.update_one({"_id": sensor["_id"]}, {"$set": {"claimed_from": claimed_from}})

    rename(db, sensor, "cellar")

    assert sent(db) == []


def test_a_former_owner_does_not_learn_who_removed_a_claimed_device(db, sensor):
    claimed_from = {"owner": sensor["owner"], "name": "sensor", "by_gateway": True}
    claimed = {"owner": "b" * 24, "name": "cellar", "claimed_from": claimed_from}
    db.devices.update_one({"_id": sensor["_id"]}, {"$set": claimed})

    with removing(db, [str(sensor["_id"])], Author("bob@example.com", NOW)):
        devices.remove(db, sensor["_id"], NOW)

    assert sent(db) == [("gateway_device_deleted", "sensor")]
    assert db.commands.documents[0]["by"] == CLAIMER


def test_what_is_done_stays_done_when_the_notice_cannot_be_stored(db, sensor, monkeypatch, caplog):
    def away(*_arguments, **_more):
        raise StoreUnavailableError("mongodb", OSError("no primary"))

    monkeypatch.setattr(commands, "add", away)

    rename(db, sensor, "cellar")

    assert devices.find(db, sensor["_id"])["name"] == "cellar"
    assert "is not notified" in caplog.text
