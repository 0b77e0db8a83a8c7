"""The story of a program that hangs: it is stopped by SIGSTOP under load, and healed.

Twenty devices send 1,000 messages a second all the time. Within 15 s the health report names the
stopped program as the cause; within 45 s it was restarted and everything is well. In between users
are sent elsewhere only when they would notice. At the end every acknowledged message is stored.
supervisord itself, stopped from outside, is continued.

Programs that no other one waits for hang together, and each is named; alone in the long stories.
"""

import time

import pytest

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import run
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person
from tests.harness.recovery import LASTING, Recovery

# Without one of these nobody can sign in or see data, or no device can connect.
NEEDED_BY_USERS = {"mongodb", "clickhouse", "mosquitto", "gunicorn"}
TOGETHER = ("live", "alarms", "rqworker", "messenger", "cron")
HANGING = [
    *((program,) for program in LASTING if program not in TOGETHER),
    TOGETHER,
    *(pytest.param((program,), marks=pytest.mark.long) for program in TOGETHER),
]
FIRST = 400_000_000


@pytest.fixture(scope="module")
def load(killable_appliance, tmp_path_factory):
    """Yield a generator that sends 1,000 messages a second until it is interrupted."""
    owner = new_person(killable_appliance.wait_well(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]
    load = Load(
        killable_appliance.mqtt_port, tokens, tmp_path_factory.mktemp("stopped"),
        "--connections", "20", "--rate", "1000", "--seconds", "3600", "--first-seq", str(FIRST),
        "--reconnect",
    )  # fmt: skip
    try:
        yield load
    finally:
        load.stop()


@pytest.mark.parametrize("programs", HANGING, ids="+".join)
def test_a_stopped_program_is_named_and_restarted(killable_appliance, load, programs):
    killable_appliance.wait_well()
    stopped = [Recovery(killable_appliance, program).hurt("STOP") for program in programs]

    sentences = {}
    if programs != ("healthd",):  # which writes the report
        eventually(
            lambda: sentences.update(failed(killable_appliance)) or sentences.keys() >= {*programs},
            15, f"each of {programs} is named",
        )  # fmt: skip
        ready = killable_appliance.health("ready")
        assert ready.status_code == (200 if NEEDED_BY_USERS.isdisjoint(programs) else 503), (
            ready.text
        )
    seconds = [one.wait(45) for one in stopped]

    assert load.is_running()
    if len(programs) == 1:
        note(programs[0], sentences.get(programs[0], ""), seconds[0])


def note(program, sentence, seconds):
    record(
        Outcome(
            f"{program} is stopped (SIGSTOP) or hangs", sentence,
            "the supervisor's extension kills healthd, which starts again" if program == "healthd"
            else "healthd kills it, supervisord starts it again",
            seconds, 0, "nothing",
        )
    )  # fmt: skip


def test_a_stopped_supervisord_is_continued(killable_appliance, load):
    writer = killable_appliance.wait_well().pid("writer")
    run("docker", "kill", "--signal", "STOP", killable_appliance.name)
    stopped_at = time.monotonic()
    # Only supervisord can start it again.
    killable_appliance.exec("sh", "-c", f"kill -KILL {writer}")

    killable_appliance.wait_for_program("writer", other_than=writer, seconds=45)
    killable_appliance.wait_well(45)

    record(
        Outcome(
            "supervisord is stopped (SIGSTOP), and another program ends", "",
            "healthd continues supervisord, which starts the program again",
            time.monotonic() - stopped_at, 0, "nothing",
        )
    )  # fmt: skip
    assert load.is_running()


def test_nothing_acknowledged_was_lost(killable_appliance, load):
    load.interrupt()
    acknowledged = load.acknowledged()

    assert len(acknowledged) > 10_000
    assert_none_lost(acknowledged, lambda: stored_numbers(killable_appliance, FIRST), seconds=60)


def failed(appliance):
    """Return the sentences of the programs that have failed, by name."""
    components = appliance.health("deep").json()["components"]
    return {one["name"]: one["sentence"] for one in components if one["status"] == "failed"}
