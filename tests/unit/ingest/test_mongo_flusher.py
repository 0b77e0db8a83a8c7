import logging

import pytest
from pymongo.errors import OperationFailure

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest import mongo_flusher as module
from qlines.ingest.batch import Attribute, Batch, UnregisteredSighting
from qlines.ingest.mongo_flusher import MongoFlusher
from qlines.ingest.pending_writes import PendingWrites


class Mongo:
    """Replaces the store functions that the flusher calls."""

    def __init__(self, monkeypatch):
        self.error, self.flushes, self.due, self.marked = None, 0, [], []
        self.flushes_with_rejected = 0
        monkeypatch.setattr(PendingWrites, "flush", self._flush)
        monkeypatch.setattr(module.unregistered, "due_for_notification", self._due)
        monkeypatch.setattr(
            module.unregistered, "claim", lambda _db, ids, _now: self.marked.extend(ids) or set(ids)
        )

    def _flush(self, _db, *, with_rejected, side):
        assert side == "a"
        self.flushes += 1
        self.flushes_with_rejected += with_rejected
        if self.error:
            raise self.error

    def _due(self, _db, ids, _now):
        return [
            {
                "_id": one,
                "source": one.rpartition("/")[0],
                "name": one.rpartition("/")[2],
                "count": 1,
            }
            for one in ids
        ]


@pytest.fixture
def mongo(monkeypatch):
    return Mongo(monkeypatch)


def pending(*sightings):
    writes = PendingWrites()
    writes.add(Batch(attributes=[Attribute("d", "a", 1, 1)], sightings=list(sightings)), [])
    return writes


def test_it_flushes_at_most_ten_times_a_second(mongo):
    clock = FakeClock()
    flusher = MongoFlusher(None, print, clock)

    for _ in range(10):
        flusher.flush(pending())
        clock.advance(0.05)

    assert mongo.flushes == 5


def test_it_flushes_rejected_messages_at_most_once_a_second(mongo):
    clock = FakeClock()
    flusher = MongoFlusher(None, print, clock)

    for _ in range(100):
        flusher.flush(pending())
        clock.advance(0.05)

    assert mongo.flushes == 50
    assert mongo.flushes_with_rejected == 5


@pytest.mark.parametrize(
    "error",
    [StoreUnavailableError("mongodb", OSError("refused")), OperationFailure("not allowed")],
)
def test_it_retries_every_two_seconds_while_mongodb_is_away(mongo, error, caplog):
    clock = FakeClock()
    flusher = MongoFlusher(None, print, clock)
    mongo.error = error

    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            flusher.flush(pending())
            clock.advance(0.5)

    assert mongo.flushes == 2
    assert not flusher.is_available
    assert caplog.text.count("mongodb is away") == 1


def test_it_resumes_when_mongodb_is_reachable_again(mongo):
    clock = FakeClock()
    flusher = MongoFlusher(None, print, clock)
    mongo.error = StoreUnavailableError("mongodb", OSError("refused"))
    flusher.flush(pending())

    mongo.error = None
    clock.advance(2)
    flusher.flush(pending())

    assert flusher.is_available


def test_it_notifies_of_a_gateways_devices_soon_and_of_unknown_tokens_once_an_hour(mongo):
    clock, subjects = FakeClock(), []
    flusher = MongoFlusher(None, lambda subject, _text: subjects.append(subject), clock)

    for number in range(3):
        flusher.flush(
            pending(
                UnregisteredSighting("mqtt", f"token{number}", 1, ""),
                UnregisteredSighting("gateway g", f"pump{number}", 1, ""),
            )
        )
        clock.advance(10)

    assert subjects == [
        "Unregistered device: pump0",
        "Unregistered device: token t… (6 characters)",
        "Unregistered device: pump1",
        "Unregistered device: pump2",
    ]
    assert "mqtt/token1" not in mongo.marked


def test_a_notification_whose_pause_has_ended_is_due_without_anything_pending(mongo):
    clock, subjects = FakeClock(), []
    flusher = MongoFlusher(None, lambda subject, _text: subjects.append(subject), clock)
    for number in range(2):
        flusher.flush(pending(UnregisteredSighting("gateway g", f"pump{number}", 1, "")))
        clock.advance(1)
    assert not flusher.has_notification

    clock.advance(10)
    assert flusher.has_notification
    flusher.flush(PendingWrites())

    assert subjects == ["Unregistered device: pump0", "Unregistered device: pump1"]
    assert not flusher.has_notification
