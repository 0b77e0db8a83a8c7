import subprocess
import sys

import pytest

from qlines import catch_up_record
from qlines.catch_up_record import Progress
from qlines.clock import FakeClock
from qlines.twin.catch_up_starter import (
    AGAIN_AFTER_SECONDS,
    LOOK_EVERY_SECONDS,
    CatchUpStarter,
)


class Stage:
    """Children that end by a line on their standard input."""

    def __init__(self, folder):
        self.folder, self.clock, self.children = folder, FakeClock(), []
        self.starter = CatchUpStarter(folder, self.clock, self._start)

    def _start(self):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.children.append(child)
        return child

    def run_once(self, seconds=0.0):
        self.clock.advance(seconds)
        self.starter.run_once()

    def end(self):
        self.children[-1].communicate(b"\n", timeout=30)


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.starter.stop()
    for child in stage.children:
        child.stdin.close()
        child.wait(30)


def test_it_starts_nothing_while_nothing_is_missing(stage):
    stage.run_once()
    stage.run_once(LOOK_EVERY_SECONDS)

    assert stage.children == []


def test_it_starts_one_child_when_something_is_missing(stage):
    catch_up_record.ask(stage.folder, "a gap", 1.0)

    stage.run_once()
    stage.run_once(AGAIN_AFTER_SECONDS)

    assert len(stage.children) == 1


def test_it_starts_another_when_the_first_ended_too_early(stage):
    catch_up_record.ask(stage.folder, "a gap", 1.0)
    stage.run_once()
    stage.end()

    stage.run_once(1.0)
    assert len(stage.children) == 1
    stage.run_once(AGAIN_AFTER_SECONDS)
    assert len(stage.children) == 2


def test_it_rests_when_all_is_there(stage):
    catch_up_record.ask(stage.folder, "a gap", 1.0)
    stage.run_once()
    catch_up_record.write_progress(stage.folder, Progress(1.0, finished_at=2.0))
    stage.end()

    stage.run_once(AGAIN_AFTER_SECONDS)
    stage.run_once(AGAIN_AFTER_SECONDS)

    assert len(stage.children) == 1


def test_the_child_ends_with_the_program(stage):
    catch_up_record.ask(stage.folder, "a gap", 1.0)
    stage.run_once()

    stage.starter.stop()

    assert stage.children[0].poll() is not None
