"""What supervisord says of a program that was just started decides whether a restore continues."""

import pytest

from backup.programs import failure


def info(state, pid=7, status=0):
    return {"statename": state, "pid": pid, "exitstatus": status}


@pytest.mark.parametrize("state", ["STARTING", "RUNNING"])
def test_a_store_that_starts_or_runs_is_alive(state):
    assert failure("mongodb", 7, info(state), is_one_shot=False) is None


@pytest.mark.parametrize(
    "seen",
    [info("BACKOFF", pid=0), info("EXITED", pid=0), info("FATAL", pid=0), info("STARTING", pid=8)],
    ids=["waits for its next start", "ended", "was given up", "was started again"],
)
def test_a_store_that_has_ended_once_fails_the_restore(seen):
    reason = failure("mongodb", 7, seen, is_one_shot=False)

    assert reason.startswith("mongodb does not run with what was restored")


def test_a_one_shot_program_may_have_ended_well():
    assert failure("init", 7, info("EXITED", pid=0), is_one_shot=True) is None


@pytest.mark.parametrize("seen", [info("EXITED", pid=0, status=1), info("RUNNING", pid=8)])
def test_one_that_failed_or_was_started_again_fails_the_restore(seen):
    assert failure("init", 7, seen, is_one_shot=True).startswith("init ")
