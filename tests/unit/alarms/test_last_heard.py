import pytest

from qlines.alarms.last_heard import ASK_AGAIN_SECONDS, LastHeard
from qlines.clock import FakeClock


class Answers:
    """What a ClickHouse answers, one after the other; an exception is an outage."""

    def __init__(self, *answers):
        self.questions, self._answers = [], list(answers)

    def __call__(self, devices):
        self.questions.append(devices)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Room:
    def __init__(self, *answers):
        self.clock, self.answers = FakeClock(), Answers(*answers)
        self.last_heard = LastHeard(self.clock, self.answers)

    def taken(self):
        """Return what is taken once the question that is open, if one is, was answered."""
        found = self.last_heard.take()
        self.last_heard._threads.submit(lambda: None).result()
        return found or self.last_heard.take()


def test_it_asks_for_what_is_wanted_once_and_nobody_waits():
    room = Room({"a": 7})
    assert room.taken() == {}

    room.last_heard.want(["b", "a"])

    assert room.taken() == {"a": 7}
    assert room.taken() == {}
    assert room.answers.questions == [["a", "b"]]


@pytest.mark.parametrize("error", [OSError("no process"), ValueError("no JSON")])
def test_after_an_outage_it_asks_again_also_for_what_is_wanted_since_then(error):
    room = Room(error, {"a": 7, "b": 8})
    room.last_heard.want(["a"])
    assert room.taken() == {}
    room.last_heard.want(["b"])
    assert room.taken() == {}, "not at once"

    room.clock.advance(ASK_AGAIN_SECONDS)

    assert room.taken() == {"a": 7, "b": 8}
    assert room.answers.questions == [["a"], ["a", "b"]]
