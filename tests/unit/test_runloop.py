import pytest

from qlines.clock import FakeClock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.runloop import run
from qlines.stop import Stop


@pytest.fixture
def loop(tmp_path):
    clock = FakeClock()
    return {"stop": Stop(), "clock": clock, "heartbeat": Heartbeat(tmp_path, "writer", clock)}


def test_it_iterates_until_it_is_asked_to_stop(loop):
    iterations = []

    def iterate():
        iterations.append("iteration")
        loop["stop"].is_set = len(iterations) == 3
        return True

    run(iterate, idle_seconds=1, **loop)

    assert len(iterations) == 3


def test_it_sleeps_only_when_it_is_idle(loop):
    started = loop["clock"].monotonic()
    results = iter([True, True, False])

    def iterate():
        may_have_more = next(results)
        loop["stop"].is_set = not may_have_more
        return may_have_more

    run(iterate, idle_seconds=5, **loop)

    assert loop["clock"].monotonic() - started == 5


@pytest.mark.parametrize(
    "error",
    [
        StoreUnavailableError("kafka", ConnectionRefusedError("nobody listens")),
        BackPressureError("writer", "too far behind"),
    ],
)
def test_it_repeats_an_iteration_that_has_to_wait(loop, error):
    calls = []

    def iterate():
        calls.append("iteration")
        if len(calls) <= 3:
            raise error
        loop["stop"].is_set = True
        return True

    run(iterate, idle_seconds=0, **loop)

    assert len(calls) == 4
