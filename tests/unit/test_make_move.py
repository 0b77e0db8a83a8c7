"""What `ha/move.sh` does in which order, and what it refuses, with stand-ins for the containers."""

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "ha" / "move.sh"
STAND_INS = """
prepare() { NAME=qlines; }
require_running() { :; }
has_witness() { [ "${WITNESS-}" = 1 ]; }
is_paired() { [ "${PAIRED-1}" = 1 ]; }
build_images() { echo build; }
movement() { echo "movement $*"; [ "${FAILS-}" != "$1" ]; }
docker() {
    [ "$1" != inspect ] || return "${IS_ALONE-0}"
    shift; echo "docker $*"
    [ "$2" != test ] || [ "${DRAINING-}" = 1 ]
}
appliance/vm.sh() { echo "vm $*"; }
wait_until_caught_up() { echo "caught up"; }
"""


def run(goal, **env):
    """Run a goal; return its status, the steps in their order, and the errors."""
    code = f"source {SCRIPT}; {STAND_INS} {goal}"
    done = subprocess.run(
        ["bash", "-c", code], env={"PATH": os.environ["PATH"], **env},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    steps = [line for line in done.stdout.splitlines() if not line.startswith("▶")]
    return done.returncode, [step for step in steps if " test -e " not in step], done.stderr


DRAIN = ["movement refuse 10", "docker qlines qlines drain", "movement drained 120"]
RESUME = ["caught up", "docker qlines qlines resume", "movement back 60"]


def test_a_drain_is_refused_first_if_the_other_side_could_not_serve():
    assert run("drain") == (0, DRAIN, "")

    status, steps, errors = run("drain", FAILS="refuse")

    assert (status, steps) == (1, DRAIN[:1])
    assert "nothing was changed" in errors


def test_a_drain_that_was_begun_is_continued():
    assert run("drain", DRAINING="1")[1] == DRAIN[1:]


def test_a_drain_that_does_not_end_says_what_to_do():
    status, _, errors = run("drain", FAILS="drained")

    assert status == 1
    assert "make drain again, or make resume" in errors


def test_a_side_is_taken_back_once_it_has_caught_up():
    assert run("resume") == (0, RESUME, "")


def test_an_upgrade_builds_before_it_drains_and_starts_in_between():
    assert run("upgrade")[:2] == (0, ["build", *DRAIN, "vm up", *RESUME])


def test_an_upgrade_whose_drain_fails_starts_nothing():
    assert run("upgrade", FAILS="drained")[:2] == (1, ["build", *DRAIN])


def test_a_vm_without_a_twin_is_upgraded_with_a_pause_and_not_drained():
    assert run("upgrade", PAIRED="0")[:2] == (0, ["vm up"])
    for goal in ("drain", "promote"):
        status, steps, errors = run(goal, PAIRED="0")
        assert (status, steps) == (1, [])
        assert "this VM has no twin" in errors


def test_a_drain_from_before_the_end_of_a_pairing_can_be_ended():
    assert run("resume", PAIRED="0") == (0, ["docker qlines qlines resume"], "")


def test_on_the_machine_of_a_witness_an_upgrade_is_that_of_the_witness_and_starts_no_vm():
    code = "upgrade_witness() { echo witness; }; upgrade"

    assert run(code, WITNESS="1", IS_ALONE="1", PAIRED="0")[:2] == (0, ["witness"])
    # Beside a VM, for example while somebody tries it all on one machine.
    assert run(code, WITNESS="1", PAIRED="0")[:2] == (0, ["witness", "vm up"])


def test_a_witness_is_built_before_it_stops():
    code = """
        exec 3>&1  # what docker prints is hidden
        docker() { echo "docker $*" >&3; }
        appliance/up.sh() { echo "up $*"; }
        run_witness() { echo "run $NAME"; }
        wait_until_linked() { :; }
        prepare; upgrade_witness; echo "$NAME"
    """

    steps = ["up image", "docker stop qlines-witness", "run qlines-witness", "qlines"]
    assert run(code)[:2] == (0, steps)


@pytest.mark.parametrize(("yes", "option"), [("", ""), ("1", " --yes"), ("0", "")])
def test_a_promotion_asks_unless_it_is_told_not_to(yes, option):
    status, steps, _ = run("promote", **({"YES": yes} if yes else {}))

    assert (status, steps) == (0, [f"docker --interactive qlines qlines twins promote{option}"])
