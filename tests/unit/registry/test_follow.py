import queue
import threading

import pytest
from pymongo.errors import AutoReconnect, InvalidOperation, OperationFailure

from qlines.errors import StoreUnavailableError
from qlines.registry.follow import Follower


class StreamInMemory:
    """A change stream that yields what a test puts in; stands for the database too."""

    def __init__(self):
        self.resume_token = "start"
        self._items = queue.Queue()

    @property
    def devices(self):
        return self

    def watch(self, **options):
        self.options = options
        return self

    def put(self, *items):
        for item in items:
            self._items.put(item)

    def __iter__(self):
        while (item := self._items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self):
        self._items.put(None)


@pytest.fixture
def stream():
    stream = StreamInMemory()
    yield stream
    stream.close()
    for thread in threading.enumerate():
        if thread.name == "follower":
            thread.join(timeout=5)


def take(follower, count):
    taken = []
    while len(taken) < count:
        taken += follower.take(5.0)
    return taken


def test_it_gives_what_happened_and_remembers_the_place(stream):
    follower = Follower(stream)
    assert follower.token == "start"

    stream.put({"_id": "t1"}, {"_id": "t2"})

    assert take(follower, 2) == [{"_id": "t1"}, {"_id": "t2"}]
    assert follower.token == "t2"


def test_it_goes_on_after_a_token(stream):
    Follower(stream, resume_after="t2")

    assert stream.options["resume_after"] == "t2"


def test_it_gives_nothing_when_nothing_happens(stream):
    assert Follower(stream).take(0.01) == []


def test_it_gives_what_came_before_an_outage_first(stream):
    follower = Follower(stream)
    stream.put({"_id": "t1"}, AutoReconnect("gone"))

    assert take(follower, 1) == [{"_id": "t1"}]
    with pytest.raises(StoreUnavailableError):
        follower.take(5.0)


def test_it_lets_a_lost_token_through(stream):
    follower = Follower(stream)
    stream.put(OperationFailure("history lost", code=286))

    with pytest.raises(OperationFailure):
        follower.take(5.0)


def test_it_does_not_take_the_end_of_the_stream_for_quiet(stream):
    follower = Follower(stream)
    stream.put(None)

    with pytest.raises(InvalidOperation):
        follower.take(5.0)
