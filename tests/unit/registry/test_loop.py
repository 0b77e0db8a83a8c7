import pytest
from bson.timestamp import Timestamp
from pymongo.errors import AutoReconnect, ExecutionTimeout, OperationFailure

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.registry import loop as module
from qlines.registry.loop import RegistrySync

MAJORITY_TIME, NEWEST_TIME = Timestamp(7, 1), Timestamp(7, 5)
CLUSTER_TIME = {"clusterTime": NEWEST_TIME}


class Session:
    """What a read waits for."""

    def __init__(self):
        self.after = None
        self.cluster_time = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def advance_cluster_time(self, time):
        self.cluster_time = time

    def advance_operation_time(self, time):
        self.after = time


class MongoInMemory:
    """Devices, and a change stream that tests fill; stands for client, database and devices."""

    def __init__(self):
        self.documents, self.events, self.streams = [], [], []
        self.failure = None
        self.is_token_lost = False
        self.majority_time = MAJORITY_TIME
        self.newest_time = NEWEST_TIME
        self.never_with_a_majority = []
        self.read_concern = None
        self.waited_for = []

    @property
    def devices(self):
        return self

    client = admin = devices

    def command(self, name):
        assert name == "hello"
        times = {"majorityOpTime": {"ts": self.majority_time}, "opTime": {"ts": self.newest_time}}
        return {"lastWrite": times, "$clusterTime": CLUSTER_TIME}

    def start_session(self, *, causal_consistency):
        assert causal_consistency
        return Session()

    def with_options(self, *, read_concern):
        self.read_concern = read_concern.level
        return self

    def find(self, _query, _fields, session):
        self.waited_for.append((session.after, session.cluster_time))
        return self

    def batch_size(self, _size):
        return self

    def max_time_ms(self, _limit):
        if self.failure:
            raise self.failure
        after, _ = self.waited_for[-1]
        if after in self.never_with_a_majority:
            raise ExecutionTimeout("operation exceeded time limit", 50)
        return list(self.documents)


class StreamInMemory:
    def __init__(self, mongo, *, start_at=None, resume_after=None):
        if mongo.is_token_lost and resume_after:
            raise OperationFailure("resume point may no longer be in the oplog", code=286)
        mongo.streams.append(resume_after or start_at)
        self.mongo, self.resume_token = mongo, resume_after or "start"

    def read(self, _timeout_seconds):
        if self.mongo.failure:
            raise self.mongo.failure
        events, self.mongo.events = self.mongo.events, []
        if events:
            self.resume_token = f"after {len(events)}"
        return events

    def close(self):
        pass


class FileInMemory:
    def __init__(self):
        self.changes = []

    def rebuild(self, documents, _now_us):
        self.changes.append(("rebuild", len(documents)))
        return len(documents)

    def change(self, documents, deleted):
        self.changes.append(("change", len(documents), len(deleted)))


class Stage:
    def __init__(self, folder, monkeypatch):
        monkeypatch.setattr(module, "ChangeStreamReader", StreamInMemory)
        self.mongo, self.file, clock = MongoInMemory(), FileInMemory(), FakeClock()
        self.mongo.documents = [{"_id": "d1"}]
        self.sync = RegistrySync(
            self.mongo, self.file, heartbeat=Heartbeat(folder, "registry", clock), clock=clock
        )

    def happen(self, *events):
        self.mongo.events.extend(events)

    def outage(self):
        self.mongo.failure = StoreUnavailableError("mongodb", AutoReconnect("gone"))
        with pytest.raises(StoreUnavailableError):
            self.sync.run_once()
        self.mongo.failure = None


ADDED = {"operationType": "insert", "documentKey": {"_id": "d2"}, "fullDocument": {"_id": "d2"}}
REMOVED = {"operationType": "delete", "documentKey": {"_id": "d1"}}


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_rebuilds_the_file_once_and_then_applies_changes(stage):
    stage.sync.run_once()
    stage.happen(ADDED, REMOVED)
    stage.sync.run_once()
    stage.sync.run_once()

    assert stage.file.changes == [("rebuild", 1), ("change", 1, 1)]
    assert stage.sync.counters == {"rebuilds": 1, "changes": 2}


def test_it_resumes_after_the_last_change_when_mongodb_was_away(stage):
    stage.sync.run_once()
    stage.happen(ADDED)
    stage.sync.run_once()
    stage.outage()

    stage.sync.run_once()

    assert stage.mongo.streams == [MAJORITY_TIME, "after 1"]
    assert stage.file.changes == [("rebuild", 1), ("change", 1, 0)]


def test_it_rebuilds_the_file_when_changes_were_missed(stage):
    stage.sync.run_once()
    stage.outage()
    stage.mongo.is_token_lost = True

    stage.sync.run_once()

    assert stage.file.changes == [("rebuild", 1), ("rebuild", 1)]


def test_it_rebuilds_the_file_when_the_stream_breaks(stage):
    stage.sync.run_once()
    stage.mongo.failure = OperationFailure("history lost", code=286)
    stage.sync.run_once()
    stage.mongo.failure = None

    stage.sync.run_once()

    assert stage.file.changes == [("rebuild", 1), ("rebuild", 1)]


def test_it_rebuilds_the_file_when_the_collection_was_dropped(stage):
    stage.sync.run_once()
    stage.happen({"operationType": "drop"})
    stage.sync.run_once()

    stage.sync.run_once()

    assert stage.file.changes == [("rebuild", 1), ("rebuild", 1)]


def test_the_old_file_stays_while_mongodb_is_away_at_the_start(stage):
    stage.outage()
    assert stage.file.changes == []

    stage.sync.run_once()
    assert stage.file.changes == [("rebuild", 1)]


def test_the_file_holds_only_what_a_majority_has_from_before_the_stream_begins(stage):
    stage.sync.run_once()

    assert (stage.mongo.read_concern, stage.mongo.streams) == ("majority", [MAJORITY_TIME])


def test_the_file_lacks_nothing_that_a_server_has_which_has_just_taken_the_lead(stage):
    """It does not know yet what a majority has; of what is missing, ingest drops the messages."""
    stage.sync.run_once()

    assert stage.mongo.waited_for == [(NEWEST_TIME, CLUSTER_TIME)]


def test_the_old_file_stays_until_a_majority_has_what_the_server_has_newest(stage):
    stage.mongo.never_with_a_majority = [NEWEST_TIME]
    with pytest.raises(StoreUnavailableError, match="what it has newest is not with a majority"):
        stage.sync.run_once()
    assert stage.file.changes == []

    stage.mongo.never_with_a_majority = []
    stage.sync.run_once()

    assert stage.file.changes == [("rebuild", 1)]


def test_a_mongodb_that_copies_its_data_leaves_the_old_file_as_it_is(stage):
    stage.mongo.majority_time = Timestamp(0, 0)

    with pytest.raises(StoreUnavailableError, match="a majority"):
        stage.sync.run_once()

    assert (stage.file.changes, stage.mongo.streams) == ([], [])
