"""What a demonstration makes beside its devices."""

from typing import Any

import pytest

from qlines.cli.simulate import demo_alarm
from qlines.clock import FakeClock
from qlines.store import alarm_rules, channels, devices, users
from tests.fakes.mongo import FakeMongo


@pytest.fixture
def db() -> Any:
    return FakeMongo()


def make(db: Any) -> list[str]:
    owner = users.find_by_email(db, "admin@example.com")
    [pump] = devices.list_all(db)
    return demo_alarm.make(db, owner, pump["_id"], FakeClock())


@pytest.fixture(autouse=True)
def pump(db: Any) -> Any:
    owner = users.add(db, "admin@example.com", "hash", admin=True)
    return devices.add(db, owner["_id"], "Cellar pump")


def test_the_rule_and_the_channel_are_made_once(db: Any) -> None:
    assert make(db) == [
        "a channel to admin@example.com",
        "the rule 'Demo: the pump overheats'",
    ]
    assert make(db) == []

    owner = users.find_by_email(db, "admin@example.com")["_id"]
    [channel] = channels.of_owner(db, owner)
    assert (channel["type"], channel["settings"]) == ("email", {"address": "admin@example.com"})
    [rule] = alarm_rules.of_owner(db, owner)
    assert rule["scope"] == {"type": "device", "value": str(devices.list_all(db)[0]["_id"])}


def test_what_its_owner_has_changed_stays(db: Any) -> None:
    make(db)
    owner = users.find_by_email(db, "admin@example.com")["_id"]
    [channel] = channels.of_owner(db, owner)
    off = channels.fields_of(channel)._replace(enabled=False)
    channels.change(db, channel, off, channel["created_at"])

    make(db)

    assert [one["enabled"] for one in channels.of_owner(db, owner)] == [False]
