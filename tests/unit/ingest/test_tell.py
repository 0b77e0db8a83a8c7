import logging

import pytest
from pymongo.errors import OperationFailure

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest import tell as module
from qlines.ingest.batch import Attribute, Batch, Seen
from qlines.ingest.tell import Teller
from qlines.ingest.waiting import Waiting


class Mongo:
    """Stands for the store functions that the teller's work ends in."""

    def __init__(self, monkeypatch):
        self.error, self.flushes, self.due, self.marked = None, 0, [], []
        monkeypatch.setattr(Waiting, "flush", self._flush)
        monkeypatch.setattr(module.unregistered, "due_for_notification", self._due)
        monkeypatch.setattr(
            module.unregistered, "mark_notified", lambda _db, ids, _now: self.marked.extend(ids)
        )

    def _flush(self, _db):
        self.flushes += 1
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


def waiting(*seen):
    held = Waiting()
    held.add(Batch(attributes=[Attribute("d", "a", 1, 1)], seen=list(seen)), [])
    return held


def test_it_tells_at_most_ten_times_a_second(mongo):
    clock = FakeClock()
    teller = Teller(None, print, clock)

    for _ in range(10):
        teller.tell(waiting())
        clock.advance(0.05)

    assert mongo.flushes == 5


@pytest.mark.parametrize(
    "error",
    [StoreUnavailableError("mongodb", OSError("refused")), OperationFailure("not allowed")],
)
def test_it_tries_every_two_seconds_while_mongodb_is_away(mongo, error, caplog):
    clock = FakeClock()
    teller = Teller(None, print, clock)
    mongo.error = error

    with caplog.at_level(logging.WARNING):
        for _ in range(8):
            teller.tell(waiting())
            clock.advance(0.5)

    assert mongo.flushes == 2
    assert not teller.is_answering
    assert caplog.text.count("mongodb is away") == 1


def test_it_goes_on_when_mongodb_answers_again(mongo):
    clock = FakeClock()
    teller = Teller(None, print, clock)
    mongo.error = StoreUnavailableError("mongodb", OSError("refused"))
    teller.tell(waiting())

    mongo.error = None
    clock.advance(2)
    teller.tell(waiting())

    assert teller.is_answering


def test_it_tells_of_a_gateways_devices_soon_and_of_strangers_once_an_hour(mongo):
    clock, subjects = FakeClock(), []
    teller = Teller(None, lambda subject, _text: subjects.append(subject), clock)

    for number in range(3):
        teller.tell(
            waiting(
                Seen("mqtt", f"token{number}", 1, ""), Seen("gateway g", f"pump{number}", 1, "")
            )
        )
        clock.advance(10)

    assert subjects == [
        "A device that is not registered: pump0",
        "A device that is not registered: token0",
        "A device that is not registered: pump1",
        "A device that is not registered: pump2",
    ]
    assert "mqtt/token1" not in mongo.marked
