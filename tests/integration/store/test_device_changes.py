"""What pages hear of a real mongod's changes, and how another device is followed without a loss."""

import threading
from datetime import timedelta

import pytest

from qlines.clock import SystemClock, utc_datetime
from qlines.store import attributes, commands, owner_attributes
from qlines.store.command_document import NewCommand
from qlines.store.device_changes import DeviceChange
from qlines.web.sockets.page_changes import PageChanges
from tests.harness.deadline import eventually

PUMP, VALVE, OTHER = "a" * 24, "b" * 24, "c" * 24
NOW = utc_datetime(1_800_000_000_000_000)
OPEN = NewCommand(
    "open", None, two_way=True, expires_in=timedelta(hours=1), retries=5, by="a@example.com",
    key=None,
)  # fmt: skip


@pytest.fixture
def followed():
    """Return the devices that are followed; the thread rests while nobody follows one."""
    devices = {PUMP}
    yield devices
    devices.clear()


@pytest.fixture
def heard(db, followed):
    """Return what pages were notified of, by a thread that has begun to follow the pump."""
    changes: list[DeviceChange] = []
    follower = PageChanges(db, lambda: set(followed), SystemClock(), changes.append)
    threading.Thread(target=follower.run, daemon=True).start()
    eventually(lambda: len(changes) == 2, 20, "the pump is followed")
    changes.clear()
    return changes


def change_everything(db, device):
    commands.add(db, device, OPEN, NOW, in_order=False)
    commands.cancel(db, device, 1, "a@example.com", NOW)
    attributes.merge(db, [(device, "a", 1, 1)])
    owner_attributes.set_values(db, device, "shared", {"a": 2}, "a@example.com", NOW)
    commands.remove(db, device, 1)


def of(device):
    kinds = ("commands", "commands", "attributes", "attributes", "commands")
    return [DeviceChange(device, what) for what in kinds]


def test_each_change_of_a_followed_device_is_heard_in_order_and_no_other(db, heard):
    change_everything(db, OTHER)
    change_everything(db, PUMP)

    eventually(lambda: len(heard) == 5, 20, "all changes are heard of")
    assert heard == of(PUMP)


def test_while_another_device_is_followed_too_nothing_is_lost(db, heard, followed):
    followed.add(VALVE)
    for number in range(1, 41):
        attributes.merge(db, [(PUMP, "a", number, number)])
    eventually(lambda: DeviceChange(VALVE, "attributes") in heard, 20, "the valve is followed")
    change_everything(db, VALVE)

    expected = 40 + 2 + 5
    eventually(lambda: len(heard) == expected, 20, "all changes are heard of")
    assert heard.count(DeviceChange(PUMP, "attributes")) == 40
    assert heard[-5:] == of(VALVE)
