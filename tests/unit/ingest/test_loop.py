import pytest

from qlines.clock import FakeClock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.ingest.counters import COUNTERS
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.loop import Ingest
from qlines.ingest.source import SpoolSource
from qlines.ingest.state import State
from qlines.ingest.state_file import StateFile
from qlines.spool import segments
from qlines.spool.frame import Frame, FrameKind, encode
from qlines.spool.reader import SpoolReader
from tests.fakes.registry import METER, RegistryInMemory

NOW_US = 1_800_000_000_000_000
TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"
ANSWER = "v1/devices/me/rpc/response/7"


class KafkaInMemory:
    def __init__(self):
        self.readings = []
        self.is_away = False

    def publish(self, readings):
        if self.is_away:
            raise StoreUnavailableError("kafka", OSError("refused"))
        self.readings.extend(readings)

    @property
    def values(self):
        return [reading.values for reading in self.readings]


class MongoInMemory:
    """Replaces the flusher."""

    def __init__(self):
        self.flushed = []
        self.is_available = True
        self.has_notification = False

    def flush(self, pending):
        if self.is_available:
            self.flushed.append(pending.to_json())
            revision = pending.revision
            pending.__init__()
            pending.revision = revision


class WatcherInMemory:
    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)
        return False

    def discard_events(self):
        pass


class Stage:
    """One spool folder, and an ingest that can be killed and restarted."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "mqtt").mkdir()
        self.clock = FakeClock(NOW_US)
        self.kafka, self.mongo, self.watcher = KafkaInMemory(), MongoInMemory(), WatcherInMemory()
        self.times = iter(range(NOW_US, NOW_US + 10**9, 2))
        self.restart()

    def restart(self):
        self.ingest = Ingest(
            SpoolSource([SpoolReader(self.folder / "mqtt")], self.clock),
            KnownDevices(RegistryInMemory()),
            KnownKeys(1000, lambda _device: set()),
            self.kafka,
            self.mongo,
            State(StateFile(self.folder / "ingest.json", self.clock)),
            watcher=self.watcher,
            heartbeat=Heartbeat(self.folder / "run", "ingest", self.clock),
            clock=self.clock,
        )

    def send(self, payload, topic=TELEMETRY, kind=FrameKind.MESSAGE):
        with segments.path_of(self.folder / "mqtt", 1).open("ab") as file:
            file.write(encode(Frame(next(self.times), kind, METER.id, topic, payload)))

    def run(self, times=1):
        for _ in range(times):
            self.ingest.run_once()
            self.clock.advance(0.1)

    @property
    def cursor(self):
        return segments.read_cursor(self.folder / "mqtt")

    @property
    def end(self):
        path = segments.path_of(self.folder / "mqtt", 1)
        return segments.Position(1, path.stat().st_size)


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_it_publishes_the_spool_and_commits(stage):
    stage.send(b'{"a": 1}')
    stage.send(b'{"a": 2}')

    stage.run()

    assert stage.kafka.values == [{"a": 1}, {"a": 2}]
    assert stage.cursor == stage.end
    assert stage.ingest.counters["accepted"] == 2


def test_it_waits_for_the_spool_to_grow_when_it_is_empty(stage):
    stage.run()

    assert stage.watcher.waits == [1.0]


def test_it_retries_the_batch_while_kafka_is_away(stage):
    stage.kafka.is_away = True
    stage.send(b'{"a": 1}')

    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            stage.run()
    assert stage.cursor is None

    stage.kafka.is_away = False
    stage.run()

    assert stage.kafka.values == [{"a": 1}]
    assert stage.cursor == stage.end
    assert stage.ingest.counters["accepted"] == 1


def test_it_publishes_after_a_kill_what_was_not_committed(stage):
    stage.kafka.is_away = True
    stage.send(b'{"a": 1}')
    with pytest.raises(StoreUnavailableError):
        stage.run()

    stage.kafka.is_away = False
    stage.restart()
    stage.run()

    assert stage.kafka.values == [{"a": 1}]
    assert stage.kafka.readings[0].ts_us == NOW_US


def test_it_flushes_attributes_to_mongodb_before_it_commits(stage):
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)

    stage.run()

    assert stage.mongo.flushed[0]["attributes"][0][1:] == ("fw", NOW_US // 1000, "1.2.3")
    assert stage.cursor == stage.end


def test_a_notification_that_has_waited_is_sent_without_anything_pending(stage):
    stage.run()
    assert stage.mongo.flushed == []

    stage.mongo.has_notification = True
    stage.run()

    assert len(stage.mongo.flushed) == 1


def test_it_publishes_telemetry_while_mongodb_is_away(stage):
    stage.mongo.is_available = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.send(b'{"a": 1}')

    stage.run(2)

    assert stage.kafka.values == [{"a": 1}]
    assert stage.cursor == stage.end


def test_it_loses_no_attribute_when_it_is_killed_while_mongodb_is_away(stage):
    stage.mongo.is_available = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.run(2)

    stage.restart()
    stage.mongo.is_available = True
    stage.run()

    assert [key for _, key, *_ in stage.mongo.flushed[0]["attributes"]] == ["fw"]


def test_it_loses_no_answer_when_it_is_killed_while_mongodb_is_away(stage):
    stage.mongo.is_available = False
    stage.send(b"first", ANSWER)
    stage.send(b"second", ANSWER)
    stage.run(2)
    assert stage.cursor == stage.end

    stage.restart()
    stage.mongo.is_available = True
    stage.run()

    assert stage.mongo.flushed[0]["answers"] == [(METER.id, 7, "first", NOW_US)]


def test_it_does_not_flush_again_what_was_flushed_before_a_kill(stage):
    stage.mongo.is_available = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.run(2)
    stage.mongo.is_available = True
    stage.run(20)

    stage.restart()
    stage.run()

    assert len(stage.mongo.flushed) == 1


def test_the_count_of_connections_survives_a_kill(stage):
    stage.send(b"10.0.0.1", "", FrameKind.CONNECTED)
    stage.send(b"10.0.0.2", "", FrameKind.CONNECTED)
    stage.run(20)
    stage.restart()

    stage.send(b"bye", "", FrameKind.DISCONNECTED)
    stage.run()
    assert len(stage.mongo.flushed) == 1

    stage.send(b"bye", "", FrameKind.DISCONNECTED)
    stage.run(20)
    assert stage.mongo.flushed[1]["presence"][0].connected is False


def test_it_reads_nothing_while_too_many_writes_to_mongodb_are_pending(stage, monkeypatch):
    monkeypatch.setattr("qlines.ingest.pending_writes.MAX_ATTRIBUTES", 1)
    stage.mongo.is_available = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.run()
    stage.send(b'{"a": 1}')

    with pytest.raises(BackPressureError, match="attributes or answers are pending") as caught:
        stage.run()
    assert caught.value.waiting_for == "mongodb"
    assert stage.kafka.values == []

    stage.mongo.is_available = True
    stage.run()
    assert stage.kafka.values == [{"a": 1}]


def test_it_reports_its_lag(stage, monkeypatch):
    monkeypatch.setattr("qlines.ingest.source.MAX_READ_BYTES", 1)
    stage.send(b'{"a": 1}')
    stage.clock.advance(2.5)

    stage.run()

    assert (stage.folder / "run" / "lag" / "ingest").read_text() == "2500\n"


def test_it_commits_when_it_is_stopped(stage):
    stage.send(b'{"a": 1}')
    stage.ingest.run_once()
    stage.send(b'{"a": 2}')
    stage.ingest.run_once()
    assert stage.cursor != stage.end

    stage.ingest.close()

    assert stage.cursor == stage.end


def test_every_counter_is_explained(stage):
    stage.send(b'{"a": 1}')
    stage.send(b"nonsense")
    stage.send(b"{}", "my/topic")
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.send(b"ok", ANSWER)
    stage.send(b"mqtt\n10.0.0.9\nwrong", "", FrameKind.UNKNOWN_TOKEN)
    stage.send(b"too long\n{", TELEMETRY, FrameKind.REJECTED)
    stage.send(b"", "", 99)
    stage.run(2)

    assert stage.ingest.counters.keys() == COUNTERS.keys()
    assert {name: count for name, count in stage.ingest.counters.items() if count} == {
        "accepted": 3,
        "readings": 1,
        "attributes": 1,
        "answers": 1,
        "rejected": 2,
        "refused": 1,
        "unknown_tokens": 1,
        "unknown_frames": 1,
    }
