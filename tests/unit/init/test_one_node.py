"""One node prepares the stores while the others wait."""

import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.init.one_node import one_node
from qlines.stop import Stop


class FakeLease:
    """A lease that answers in turn with what it was given; an error is raised."""

    holder = "node-2"

    def __init__(self, *answers):
        self.answers, self.ended = list(answers), 0

    def is_held(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self):
        self.ended += 1


def prepare(folder, lease, stop=None):
    clock = FakeClock()
    heartbeat = Heartbeat(folder, "init", clock)
    with one_node(lease, stop=stop or Stop(), clock=clock, heartbeat=heartbeat):
        assert lease.answers == []
        return (folder / "heartbeat" / "init.json").read_text() if list(folder.iterdir()) else ""


def test_the_node_that_has_the_lease_prepares_and_gives_it_up(tmp_path):
    lease = FakeLease(True)

    prepare(tmp_path, lease)

    assert lease.ended == 1


def test_another_one_waits_and_says_for_whom(tmp_path):
    said = prepare(tmp_path, FakeLease(False, True))

    assert "waiting for node-2, which prepares the stores" in said


def test_a_mongodb_that_does_not_answer_is_waited_for(tmp_path):
    away = StoreUnavailableError("mongodb", OSError("refused"))

    assert '"waiting_for": "mongodb"' in prepare(tmp_path, FakeLease(away, True))


def test_it_gives_the_lease_up_when_the_preparation_fails(tmp_path):
    lease, clock = FakeLease(True), FakeClock()

    with (
        pytest.raises(ValueError, match="bad schema"),
        one_node(lease, stop=Stop(), clock=clock, heartbeat=Heartbeat(tmp_path, "init", clock)),
    ):
        raise ValueError("bad schema")

    assert lease.ended == 1


def test_it_stops_when_it_is_asked_to(tmp_path):
    stop = Stop()
    stop.is_set = True

    with pytest.raises(SystemExit):
        prepare(tmp_path, FakeLease(False, False), stop)
