import itertools
import json

import pytest

from qlines.alive import Alive
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.runloop import Stop, run, wait_until


@pytest.fixture
def loop(tmp_path):
    clock = FakeClock()
    return {"stop": Stop(), "clock": clock, "alive": Alive(tmp_path, "writer", clock)}


def test_it_turns_until_it_is_told_to_stop(loop):
    turns = []

    def turn():
        turns.append("turn")
        loop["stop"].is_set = len(turns) == 3
        return True

    run(turn, rest_seconds=1, **loop)

    assert len(turns) == 3


def test_it_rests_only_when_there_is_nothing_to_do(loop):
    started = loop["clock"].monotonic()
    answers = iter([True, True, False])

    def turn():
        more = next(answers)
        loop["stop"].is_set = not more
        return more

    run(turn, rest_seconds=5, **loop)

    assert loop["clock"].monotonic() - started == 5


def test_it_waits_longer_each_time_for_a_store_and_says_for_whom(loop, tmp_path):
    started = loop["clock"].monotonic()
    calls = []

    def turn():
        calls.append("turn")
        if len(calls) <= 3:
            raise StoreUnavailableError("kafka", ConnectionRefusedError("nobody listens"))
        loop["stop"].is_set = True
        return True

    run(turn, rest_seconds=0, **loop)

    assert loop["clock"].monotonic() - started == pytest.approx(0.1 + 0.2 + 0.4)
    sign = json.loads((tmp_path / "alive" / "writer.json").read_text())
    assert sign["waiting_for"] == "kafka"


def test_it_never_waits_longer_than_two_seconds(loop):
    moments = []

    def turn():
        moments.append(loop["clock"].monotonic())
        loop["stop"].is_set = len(moments) == 20
        raise StoreUnavailableError("mongodb", ConnectionRefusedError("nobody listens"))

    run(turn, rest_seconds=0, **loop)

    assert max(after - before for before, after in itertools.pairwise(moments)) == 2


def test_wait_until_returns_what_the_attempt_returns(loop):
    answers = iter([StoreUnavailableError("redis", TimeoutError("slow")), "connected"])

    def attempt():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_until(attempt, **loop) == "connected"


def test_wait_until_ends_the_program_when_it_is_told_to_stop(loop):
    loop["stop"].is_set = True

    with pytest.raises(SystemExit) as raised:
        wait_until(lambda: "never called", **loop)

    assert raised.value.code == 0
