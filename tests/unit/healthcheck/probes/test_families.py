import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from healthcheck.probes.families import Families, members
from tests.harness.deadline import eventually

# A parent that forks a child, prints its id, and waits.
PARENT = "import os, time; pid = os.fork(); pid and print(pid, flush=True); time.sleep(600)"


@pytest.fixture
def parent() -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    yield process
    for pid in reversed(members(process.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()


def remembered(**pids: int) -> Families:
    families = Families()
    families.remember(pids)
    return families


def child_of(parent: "subprocess.Popen[str]") -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def test_it_sees_that_a_process_still_runs() -> None:
    families = remembered(itself=os.getpid())

    assert families.all_run()
    assert families.running() == {"itself"}


def test_a_process_that_has_ended_before_it_was_remembered_counts_as_ended() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()

    assert not remembered(itself=os.getpid(), ended=ended.pid).all_run()


def test_it_sees_that_a_child_was_stopped(parent: "subprocess.Popen[str]") -> None:
    child = child_of(parent)
    families = remembered(gunicorn=parent.pid)
    assert set(families.states()["gunicorn"]) == {parent.pid, child}
    assert "T" not in families.states()["gunicorn"].values()

    os.kill(child, signal.SIGSTOP)

    eventually(lambda: families.states()["gunicorn"][child] == "T", 10, "the child is stopped")


def test_it_kills_a_stopped_process_and_its_children(parent: "subprocess.Popen[str]") -> None:
    child = child_of(parent)
    families = remembered(gunicorn=parent.pid)
    os.kill(parent.pid, signal.SIGSTOP)

    families.kill("gunicorn")

    assert parent.wait(10) == -signal.SIGKILL
    eventually(lambda: not runs(child), 10, "the child has ended")


def runs(pid: int) -> bool:
    """Return whether the process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
