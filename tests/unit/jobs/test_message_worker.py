"""The lanes of the messenger: one heartbeat for all, and all end when one does."""

import json
import os

import pytest

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.jobs import message_worker
from qlines.jobs.message_worker import LANES, PROGRAM, Lane, report, watch
from qlines.jobs.queue import MESSAGES, MESSAGES_SLOW
from qlines.stop import Stop


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def heartbeat(tmp_path, clock):
    return Heartbeat(tmp_path, PROGRAM, clock)


def lane(folder, number, beat_at, **fields):
    """Write the heartbeat of a lane and return the lane."""
    document = {
        "pid": number, "beat_at": beat_at, "waiting_for": None, "sentence": "waiting for jobs",
        "counters": {"done": 1, "failed": 0},
    } | fields  # fmt: skip
    (folder / "heartbeat").mkdir(exist_ok=True)
    (folder / "heartbeat" / f"lane-{number}.json").write_text(json.dumps(document))
    return Lane(number, f"lane-{number}")


def written(folder):
    file = folder / "heartbeat" / f"{PROGRAM}.json"
    return json.loads(file.read_text()) if file.exists() else None


def test_no_lane_is_without_the_queue_of_channels_that_work_and_two_are_only_for_them():
    assert all(MESSAGES in queues for queues in LANES)
    assert [queues for queues in LANES if MESSAGES_SLOW not in queues] == [(MESSAGES,)] * 2


def test_the_lanes_are_reported_as_one_program(tmp_path, heartbeat, clock):
    now = clock.now_us() / 1e6
    lanes = [
        lane(tmp_path, 1, now - 1),
        lane(tmp_path, 2, now - 9, sentence="working on a job", counters={"done": 4, "failed": 2}),
    ]

    report(lanes, tmp_path, heartbeat, now)

    document = written(tmp_path)
    assert (document["pid"], document["sentence"]) == (os.getpid(), "sending to 1 channels")
    assert document["counters"] == {"done": 5, "failed": 2}


def test_a_lane_that_is_silent_silences_all(tmp_path, heartbeat, clock):
    now = clock.now_us() / 1e6

    report([lane(tmp_path, 1, now), lane(tmp_path, 2, now - 31)], tmp_path, heartbeat, now)

    assert written(tmp_path) is None


def test_what_the_lane_of_a_former_process_wrote_does_not_count(tmp_path, heartbeat, clock):
    now = clock.now_us() / 1e6
    former = lane(tmp_path, 2, now - 3600, pid=77)

    report([lane(tmp_path, 1, now), former], tmp_path, heartbeat, now)

    assert written(tmp_path)["counters"] == {"done": 1, "failed": 0}


def test_it_says_which_store_a_lane_waits_for(tmp_path, heartbeat, clock):
    now = clock.now_us() / 1e6

    report([lane(tmp_path, 1, now, waiting_for="redis")], tmp_path, heartbeat, now)

    assert written(tmp_path)["sentence"] == "waiting for redis"


def test_when_a_lane_ends_the_others_are_ended_and_the_program_fails(
    tmp_path, heartbeat, clock, monkeypatch
):
    ended, signalled = [(11, 0), (12, 0)], []
    monkeypatch.setattr(message_worker.os, "waitpid", lambda *_: ended.pop(0) if ended else (0, 0))
    monkeypatch.setattr(message_worker.os, "kill", lambda pid, _signal: signalled.append(pid))

    status = watch([Lane(11, "a"), Lane(12, "b")], tmp_path, heartbeat, Stop(), clock)

    assert (status, signalled) == (1, [12])


def test_one_that_does_not_end_is_killed(tmp_path, heartbeat, clock, monkeypatch):
    signals = []
    monkeypatch.setattr(message_worker.os, "waitpid", lambda *_: (0, 0))
    monkeypatch.setattr(message_worker.os, "kill", lambda *given: signals.append(given))
    stop = Stop()
    stop.is_set = True

    assert watch([Lane(11, "a")], tmp_path, heartbeat, stop, clock) == 0
    assert [int(number) for _pid, number in signals] == [15, 9]
