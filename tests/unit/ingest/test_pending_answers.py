import pytest

from qlines.errors import StoreUnavailableError
from qlines.ingest import pending_answers as module
from qlines.ingest.pending_answers import PendingAnswers
from qlines.store.command_delivery import Answer

METER, PUMP = "1" * 24, "2" * 24


class Mongo:
    """Replaces the store function that a flush calls."""

    def __init__(self, monkeypatch):
        self.stored, self.error = [], None
        monkeypatch.setattr(module.command_delivery, "answer", self._answer)

    def _answer(self, _db, answers):
        if self.error:
            raise self.error
        self.stored.append(list(answers))


@pytest.fixture
def mongo(monkeypatch):
    return Mongo(monkeypatch)


def answer(number, text="ok", device=METER, at_us=1):
    return Answer(device, number, text, at_us)


def test_the_first_answer_to_a_command_counts(mongo):
    pending = PendingAnswers([answer(1, "first"), answer(1, "second", at_us=2)])
    pending.add([answer(1, "third", at_us=3), answer(2), answer(1, "of the pump", PUMP)])

    pending.flush(None)

    assert mongo.stored == [[answer(1, "first"), answer(2), answer(1, "of the pump", PUMP)]]
    assert not pending


def test_a_flush_writes_some_and_the_next_one_the_others(mongo, monkeypatch):
    monkeypatch.setattr(module, "ANSWERS_PER_FLUSH", 2)
    pending = PendingAnswers(answer(number) for number in (1, 2, 3))

    pending.flush(None)
    assert pending.to_json() == [answer(3)]

    pending.flush(None)
    assert [len(answers) for answers in mongo.stored] == [2, 1]
    assert not pending


def test_it_keeps_all_while_mongodb_is_away(mongo):
    mongo.error = StoreUnavailableError("mongodb", OSError("refused"))
    pending = PendingAnswers([answer(1), answer(2)])

    with pytest.raises(StoreUnavailableError):
        pending.flush(None)

    assert pending.to_json() == [answer(1), answer(2)]


def test_it_is_full_by_the_length_of_the_answers_until_they_are_flushed(mongo, monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", 1000)
    pending = PendingAnswers([answer(1, "x" * 500)])
    pending.add([answer(1, "y" * 500)])  # it changes nothing
    assert not pending.is_full

    pending.add([answer(2, "y" * 500)])
    assert pending.is_full

    pending.flush(None)
    assert not pending.is_full
    pending.add([answer(3, "x" * 500)])
    assert not pending.is_full


def test_empty_answers_fill_it_too(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHARACTERS", 1000)

    assert not PendingAnswers(answer(number, "") for number in range(4)).is_full
    assert PendingAnswers(answer(number, "") for number in range(5)).is_full
