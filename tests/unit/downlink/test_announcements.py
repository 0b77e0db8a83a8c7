import select

import pytest
from pymongo.errors import AutoReconnect

from qlines.clock import FakeClock
from qlines.downlink.announcements import Announcements
from qlines.downlink.wake import Wake

DEVICE = "6563f1a2b4c5d6e7f8091a2b"


class EndOfTheTest(BaseException):
    """Ends the thread, which never ends by itself."""


class Streams:
    """A collection whose change streams give what a test put into *streams*, one list each."""

    def __init__(self, *streams):
        self.left = list(streams)
        self.pipelines = []

    @property
    def commands(self):
        return self

    def watch(self, pipeline, **_):
        self.pipelines.append(pipeline)
        if not self.left:
            raise EndOfTheTest
        self.events = self.left.pop(0)
        if isinstance(self.events, Exception):
            raise self.events
        return self

    def __enter__(self):
        return iter(
            {"documentKey": {"_id": f"{device}-1"}} if device else self.broken()
            for device in self.events
        )

    def __exit__(self, *_):
        pass

    @staticmethod
    def broken():
        raise AutoReconnect("the connection broke")


@pytest.fixture
def follow():
    """Return a function that follows streams to their end: what was heard, and the wake."""

    def run(*streams):
        wake, db = Wake(), Streams(*streams)
        announcements = Announcements(db, wake, FakeClock())
        with pytest.raises(EndOfTheTest):
            announcements._follow_always()
        return announcements, wake, db

    return run


def test_the_device_of_a_command_is_heard_once_and_wakes_who_waits(follow):
    announcements, wake, _ = follow([DEVICE, DEVICE, None])

    assert announcements.take() == ({DEVICE}, True)
    assert announcements.take() == (set(), False)
    assert select.select([wake], [], [], 0)[0]


def test_a_new_stream_says_that_something_may_have_been_missed(follow):
    announcements, _, db = follow([None], AutoReconnect("away"), [DEVICE, None])

    assert announcements.take() == ({DEVICE}, True)
    assert len(db.pipelines) == 4


def test_until_the_first_stream_everything_may_have_been_missed():
    assert Announcements(Streams(), Wake(), FakeClock()).take() == (set(), True)
