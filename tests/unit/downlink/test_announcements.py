import select

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect, OperationFailure

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink.announcements import Announced, Announcements, Push
from qlines.downlink.heard_until import HeardUntil
from qlines.downlink.wake import Wake
from qlines.store import owner_attributes
from tests.fakes.mongo import FakeMongo

PUMP = "6563f1a2b4c5d6e7f8091a2b"
BROKEN = AutoReconnect("the connection broke")
TOO_OLD = OperationFailure("resume point may no longer be in the oplog", code=286)


class EndOfTheTest(BaseException):
    """Ends what never ends by itself."""


class Streams(FakeMongo):
    """A database whose change streams are those of a test: lists of events, or errors."""

    def __init__(self, *streams):
        super().__init__()
        self.left = list(streams)
        self.resumed_after = []

    def watch(self, _pipeline, *, resume_after, **_):
        if not self.left:
            raise EndOfTheTest
        events = self.left.pop(0)
        if isinstance(events, Exception):
            raise events
        self.resumed_after.append(resume_after)
        return Stream(events)


class Stream:
    alive = True
    resume_token = "the beginning"

    def __init__(self, events):
        self._events = iter(events)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def try_next(self):
        event = next(self._events)
        if isinstance(event, Exception):
            raise event
        if isinstance(event, str):  # time passed, without events
            self.resume_token, event = event, None
        else:
            self.resume_token = event["_id"]
        return event


def command(token, device=PUMP):
    return {"_id": token, "ns": {"coll": "commands"}, "documentKey": {"_id": f"{device}-1"}}


def came_back(token, device=PUMP):
    return command(token, device) | {"updateDescription": {"updatedFields": {"state": "queued"}}}


def change(token, text):
    document = {"device": ObjectId(PUMP), "change": text}
    return {
        "_id": token,
        "ns": {"coll": "attribute_changes"},
        "documentKey": {"_id": ObjectId()},
        "fullDocument": document,
    }


def reached(token, device=PUMP):
    key = {"_id": ObjectId(device)}
    return {"_id": token, "ns": {"coll": "gateway_devices"}, "documentKey": key}


@pytest.fixture
def follow():
    """Return a function that follows streams to their end: what heard, its wake, the streams."""

    def run(*streams):
        wake, db = Wake(), Streams(*streams)
        announcements = Announcements(db, wake, FakeClock())
        with pytest.raises(EndOfTheTest):
            announcements.follow()
        return announcements, wake, db

    return run


def test_the_device_of_a_command_is_heard_once_and_wakes_who_waits(follow):
    announcements, wake, _ = follow([command(1), command(2), BROKEN])

    assert announcements.take() == Announced({PUMP}, missed=True, pushes=[], came_back=set())
    assert announcements.take() == Announced(set(), missed=False, pushes=[], came_back=set())
    assert select.select([wake], [], [], 0)[0]


def test_a_command_that_came_back_is_heard_apart_because_its_sender_knows_when_it_may_leave(follow):
    announcements, wake, _ = follow([came_back(1), BROKEN])

    heard = announcements.take()
    assert (heard.devices, heard.came_back) == (set(), {PUMP})
    assert select.select([wake], [], [], 0)[0]


def test_a_device_that_a_gateway_begins_to_speak_for_is_heard(follow):
    announcements, _, _ = follow([reached(1), BROKEN])

    assert announcements.take().devices == {PUMP}


def test_changes_of_attributes_are_heard_in_their_order(follow):
    announcements, _, _ = follow([change(1, "one"), command(2), change(3, "two"), BROKEN])

    assert announcements.take().pushes == [
        Push(PUMP, "one"),
        Push(PUMP, "two"),
    ]


def test_after_an_outage_it_goes_on_behind_the_last_event(follow):
    _, _, db = follow([BROKEN], BROKEN, [command(7), BROKEN], [BROKEN])

    assert db.resumed_after == [None, "the beginning", 7]


def test_after_quiet_hours_it_resumes_where_mongodb_was_last(follow):
    _, _, db = follow([command(7), "hours later", BROKEN], [BROKEN])

    assert db.resumed_after == [None, "hours later"]


def test_when_mongodb_no_longer_has_the_events_something_was_missed(follow):
    announcements, _, db = follow([command(7), BROKEN], TOO_OLD, [BROKEN])

    assert db.resumed_after == [None, None]
    assert announcements.take().missed


def test_at_its_start_it_has_what_holds_now_of_the_changes_of_the_last_minute():
    db, clock = Streams([BROKEN]), FakeClock()
    for value in (1, 2, 3):
        now = utc_datetime(clock.now_us())
        owner_attributes.set_values(db, PUMP, "shared", {"target": value}, "alice", now)
        clock.advance(31)
    now = utc_datetime(clock.now_us())
    owner_attributes.set_values(db, PUMP, "shared", {"mode": "eco"}, "alice", now)
    owner_attributes.delete_keys(db, PUMP, "shared", ["mode"], now)

    announcements = Announcements(db, Wake(), clock)
    with pytest.raises(EndOfTheTest):
        announcements.follow()

    assert announcements.take().pushes == [
        Push(PUMP, '{"target":3}'),
        Push(PUMP, '{"deleted":["mode"]}'),
    ]


def test_after_a_long_outage_of_the_program_it_has_what_changed_since_it_heard_last(tmp_path):
    clock = FakeClock()
    before = Announcements(
        Streams(["a moment later", BROKEN]), Wake(), clock, HeardUntil(clock, tmp_path)
    )
    with pytest.raises(EndOfTheTest):
        before.follow()
    clock.advance(120)
    db = Streams([BROKEN])
    now = utc_datetime(clock.now_us())
    owner_attributes.set_values(db, PUMP, "shared", {"target": 7}, "alice", now)
    clock.advance(600)

    after = Announcements(db, Wake(), clock, HeardUntil(clock, tmp_path))
    with pytest.raises(EndOfTheTest):
        after.follow()

    assert after.take().pushes == [Push(PUMP, '{"target":7}')]


def test_until_the_first_stream_everything_may_have_been_missed():
    assert Announcements(Streams(), Wake(), FakeClock()).take().missed
