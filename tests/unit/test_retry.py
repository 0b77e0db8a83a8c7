import json

import pytest

from appliance.shared.backoff import Backoff
from qlines.clock import FakeClock
from qlines.errors import BackPressureError, StoreRefusedError, StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.retry import StoreOutage, retry_for, wait_for_store
from qlines.stop import Stop

AWAY = StoreUnavailableError("kafka", ConnectionRefusedError("nobody listens"))


@pytest.fixture
def clock():
    return FakeClock()


def failing(times):
    """Return an attempt that fails that often and then returns "connected"."""
    left = [AWAY] * times

    def attempt():
        if left:
            raise left.pop()
        return "connected"

    return attempt


def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends(clock, caplog):
    caplog.set_level("INFO")
    outage = StoreOutage(clock)

    for _ in range(5):
        outage.pause(AWAY)
    outage.recovered()
    outage.recovered()

    assert [record.getMessage() for record in caplog.records] == [
        "waiting for kafka: kafka does not answer: nobody listens",
        "kafka is reachable again, resuming",
    ]


def test_the_heartbeat_names_the_store_while_it_is_away(clock, tmp_path):
    outage = StoreOutage(clock, Heartbeat(tmp_path, "writer", clock))

    outage.pause(AWAY)

    heartbeat = json.loads((tmp_path / "heartbeat" / "writer.json").read_text())
    assert (heartbeat["waiting_for"], heartbeat["sentence"]) == ("kafka", "waiting for kafka")


REFUSED = StoreRefusedError("kafka", "it does not accept QLINES_KAFKA_PASSWORD")


def test_a_refusal_is_logged_when_it_is_found_and_not_again(clock, caplog):
    outage = StoreOutage(clock)

    for error in (AWAY, REFUSED, REFUSED, AWAY):
        outage.pause(error)

    assert [record.getMessage() for record in caplog.records] == [
        "waiting for kafka: kafka does not answer: nobody listens",
        "waiting for kafka: kafka refuses this program: it does not accept QLINES_KAFKA_PASSWORD",
    ]


def test_the_heartbeat_says_why_a_store_refuses_the_program(clock, tmp_path):
    outage = StoreOutage(clock, Heartbeat(tmp_path, "writer", clock))

    outage.pause(REFUSED)

    heartbeat = json.loads((tmp_path / "heartbeat" / "writer.json").read_text())
    assert heartbeat["sentence"] == f"waiting for kafka: {REFUSED}"


def test_back_pressure_is_logged_with_its_reason_and_its_end(clock, caplog):
    caplog.set_level("INFO")
    outage = StoreOutage(clock)

    outage.pause(BackPressureError("writer", "1024 MB are not in ClickHouse yet"))
    outage.recovered()

    assert [record.getMessage() for record in caplog.records] == [
        "waiting for writer: 1024 MB are not in ClickHouse yet",
        "writer has caught up, resuming",
    ]


def test_the_heartbeat_says_why_a_program_is_waiting_for_another_one(clock, tmp_path):
    outage = StoreOutage(clock, Heartbeat(tmp_path, "ingest", clock))

    outage.pause(BackPressureError("writer", "1024 MB are not in ClickHouse yet"))

    heartbeat = json.loads((tmp_path / "heartbeat" / "ingest.json").read_text())
    assert heartbeat["waiting_for"] == "writer"
    assert heartbeat["sentence"] == "waiting for writer: 1024 MB are not in ClickHouse yet"


def test_pauses_begin_short_again_after_an_outage(clock):
    outage = StoreOutage(clock, backoff=Backoff(jitter=0))
    for _ in range(10):
        outage.pause(AWAY)
    outage.recovered()
    began = clock.monotonic()

    outage.pause(AWAY)

    assert clock.monotonic() - began == pytest.approx(0.1, abs=1e-5)


def test_waiting_for_a_store_returns_what_the_attempt_returns(clock, tmp_path):
    heartbeat = Heartbeat(tmp_path, "writer", clock)

    result = wait_for_store(failing(3), stop=Stop(), clock=clock, heartbeat=heartbeat)

    assert result == "connected"


def test_waiting_for_a_store_waits_out_back_pressure_and_logs_why(clock, caplog):
    refusals = [BackPressureError("disk", "20 MB are free: add space")]

    def attempt():
        if refusals:
            raise refusals.pop()
        return "moved"

    assert wait_for_store(attempt, stop=Stop(), clock=clock) == "moved"
    assert "waiting for disk: 20 MB are free: add space" in caplog.text


def test_waiting_for_a_store_ends_the_program_when_it_is_asked_to_stop(clock, tmp_path):
    stop = Stop()
    stop.is_set = True
    heartbeat = Heartbeat(tmp_path, "writer", clock)

    with pytest.raises(SystemExit) as raised:
        wait_for_store(failing(0), stop=stop, clock=clock, heartbeat=heartbeat)

    assert raised.value.code == 0


def test_a_retry_with_a_limit_returns_what_the_attempt_returns(clock):
    assert retry_for(failing(3), max_seconds=120, clock=clock) == "connected"


def test_a_retry_with_a_limit_raises_the_last_outage_after_it(clock):
    began = clock.monotonic()

    with pytest.raises(StoreUnavailableError):
        retry_for(failing(10_000), max_seconds=120, clock=clock)

    assert 120 <= clock.monotonic() - began <= 122
