import pytest

from qlines.clock import FakeClock, SystemClock
from qlines.errors import DataVersionError, StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.init.prepare import prepare_all


@pytest.fixture
def prepare(tmp_path):
    def prepare(tasks, should_stop=lambda: False):
        heartbeat = Heartbeat(tmp_path, "init", SystemClock())
        prepare_all(tasks, clock=FakeClock(), heartbeat=heartbeat, should_stop=should_stop)

    return prepare


def failing(times, done, name):
    left = [StoreUnavailableError(name, OSError("refused"))] * times

    def task():
        if left:
            raise left.pop()
        done.append(name)

    return task


def test_it_prepares_nothing_when_there_is_nothing_to_prepare(prepare):
    prepare({})


def test_it_tries_each_store_until_it_answers(prepare):
    done = []

    prepare({"mongodb": failing(100, done, "mongodb"), "kafka": failing(0, done, "kafka")})

    assert sorted(done) == ["kafka", "mongodb"]


def test_it_gives_up_at_once_when_a_store_can_never_be_prepared(prepare):
    def too_new():
        raise DataVersionError("newer")

    with pytest.raises(DataVersionError):
        prepare({"clickhouse": too_new})


def test_it_stops_when_told_to_while_it_waits(prepare):
    asked = iter([False, False, True, True, True])

    with pytest.raises(SystemExit):
        prepare({"kafka": failing(9, [], "kafka")}, should_stop=lambda: next(asked))
