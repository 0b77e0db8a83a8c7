"""Backups, drills and the end of a killed restore start when they are due, one at a time."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qlines import backup_record
from qlines.backup_record import Backup, Record, Restore
from qlines.backup_schedule import NEVER, Plan
from qlines.clock import FakeClock
from qlines.jobs import backup_starter
from qlines.jobs.backup_starter import BackupStarter, decide, ended
from qlines.role import ACTIVE, ALONE, STANDBY, UNKNOWN
from tests.harness.deadline import eventually

HOUR, DAY = 3600.0, 86_400.0
PLAN = Plan(6 * HOUR, 7 * DAY)
NOW = 1_800_000_000.0
BEGUN = Record(first_at=NOW - DAY)


class FakeChild:
    """A process that runs until a test ends it."""

    pid = 7

    def __init__(self) -> None:
        self.status: int | None = None
        self.was_asked_to_stop = False
        self.obeys = True

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.was_asked_to_stop = True

    def kill(self) -> None:
        self.status = -9

    def wait(self, timeout: float | None = None) -> None:
        if self.obeys:
            self.status = 1
        elif timeout:
            raise subprocess.TimeoutExpired("backup", timeout)


class Stage:
    """A starter with a data folder and a clock of its own; *started* is what it began."""

    def __init__(self, data_dir: Path, record: Record = BEGUN, plan: Plan = PLAN) -> None:
        self.data_dir = data_dir
        self.clock = FakeClock(round(NOW * 1e6))
        backup_record.write(data_dir, record)
        self.started: list[str] = []
        self.child = FakeChild()
        self.role = ALONE
        self.starter = BackupStarter(data_dir, plan, self.clock, self._start, lambda: self.role)

    def _start(self, arguments):
        self.started.append(" ".join(arguments))
        self.child = FakeChild()
        return self.child

    def run_for(self, seconds: float) -> None:
        for _ in range(round(seconds / 2)):
            self.starter.run_once()
            self.clock.advance(2)

    def record(self) -> Record:
        return backup_record.read(self.data_dir)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_it_notes_when_the_appliance_started_first(tmp_path):
    stage = Stage(tmp_path, Record())
    backup_record.path(tmp_path).unlink()

    stage.starter.run_once()

    assert stage.record() == Record(first_at=NOW)
    assert stage.started == []


def test_the_first_backup_starts_ten_minutes_later(tmp_path):
    stage = Stage(tmp_path, Record())

    stage.run_for(590)
    before = list(stage.started)
    stage.run_for(40)

    assert before == []
    assert stage.started == ["create --scheduled"]


def test_what_is_due_waits_a_minute_after_a_start(stage):
    stage.run_for(58)
    before = list(stage.started)
    stage.run_for(30)

    assert before == []
    assert stage.started == ["create --scheduled"]


def test_it_notes_that_it_tried_before_it_starts_one(stage):
    stage.run_for(70)

    assert stage.record().tried_at == pytest.approx(NOW + 60)


def test_a_second_one_never_starts_while_one_runs(stage):
    stage.run_for(2 * DAY)

    assert stage.started == ["create --scheduled"]


def test_one_that_failed_is_started_again_after_an_hour(stage, caplog):
    stage.run_for(70)
    stage.child.status = 1

    stage.run_for(HOUR - 60)
    before = len(stage.started)
    stage.run_for(120)

    assert before == 1
    assert stage.started == ["create --scheduled"] * 2
    assert "backup create ended with status 1 after 10 s" in caplog.text


def test_a_drill_follows_when_it_is_due_and_the_backup_has_ended(tmp_path):
    good = Backup("1f", NOW - 7 * HOUR, 9.0, 18_000_000, 1_000)
    stage = Stage(tmp_path, Record(good, first_at=NOW - 9 * DAY, first_good_at=NOW - 8 * DAY))

    stage.run_for(70)
    stage.child.status = 0
    backup_record.write(tmp_path, stage.record()._replace(last_good=good._replace(at=NOW + 61)))
    stage.run_for(60)

    assert stage.started == ["create --scheduled", "drill --scheduled"]
    assert stage.record().drill_tried_at > NOW


def test_nothing_starts_when_both_are_off(tmp_path):
    stage = Stage(tmp_path, plan=NEVER)

    stage.run_for(DAY)

    assert stage.started == []


def test_a_restore_that_was_killed_is_finished_at_once_and_before_any_backup(stage):
    backup_record.write_restore(stage.data_dir, Restore(NOW - 60, "swapping", "swaps the folders"))

    stage.starter.run_once()

    assert stage.started == ["recover"]


def test_a_restore_that_cannot_be_finished_is_tried_again_after_half_a_minute(stage):
    backup_record.write_restore(stage.data_dir, Restore(NOW - 60, "swapping", "swaps the folders"))

    for _ in range(3):
        stage.run_for(30)
        stage.child.status = 1

    assert stage.started == ["recover"] * 3


def test_nothing_starts_while_somebody_holds_the_lock(stage):
    backup_record.write_restore(stage.data_dir, Restore(NOW - 60, "swapping", "swaps the folders"))
    with (stage.data_dir / "backup" / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        stage.run_for(120)
        before = list(stage.started)
    stage.run_for(30)

    assert before == []
    assert stage.started == ["recover"]


def test_the_lock_is_free_when_the_child_starts(tmp_path):
    taken = []
    stage = Stage(tmp_path)

    def start(_arguments):
        with backup_starter.free_lock(tmp_path) as is_free:
            taken.append(is_free)
        return FakeChild()

    stage.starter = BackupStarter(tmp_path, PLAN, stage.clock, start)
    stage.run_for(70)

    assert taken == [True]


def test_trouble_is_logged_once_and_does_not_end_the_scheduler(tmp_path, caplog):
    stage = Stage(tmp_path)

    def fail(_arguments):
        raise OSError("no memory for a process")

    stage.starter = BackupStarter(tmp_path, Plan(60.0, None), stage.clock, fail)
    stage.run_for(10 * 60)

    assert caplog.text.count("no backup can be started: no memory for a process") == 1


def test_a_child_is_asked_to_stop_with_the_scheduler(stage, caplog):
    stage.run_for(70)

    stage.starter.stop()

    assert stage.child.was_asked_to_stop
    assert "backup create ended with status 1" in caplog.text


def test_a_child_that_does_not_stop_is_killed(stage, caplog):
    stage.run_for(70)
    stage.child.obeys = False

    stage.starter.stop()

    assert "backup create was killed by signal 9" in caplog.text


def test_without_a_child_there_is_nothing_to_stop(stage):
    stage.starter.stop()

    assert stage.started == []


def test_it_says_how_a_child_ended():
    assert ended(0) == "ended with status 0"
    assert ended(-15) == "was killed by signal 15"


def test_nothing_else_is_due_while_a_restore_is_to_be_finished():
    assert decide(BEGUN, PLAN, NOW, is_restoring=True, role=STANDBY) == (("recover",), BEGUN)


PARENT = """
import os, signal, sys
from qlines.jobs import backup_starter
backup_starter.COMMAND = ("sleep",)
child = backup_starter.start_child(("600",))
print(child.pid, os.getpriority(os.PRIO_PROCESS, child.pid), flush=True)
signal.pause()
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_is_nice_and_dies_with_the_scheduler():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, text=True
    )
    with parent:
        pid, niceness = map(int, parent.stdout.readline().split())
        assert is_running(pid)
        parent.send_signal(signal.SIGKILL)

    assert niceness >= 10
    eventually(lambda: not is_running(pid), 10, "the child dies with its parent")


@pytest.mark.parametrize("role", [STANDBY, UNKNOWN])
def test_of_two_twins_only_the_one_that_is_known_to_be_active_starts_what_is_due(stage, role):
    stage.role = ALONE._replace(role=role)
    stage.run_for(HOUR)
    before = list(stage.started)

    stage.role = ALONE._replace(role=ACTIVE)
    stage.run_for(60)

    assert before == []
    assert stage.started == ["create --scheduled"]
