"""The story of a container that dies or is stopped under load: all it acknowledged is there.

Twenty devices send 1,000 messages a second and reconnect by themselves. `docker kill` ends every
process at once, `docker stop` gives them Docker's default of 10 s, and supervisord dies by itself;
within 30 s after the container is started again it is ready, and every acknowledged message is
stored.
"""

import itertools
import time

import pytest

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

first_numbers = itertools.count(700_000_000, 1_000_000)


def kill(appliance):
    appliance.kill()


def stop_with_dockers_default(appliance):
    appliance.stop(grace_seconds=10)


@pytest.mark.parametrize(
    ("event", "end"),
    [
        ("the container is killed (`docker kill`, a crash of Docker)", kill),
        # In every run other stories stop a container that is not under load.
        pytest.param(
            "`docker stop` with its default of 10 s",
            stop_with_dockers_default,
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_container_that_ended_under_load_loses_nothing(killable_appliance, tmp_path, event, end):
    first = next(first_numbers)
    owner = new_person(killable_appliance.wait_well(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]
    load = Load(
        killable_appliance.mqtt_port, tokens, tmp_path,
        "--connections", "20", "--rate", "1000", "--seconds", "600", "--first-seq", str(first),
        "--reconnect",
    )  # fmt: skip
    try:
        eventually(
            lambda: len(stored_numbers(killable_appliance, first)) > 3000, 30,
            "messages are stored",
        )  # fmt: skip

        end(killable_appliance)
        killable_appliance.start_again()
        started_at = time.monotonic()
        killable_appliance.wait_ready(30)
        killable_appliance.wait_well(30)
        seconds = time.monotonic() - started_at
        load.interrupt()
    finally:
        load.stop()

    acknowledged = load.acknowledged()
    assert len(acknowledged) > 3000
    assert_none_lost(acknowledged, lambda: stored_numbers(killable_appliance, first), seconds=60)
    record(
        Outcome(
            event, "", "Docker's restart policy starts it again, and it replays what was accepted",
            seconds, 0, "nothing with `--restart unless-stopped`, else `docker start`",
        )
    )  # fmt: skip
