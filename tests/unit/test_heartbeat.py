import json
import os

import pytest

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000_000)


@pytest.fixture
def heartbeat(tmp_path, clock):
    return Heartbeat(tmp_path, "ingest", clock)


def sign(tmp_path):
    return json.loads((tmp_path / "heartbeat" / "ingest.json").read_text())


def test_it_tells_when_the_loop_turned_and_what_it_counted(heartbeat, tmp_path):
    heartbeat.beat("storing readings", counters={"accepted": 3})

    assert sign(tmp_path) == {
        "pid": os.getpid(),
        "beat_at": 1_800_000_000.0,
        "waiting_for": None,
        "sentence": "storing readings",
        "counters": {"accepted": 3},
    }


def test_it_writes_at_most_once_a_second(heartbeat, clock, tmp_path):
    heartbeat.beat("first")
    clock.advance(0.5)
    heartbeat.beat("second")

    assert sign(tmp_path)["sentence"] == "first"

    clock.advance(0.5)
    heartbeat.beat("third")

    assert sign(tmp_path)["sentence"] == "third"


def test_it_tells_at_once_that_it_waits_for_another(heartbeat, tmp_path):
    heartbeat.beat("storing readings")
    heartbeat.beat("waiting for kafka", waiting_for="kafka")

    assert sign(tmp_path)["waiting_for"] == "kafka"


def test_it_retains_the_counters_while_it_waits(heartbeat, tmp_path):
    heartbeat.beat("storing readings", counters={"accepted": 3})
    heartbeat.beat("waiting for kafka", waiting_for="kafka")

    assert sign(tmp_path)["counters"] == {"accepted": 3}


def test_it_writes_the_lag_where_the_broker_reads_it(heartbeat, tmp_path):
    heartbeat.beat("storing readings", lag_ms=250)

    assert (tmp_path / "lag" / "ingest").read_text() == "250\n"


def test_it_leaves_no_unfinished_file_behind(heartbeat, tmp_path):
    heartbeat.beat("storing readings", lag_ms=1)

    names = {file.name for file in tmp_path.rglob("*") if file.is_file()}
    assert names == {"ingest.json", "ingest"}
