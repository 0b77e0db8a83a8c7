"""The thread that notifies pages of devices what has changed; MongoDB's streams are a test's."""

import threading

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from qlines.clock import FakeClock
from qlines.store.device_changes import DeviceChange
from qlines.web.sockets.page_changes import PageChanges

PUMP, VALVE = "a" * 24, "b" * 24
BROKEN = AutoReconnect("the connection broke")


class EndOfTheTest(BaseException):
    """Ends what never ends by itself."""


class Stream:
    alive = True
    resume_token = "the beginning"

    def __init__(self, steps):
        self._steps = iter(steps)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def try_next(self):
        step = next(self._steps, EndOfTheTest())
        if isinstance(step, BaseException):
            raise step
        if step == "it ended":
            self.alive = False
        if callable(step):  # something happens in the meantime
            step()
        if not isinstance(step, dict):
            return None
        self.resume_token = step["_id"]
        return step


class Streams:
    """A database with the streams of a test, each a list of events, errors and functions."""

    def __init__(self, *streams):
        self._left = list(streams)
        self.resumed_after = []

    def watch(self, pipeline, *, max_await_time_ms, resume_after):
        assert max_await_time_ms <= 250
        if not self._left:
            raise EndOfTheTest
        self.resumed_after.append(resume_after)
        return Stream(self._left.pop(0))


def command(token, device=PUMP):
    return {"_id": token, "ns": {"coll": "commands"}, "documentKey": {"_id": f"{device}-17"}}


def attributes(token, device=PUMP, collection="attributes"):
    return {"_id": token, "ns": {"coll": collection}, "documentKey": {"_id": ObjectId(device)}}


def everything(device):
    return [DeviceChange(device, "commands"), DeviceChange(device, "attributes")]


@pytest.fixture
def run():
    """Return a function that follows streams to their end: what was notified, and the streams."""

    def follow(*streams, followed=None):
        notified, db = [], Streams(*streams)
        devices = {PUMP} if followed is None else followed
        changes = PageChanges(db, lambda: devices, FakeClock(), notified.append)
        with pytest.raises(EndOfTheTest):
            changes.run()
        return notified, db

    return follow


def test_a_device_that_is_followed_from_now_on_is_notified_to_look_and_then_each_change(run):
    notified, _ = run([command(1), attributes(2), attributes(3, collection="shared_attributes")])

    changed = [("commands", PUMP), ("attributes", PUMP), ("attributes", PUMP)]
    assert notified == [
        *everything(PUMP),
        *(DeviceChange(device, what) for what, device in changed),
    ]


def test_another_device_is_followed_without_a_loss_for_the_first(run):
    followed = {PUMP}

    notified, db = run([command(7), lambda: followed.add(VALVE)], [command(8)], followed=followed)

    of_pump = DeviceChange(PUMP, "commands")
    assert notified == [*everything(PUMP), of_pump, *everything(VALVE), of_pump]
    assert db.resumed_after == [None, 7]


def test_a_device_that_is_no_longer_followed_opens_no_other_stream(run):
    followed = {PUMP, VALVE}

    _, db = run([lambda: followed.remove(VALVE), command(1)], followed=followed)

    assert db.resumed_after == [None]


@pytest.mark.parametrize("end", [BROKEN, "it ended"])
def test_after_an_outage_all_are_notified_to_look(run, end):
    notified, db = run([command(1), end], [])

    assert notified == [*everything(PUMP), DeviceChange(PUMP, "commands"), *everything(PUMP)]
    assert db.resumed_after == [None, None]


def test_while_nobody_follows_a_device_there_is_no_stream():
    followed, waits = set(), threading.Event()
    db = Streams([])
    changes = PageChanges(db, lambda: followed, FakeClock(), lambda _change: None)
    changes._is_wanted.wait = lambda: waits.set() or followed.add(PUMP)

    with pytest.raises(EndOfTheTest):
        changes.run()

    assert waits.is_set()
    assert db.resumed_after == [None]
    assert changes.hears(PUMP)
    assert not changes.hears(VALVE)
