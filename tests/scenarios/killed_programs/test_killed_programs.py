"""The story of a crash: any program dies by `kill -9` under load, and nothing acknowledged is lost.

Fifty devices send 3,000 messages a second for 8 s and reconnect by themselves. Within 20 s messages
are stored; then the program is killed. Within 10 s (Kafka 15 s) everything is well again, and
within another 60 s every acknowledged message is stored.

So it is with the programs that messages pass. In `stopped_programs` the health checker kills each
of the others under load; here they are killed in the long stories only.
"""

import itertools
import threading

import pytest
import requests

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person
from tests.harness.recovery import LASTING, Recovery

ON_THE_WAY = ("mosquitto", "ingest", "kafka", "writer", "clickhouse")
# Each message of a test session has its own number, so that a missing one can be named.
first_numbers = itertools.count(1_000_000, 1_000_000)


@pytest.fixture(scope="module")
def senders(killable_appliance):
    """Return the tokens of fifty devices."""
    owner = new_person(killable_appliance.wait_well(), "owner")
    return [owner.new_device().token for _ in range(50)]


@pytest.mark.parametrize(
    "program",
    [
        program if program in ON_THE_WAY else pytest.param(program, marks=pytest.mark.long)
        for program in LASTING
    ],
)
def test_nothing_acknowledged_is_lost_when_a_program_is_killed(
    killable_appliance, senders, tmp_path, program
):
    first = next(first_numbers)
    killable_appliance.wait_well()
    load = Load(
        killable_appliance.mqtt_port, senders, tmp_path,
        "--connections", "50", "--rate", "3000", "--seconds", "8", "--points", "3",
        "--first-seq", str(first), "--reconnect",
    )  # fmt: skip
    try:
        eventually(
            lambda: len(stored_numbers(killable_appliance, first)) > 3000,
            20,
            "messages are stored",
        )

        killed = Recovery(killable_appliance, program).hurt("KILL")
        seconds = killed.wait(15 if program == "kafka" else 10)
        load.wait()
    finally:
        load.stop()
    acknowledged = load.acknowledged()
    assert len(acknowledged) > 10_000
    assert_none_lost(acknowledged, lambda: stored_numbers(killable_appliance, first), seconds=60)
    record(
        Outcome(
            f"{program} dies (`kill -9`)", "", "supervisord starts it again", seconds, 0, "nothing"
        )
    )


def test_nothing_accepted_by_http_is_lost_when_gunicorn_and_its_worker_are_killed(
    killable_appliance,
):
    owner = new_person(killable_appliance.wait_well(), "owner")
    device = owner.new_device()
    url = killable_appliance.url(f"/api/v1/{device.token}/telemetry")
    accepted, stop = set(), threading.Event()

    def send():
        for number in itertools.count():
            if stop.is_set():
                return
            try:
                if requests.post(url, json={"number": number}, timeout=5).status_code == 200:
                    accepted.add(number)
            except requests.RequestException:
                continue  # gunicorn is down: this message was not accepted

    sender = threading.Thread(target=send)
    sender.start()
    try:
        eventually(lambda: len(accepted) > 100, 20, "messages are accepted")
        killed = killable_appliance.kill_family("gunicorn")
        killable_appliance.wait_for_program("gunicorn", other_than=killed)
        count = len(accepted)
        eventually(lambda: len(accepted) > count + 100, 30, "messages are accepted again")
    finally:
        stop.set()
        sender.join()

    query = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'number'"
    assert_none_lost(accepted, lambda: set(map(int, killable_appliance.numbers(query))), seconds=30)
