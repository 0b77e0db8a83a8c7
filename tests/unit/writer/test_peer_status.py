import json

import pytest

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.writer.counters import TWIN_COUNTERS, TWIN_GAUGES
from qlines.writer.peer_status import PeerStatus, WithPeer


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000_000)


@pytest.fixture
def status(clock):
    status = PeerStatus(clock)
    status.note_answer(0)
    return status


def test_all_is_well_while_the_twins_kafka_answers(status):
    status.beat("storing readings", lag_ms=900)

    assert status.sentence() == ""


def test_no_answer_yet_is_told_from_an_answer_in_the_first_second_too(clock):
    status = PeerStatus(clock)

    assert status.numbers()["twin_unanswered_seconds"] == 1
    status.note_answer(0)
    assert status.numbers()["twin_unanswered_seconds"] == 0


def test_it_says_since_when_there_is_no_answer_and_what_was_waiting(status, clock):
    status.note_answer(40)
    status.beat("waiting", waiting_for="the twin's kafka")
    clock.advance(90)
    status.beat("waiting", waiting_for="the twin's kafka")

    assert status.sentence() == (
        "the twin's kafka has not answered since 2027-01-15 08:00:00 UTC,"
        " 40 records are waiting there"
    )
    assert status.numbers()["twin_unanswered_seconds"] == 90


def test_it_forgets_an_outage_only_when_there_is_an_answer(status):
    status.beat("waiting", waiting_for="the twin's kafka")
    status.beat("storing readings", lag_ms=0)
    assert "has not answered" in status.sentence()

    status.note_answer(0)
    assert status.sentence() == ""


def test_it_says_how_late_the_twins_readings_are(status):
    status.note_answer(300)
    status.beat("storing readings", lag_ms=25_000)

    assert status.sentence() == "25 s behind the twin's kafka, 300 records are waiting there"


def test_the_own_loops_heartbeat_has_both_and_the_own_lag(status, clock, tmp_path):
    beats = WithPeer(Heartbeat(tmp_path, "writer", clock), status)
    status.counters["readings"] = 5
    status.beat("storing readings", lag_ms=25_000)

    beats.beat("storing readings", counters={"readings": 7}, lag_ms=30)

    document = json.loads((tmp_path / "heartbeat" / "writer.json").read_text())
    assert document["sentence"] == "storing readings; 25 s behind the twin's kafka"
    assert (document["counters"]["readings"], document["counters"]["twin_readings"]) == (7, 5)
    assert (tmp_path / "lag" / "writer").read_text() == "30\n"


def test_every_number_is_declared(status):
    assert set(status.numbers()) == {*TWIN_COUNTERS, *TWIN_GAUGES}
