"""The story of a mistake: a second container is started on the volume of a running one.

Twenty devices send 500 messages a second for 8 s. The second container ends within 30 s with one
sentence, before it touches anything, and the first one loses nothing. A command in a container of
its own may still read the volume, and a container that is restarted takes its volume again.
"""

import time

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

FIRST = 900_000_000


def test_the_second_container_ends_with_one_sentence_and_the_first_goes_on(
    killable_appliance, tmp_path
):
    owner = new_person(killable_appliance.wait_ready(), "owner")
    senders = [owner.new_device().token for _ in range(20)]
    load = Load(
        killable_appliance.mqtt_port, senders, tmp_path,
        "--rate", "500", "--seconds", "8", "--first-seq", str(FIRST),
    )  # fmt: skip
    second = Appliance(killable_appliance.image, volume=killable_appliance.volume)
    try:
        started = time.monotonic()
        status = second.create().exit_status(30)
        seconds = time.monotonic() - started

        sentence = second.logs().strip()
        counts = load.wait()
    finally:
        load.stop()
        second.remove(keep_volume=True)
    assert status == 1
    assert sentence.startswith("QLines does not start: another container is running on the volume")
    assert "docker stop" in sentence
    assert "\n" not in sentence
    assert counts["acknowledged"] == counts["sent"] > 1_000
    assert_none_lost(
        load.acknowledged(), lambda: stored_numbers(killable_appliance, FIRST), seconds=30
    )
    record(
        Outcome(
            "a second container on one volume",
            "",
            "the second ends with one sentence, the first continues",
            seconds,
            0,
            "give the second one a volume of its own",
        )
    )


def test_a_command_may_use_the_volume_of_a_running_container(killable_appliance):
    assert "spool" in killable_appliance.in_volume("ls").split()


# In every run killed_container and drain start a container again on its volume.
@pytest.mark.long
def test_a_restarted_container_takes_its_volume_again(killable_appliance):
    killable_appliance.kill()
    killable_appliance.start()

    killable_appliance.restart()

    assert "does not start" not in killable_appliance.logs()
