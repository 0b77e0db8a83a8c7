import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.registry import loop as module
from qlines.registry.loop import RegistryKeeper


class MongoInMemory:
    """Devices, and a change stream that tests fill; stands for the database and its devices."""

    def __init__(self):
        self.documents, self.events, self.streams = [], [], []
        self.failure = None
        self.is_token_lost = False

    @property
    def devices(self):
        return self

    def find(self, _query, _fields):
        return self

    def batch_size(self, _size):
        if self.failure:
            raise self.failure
        return list(self.documents)


class FollowerInMemory:
    def __init__(self, mongo, resume_after=None):
        if mongo.is_token_lost and resume_after:
            raise OperationFailure("resume point may no longer be in the oplog", code=286)
        mongo.streams.append(resume_after)
        self.mongo, self.token = mongo, resume_after or "start"

    def take(self, _seconds):
        if self.mongo.failure:
            raise self.mongo.failure
        taken, self.mongo.events = self.mongo.events, []
        if taken:
            self.token = f"after {len(taken)}"
        return taken

    def close(self):
        pass


class FileInMemory:
    def __init__(self):
        self.done = []

    def rebuild(self, documents, _now_us):
        self.done.append(("rebuild", len(documents)))
        return len(documents)

    def change(self, documents, deleted):
        self.done.append(("change", len(documents), len(deleted)))


class Stage:
    def __init__(self, folder, monkeypatch):
        monkeypatch.setattr(module, "Follower", FollowerInMemory)
        self.mongo, self.file, clock = MongoInMemory(), FileInMemory(), FakeClock()
        self.mongo.documents = [{"_id": "d1"}]
        self.keeper = RegistryKeeper(
            self.mongo, self.file, heartbeat=Heartbeat(folder, "registry", clock), clock=clock
        )

    def happen(self, *events):
        self.mongo.events.extend(events)

    def outage(self):
        self.mongo.failure = StoreUnavailableError("mongodb", AutoReconnect("gone"))
        with pytest.raises(StoreUnavailableError):
            self.keeper.turn()
        self.mongo.failure = None


ADDED = {"operationType": "insert", "documentKey": {"_id": "d2"}, "fullDocument": {"_id": "d2"}}
REMOVED = {"operationType": "delete", "documentKey": {"_id": "d1"}}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_builds_the_file_once_and_then_follows(stage):
    stage.keeper.turn()
    stage.happen(ADDED, REMOVED)
    stage.keeper.turn()
    stage.keeper.turn()

    assert stage.file.done == [("rebuild", 1), ("change", 1, 1)]
    assert stage.keeper.counters == {"rebuilds": 1, "changes": 2}


def test_it_goes_on_after_the_last_change_when_mongodb_was_away(stage):
    stage.keeper.turn()
    stage.happen(ADDED)
    stage.keeper.turn()
    stage.outage()

    stage.keeper.turn()

    assert stage.mongo.streams == [None, "after 1"]
    assert stage.file.done == [("rebuild", 1), ("change", 1, 0)]


def test_it_builds_the_file_anew_when_changes_were_missed(stage):
    stage.keeper.turn()
    stage.outage()
    stage.mongo.is_token_lost = True

    stage.keeper.turn()

    assert stage.file.done == [("rebuild", 1), ("rebuild", 1)]


def test_it_builds_the_file_anew_when_the_stream_cannot_go_on(stage):
    stage.keeper.turn()
    stage.mongo.failure = OperationFailure("history lost", code=286)
    stage.keeper.turn()
    stage.mongo.failure = None

    stage.keeper.turn()

    assert stage.file.done == [("rebuild", 1), ("rebuild", 1)]


def test_it_builds_the_file_anew_when_the_collection_was_dropped(stage):
    stage.keeper.turn()
    stage.happen({"operationType": "drop"})
    stage.keeper.turn()

    stage.keeper.turn()

    assert stage.file.done == [("rebuild", 1), ("rebuild", 1)]


def test_it_leaves_the_old_file_alone_while_mongodb_is_away_at_the_start(stage):
    stage.outage()
    assert stage.file.done == []

    stage.keeper.turn()
    assert stage.file.done == [("rebuild", 1)]
