import json

import pytest

from qlines.clock import FakeClock
from qlines.errors import DataVersionError, StoreRefusedError, StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.init.prepare import prepare_all
from qlines.stop import Stop


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def stop():
    return Stop()


@pytest.fixture
def prepare(tmp_path, clock, stop):
    def prepare(tasks):
        heartbeat = Heartbeat(tmp_path, "init", clock)
        prepare_all(tasks, stop=stop, clock=clock, heartbeat=heartbeat)

    return prepare


def failing(store, times, prepared):
    """Return a task that fails that often and then notes the store in *prepared*."""
    left = [StoreUnavailableError(store, OSError("refused"))] * times

    def task():
        if left:
            raise left.pop()
        prepared.append(store)

    return task


def away():
    raise StoreUnavailableError("kafka", OSError("refused"))


def test_without_a_store_nothing_is_reported(prepare, tmp_path):
    prepare({})

    assert list(tmp_path.iterdir()) == []


def test_it_reports_why_a_store_refuses_it(prepare, tmp_path):
    heartbeat = tmp_path / "heartbeat" / "init.json"
    reported = "waiting for kafka; kafka refuses this program: it wants a password"

    def refused_until_reported():
        if not heartbeat.exists() or reported not in heartbeat.read_text():
            raise StoreRefusedError("kafka", "it wants a password")

    prepare({"kafka": refused_until_reported})

    assert reported in heartbeat.read_text()


def test_it_retries_each_store_until_it_answers(prepare):
    prepared = []

    prepare({"mongodb": failing("mongodb", 100, prepared), "kafka": failing("kafka", 0, prepared)})

    assert sorted(prepared) == ["kafka", "mongodb"]


def test_it_retries_quickly_because_the_first_boot_waits_for_it(prepare, clock):
    began = clock.monotonic()

    prepare({"kafka": failing("kafka", 10, [])})

    assert clock.monotonic() - began <= 0.1 + 0.2 + 0.4 + 7 * 0.5


def test_it_reports_which_store_it_waits_for(prepare, tmp_path, caplog):
    caplog.set_level("INFO")

    prepare({"kafka": failing("kafka", 2, [])})

    heartbeat = json.loads((tmp_path / "heartbeat" / "init.json").read_text())
    assert (heartbeat["waiting_for"], heartbeat["sentence"]) == ("kafka", "waiting for kafka")
    assert "waiting for kafka: kafka does not answer: refused" in caplog.messages
    assert "prepared kafka" in caplog.messages


def test_it_gives_up_at_once_when_a_store_can_never_be_prepared(prepare):
    def too_new():
        raise DataVersionError("newer")

    with pytest.raises(DataVersionError):
        prepare({"clickhouse": too_new, "kafka": away})


def test_it_ends_when_it_is_asked_to_stop(prepare, stop):
    def stopping():
        stop.is_set = True
        away()

    with pytest.raises(SystemExit):
        prepare({"kafka": stopping})
