"""What a node writes for the others, and the file from which its health checker answers."""

import pytest

from healthcheck import report
from qlines import nodes_file
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.node.neighbours import EVERY_SECONDS, Neighbours
from qlines.store.nodes import Node


class Stage:
    """A health checker and a MongoDB in memory."""

    def __init__(self, folder):
        self.clock, self.folder = FakeClock(), folder
        self.report = {"status": "degraded", "problems": ["cron (failed): ended"], "more": 1}
        self.noted, self.nodes = [], [Node("node-2", 1.5, "ok", [])]
        self.neighbours = Neighbours(
            folder,
            self.ask,
            lambda status, problems: self.noted.append((status, problems)),
            lambda: self.nodes,
            self.clock,
        )

    def ask(self, _path):
        if self.report is None:
            raise StoreUnavailableError("the health checker", OSError("refused"))
        return self.report

    def seen(self):
        return nodes_file.read(self.folder, self.clock.now_us() / 1e6)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_it_tells_its_own_status_and_problems_every_five_seconds(stage):
    for _ in range(21):
        stage.neighbours.run_once()
        stage.clock.advance(EVERY_SECONDS / 10)

    assert stage.noted == [("degraded", ["cron (failed): ended"])] * 3


def test_a_health_checker_that_has_just_started_has_a_reason(stage):
    stage.report = report.deep(None)[1]

    stage.neighbours.run_once()

    assert stage.noted == [("down", ["nothing has been checked yet"])]


def test_a_health_checker_that_does_not_answer_is_told_too(stage):
    stage.report = None

    stage.neighbours.run_once()

    ((status, (problem,)),) = stage.noted
    assert (status, "does not answer" in problem) == ("down", True)


def test_the_others_grow_silent_while_nobody_reads_what_they_say(stage):
    assert stage.seen() is None
    stage.neighbours.run_once()

    stage.clock.advance(30)

    (seen,) = stage.seen()
    assert (seen.name, seen.status) == ("node-2", "ok")
    assert seen.silent_seconds == pytest.approx(31.5)


def test_a_file_that_is_not_whole_is_none(stage):
    (stage.folder / nodes_file.FILE).write_text('{"read_at": 1')

    assert stage.seen() is None
