"""The operator has one message about each problem and one when it is over, also over restarts."""

import threading

import pytest

from appliance.shared.backoff import Backoff
from qlines.errors import StoreUnavailableError
from qlines.jobs import problem_watch
from qlines.jobs.problem_watch import ProblemWatch, ProblemWatchThread
from tests.fakes.alarm_messages import ALICE, BOB, Stage

KAFKA = "kafka (failed): ended repeatedly"


class Watched:
    """An appliance whose health report is *problems*; each look is by a new program."""

    def __init__(self, stage):
        self.stage = stage
        self.problems = [KAFKA]
        stage.db.users.documents.append({"_id": ALICE, "admin": True, "email": "a@example.com"})

    def ask(self, _path):
        if self.problems is None:
            raise StoreUnavailableError("the health checker", "it is away")
        return {"problems": self.problems}

    def look(self, times=1, place=""):
        for _ in range(times):
            ProblemWatch(self.stage.db, place, self.ask, self.stage.clock).look()
            self.stage.advance(seconds=30)

    def subjects(self):
        return [one["subject"] for one in self.stage.outbox()]


@pytest.fixture
def watched():
    stage = Stage()
    stage.add_channel(operator=True)
    return Watched(stage)


def test_one_message_when_it_is_raised_and_one_when_it_is_over(watched):
    watched.look(6)
    watched.problems = []
    watched.look(6)

    assert watched.subjects() == [f"QLines: {KAFKA}", f"QLines, over: {KAFKA}"]
    assert {one["kind"] for one in watched.stage.outbox()} == {"operator"}


def test_each_twin_says_what_it_finds_itself(watched):
    watched.look(3, "a")
    watched.look(3, "b")

    assert watched.subjects() == [f"QLines, a: {KAFKA}", f"QLines, b: {KAFKA}"]


def test_a_checker_that_is_away_for_a_moment_says_nothing(watched):
    watched.look(3)
    watched.problems = None
    watched.look(2)
    watched.problems = [KAFKA]
    watched.look(3)

    assert watched.subjects() == [f"QLines: {KAFKA}"]


@pytest.mark.parametrize("fields", [{"operator": False}, {"enabled": False}, {"owner": BOB}])
def test_only_channels_of_admins_that_are_for_it_and_on_are_used(fields):
    stage = Stage()
    stage.add_channel(**{"operator": True, **fields})
    watched = Watched(stage)

    watched.look(4)

    assert watched.subjects() == []


class Broken:
    """A watch of which each look ends with an error that nobody foresaw."""

    def __init__(self):
        self.looked = threading.Semaphore(0)

    def look(self):
        self.looked.release()
        raise KeyError("problems")


def test_the_thread_looks_again_after_an_error_that_nobody_foresaw(monkeypatch):
    monkeypatch.setattr(
        problem_watch, "Backoff", lambda max_seconds: Backoff(first_seconds=max_seconds / 1000)
    )
    broken = Broken()
    thread = ProblemWatchThread(broken)
    thread.start()

    assert all(broken.looked.acquire(timeout=5) for _ in range(2))
    assert thread.is_alive()

    thread.stop()
    assert not thread.is_alive()


def test_an_admin_who_was_disabled_is_sent_nothing(watched):
    watched.stage.db.users.documents[0]["disabled"] = True
    watched.look(6)

    assert watched.subjects() == []
