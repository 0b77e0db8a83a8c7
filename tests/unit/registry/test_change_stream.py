import queue
import threading

import pytest
from pymongo.errors import AutoReconnect, InvalidOperation, OperationFailure

from qlines.errors import StoreUnavailableError
from qlines.registry.change_stream import ChangeStreamReader


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
        if thread.name == "change-stream":
            thread.join(timeout=5)


def read(reader, count):
    events = []
    while len(events) < count:
        events += reader.read(5.0)
    return events


def test_it_returns_the_events_and_their_resume_token(stream):
    reader = ChangeStreamReader(stream)
    assert reader.resume_token == "start"

    stream.put({"_id": "t1"}, {"_id": "t2"})

    assert read(reader, 2) == [{"_id": "t1"}, {"_id": "t2"}]
    assert reader.resume_token == "t2"


def test_it_resumes_after_a_token(stream):
    ChangeStreamReader(stream, resume_after="t2")

    assert stream.options["resume_after"] == "t2"


def test_it_returns_nothing_when_nothing_happens(stream):
    assert ChangeStreamReader(stream).read(0.01) == []


def test_it_returns_the_events_before_an_outage_first(stream):
    reader = ChangeStreamReader(stream)
    stream.put({"_id": "t1"}, AutoReconnect("gone"))

    assert read(reader, 1) == [{"_id": "t1"}]
    with pytest.raises(StoreUnavailableError):
        reader.read(5.0)


def test_a_lost_token_is_an_operation_failure(stream):
    reader = ChangeStreamReader(stream)
    stream.put(OperationFailure("history lost", code=286))

    with pytest.raises(OperationFailure):
        reader.read(5.0)


def test_the_end_of_the_stream_is_an_error(stream):
    reader = ChangeStreamReader(stream)
    stream.put(None)

    with pytest.raises(InvalidOperation):
        reader.read(5.0)
