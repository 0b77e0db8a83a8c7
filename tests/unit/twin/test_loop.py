import pytest

from appliance.shared.twin import Twin
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.twin.loop import AGAIN_AFTER_SECONDS, TwinLoop
from qlines.twin.members import TIMES, host_of
from qlines.twin.replica_set import RefusedError

TWIN = Twin("a", "app", {"b": "vm-b:7444"})


class FakeSet:
    """A set whose members are all well; it notes what it is changed to."""

    def __init__(self):
        self.is_primary, self.is_away, self.refuses = True, False, False
        own = {"_id": 0, "host": host_of("a"), "votes": 1, "priority": 1}
        self.found = {"version": 1, "members": [own], "settings": dict(TIMES)}
        self.tried = 0

    def hello(self):
        if self.is_away:
            raise StoreUnavailableError("mongodb", OSError("refused"))
        return {"isWritablePrimary": self.is_primary, "me": host_of("a")}

    def status(self):
        return {"term": 1, "members": []}

    def config(self):
        return self.found

    def change(self, config):
        self.tried += 1
        if self.refuses:
            raise RefusedError("not yet")
        self.found = config


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def noted():
    return []


@pytest.fixture
def mongodb():
    return FakeSet()


@pytest.fixture
def loop(mongodb, noted, clock, tmp_path):
    heartbeat = Heartbeat(tmp_path, "twin", clock)
    return TwinLoop(TWIN, mongodb, noted.append, heartbeat=heartbeat, clock=clock)


def test_the_primary_takes_one_step_an_iteration(loop, mongodb):
    loop.run_once()

    assert [one["host"] for one in mongodb.found["members"]] == [host_of("a"), host_of("b")]


def test_a_side_that_is_drained_takes_no_vote_back_before_it_has_handed_over(
    mongodb, clock, tmp_path
):
    heartbeat = Heartbeat(tmp_path, "twin", clock)
    before = mongodb.found
    drained = TwinLoop(
        TWIN, mongodb, lambda _role: None, heartbeat=heartbeat, clock=clock,
        is_draining=lambda: True,
    )  # fmt: skip

    drained.run_once()

    assert mongodb.found == before


def test_a_side_that_is_not_the_primary_changes_nothing(loop, mongodb):
    mongodb.is_primary = False

    loop.run_once()

    assert mongodb.tried == 0


def test_a_refused_step_is_tried_again_after_a_pause(loop, mongodb, clock):
    mongodb.refuses = True
    loop.run_once()
    loop.run_once()
    assert mongodb.tried == 1

    clock.advance(AGAIN_AFTER_SECONDS)
    loop.run_once()
    assert mongodb.tried == 2


def test_the_role_is_unknown_while_mongodb_does_not_answer(loop, mongodb, noted):
    loop.run_once()
    mongodb.is_away = True

    with pytest.raises(StoreUnavailableError):
        loop.run_once()

    assert [role.role for role in noted] == ["active", "unknown"]


def test_a_side_that_cannot_catch_up_copies_everything_from_the_active_one(tmp_path, clock):
    found, marks = FakeSet(), []
    found.is_primary, found.primary = False, host_of("b")
    found.hello = lambda: {"isWritablePrimary": False, "me": host_of("a"), "primary": host_of("b")}
    found.status = lambda: {"members": [], "tooStale": True}
    found.shut_down = lambda: marks.append("shut down")
    heartbeat = Heartbeat(tmp_path, "twin", clock)
    loop = TwinLoop(
        TWIN, found, lambda _role: None, heartbeat=heartbeat, clock=clock,
        mark_to_copy_again=lambda: marks.append("marked"),
    )  # fmt: skip

    loop.run_once()

    assert marks == ["marked", "shut down"]
