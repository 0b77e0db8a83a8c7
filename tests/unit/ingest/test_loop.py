from collections import Counter

import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.loop import Ingest
from qlines.ingest.state_file import StateFile
from qlines.spool import segments
from qlines.spool.follow import SpoolReader
from qlines.spool.frame import Frame, FrameKind, encode
from tests.fakes.registry import METER, RegistryInMemory

NOW_US = 1_800_000_000_000_000
TELEMETRY, ATTRIBUTES = "v1/devices/me/telemetry", "v1/devices/me/attributes"


class KafkaInMemory:
    def __init__(self):
        self.readings = []
        self.is_away = False

    def send(self, readings):
        if self.is_away:
            raise StoreUnavailableError("kafka", OSError("refused"))
        self.readings.extend(readings)

    @property
    def values(self):
        return [reading["values"] for reading in self.readings]


class MongoInMemory:
    """Stands for the teller."""

    def __init__(self):
        self.told = []
        self.is_answering = True

    def tell(self, waiting):
        if self.is_answering:
            self.told.append(waiting.to_json())
            waiting.__init__()


class WakerInMemory:
    def __init__(self):
        self.waits = []

    def wait(self, seconds):
        self.waits.append(seconds)
        return False

    def forget(self):
        pass


class Stage:
    """One spool folder, and an ingest that can be killed and begun again."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "mqtt").mkdir()
        self.clock = FakeClock(NOW_US)
        self.kafka, self.mongo, self.waker = KafkaInMemory(), MongoInMemory(), WakerInMemory()
        self.times = iter(range(NOW_US, NOW_US + 10**9, 2))
        self.begin()

    def begin(self):
        self.ingest = Ingest(
            [SpoolReader(self.folder / "mqtt")],
            KnownDevices(RegistryInMemory()),
            self.kafka,
            self.mongo,
            StateFile(self.folder / "ingest.json", self.clock),
            waker=self.waker,
            heartbeat=Heartbeat(self.folder / "run", "ingest", self.clock),
            clock=self.clock,
        )

    def send(self, payload, topic=TELEMETRY, kind=FrameKind.MESSAGE):
        with segments.path_of(self.folder / "mqtt", 1).open("ab") as file:
            file.write(encode(Frame(next(self.times), kind, METER.id, topic, payload)))

    def turn(self, times=1):
        for _ in range(times):
            self.ingest.turn()
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


def test_it_hands_on_what_is_in_the_spool_and_moves_the_cursor(stage):
    stage.send(b'{"a": 1}')
    stage.send(b'{"a": 2}')

    stage.turn()

    assert stage.kafka.values == [{"a": 1}, {"a": 2}]
    assert stage.cursor == stage.end
    assert stage.ingest.counters["accepted"] == 2


def test_it_waits_for_the_spool_to_grow_when_there_is_nothing(stage):
    stage.turn()

    assert stage.waker.waits == [1.0]


def test_it_keeps_the_batch_while_kafka_is_away(stage):
    stage.kafka.is_away = True
    stage.send(b'{"a": 1}')

    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            stage.turn()
    assert stage.cursor is None

    stage.kafka.is_away = False
    stage.turn()

    assert stage.kafka.values == [{"a": 1}]
    assert stage.cursor == stage.end
    assert stage.ingest.counters["accepted"] == 1


def test_it_hands_on_again_what_a_kill_left_unfinished(stage):
    stage.kafka.is_away = True
    stage.send(b'{"a": 1}')
    with pytest.raises(StoreUnavailableError):
        stage.turn()

    stage.kafka.is_away = False
    stage.begin()
    stage.turn()

    assert stage.kafka.values == [{"a": 1}]
    assert stage.kafka.readings[0]["ts"] == NOW_US


def test_it_tells_mongodb_of_attributes_before_it_moves_the_cursor(stage):
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)

    stage.turn()

    assert stage.mongo.told[0]["attributes"][0][1:] == ("fw", NOW_US // 1000, "1.2.3")
    assert stage.cursor == stage.end


def test_it_goes_on_with_telemetry_while_mongodb_is_away(stage):
    stage.mongo.is_answering = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.send(b'{"a": 1}')

    stage.turn(2)

    assert stage.kafka.values == [{"a": 1}]
    assert stage.cursor == stage.end


def test_it_loses_no_attribute_when_it_is_killed_while_mongodb_is_away(stage):
    stage.mongo.is_answering = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.turn(2)

    stage.begin()
    stage.mongo.is_answering = True
    stage.turn()

    assert [one[1] for one in stage.mongo.told[0]["attributes"]] == ["fw"]


def test_it_does_not_tell_again_what_was_told_before_a_kill(stage):
    stage.mongo.is_answering = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.turn(2)
    stage.mongo.is_answering = True
    stage.turn(20)

    stage.begin()
    stage.turn()

    assert len(stage.mongo.told) == 1


def test_it_keeps_the_count_of_connections_over_a_kill(stage):
    stage.send(b"10.0.0.1", "", FrameKind.CONNECTED)
    stage.send(b"10.0.0.2", "", FrameKind.CONNECTED)
    stage.turn(20)
    stage.begin()

    stage.send(b"bye", "", FrameKind.DISCONNECTED)
    stage.turn()
    assert len(stage.mongo.told) == 1

    stage.send(b"bye", "", FrameKind.DISCONNECTED)
    stage.turn(20)
    assert stage.mongo.told[1]["presence"][0].connected is False


def test_it_takes_nothing_in_while_too_much_waits_for_mongodb(stage, monkeypatch):
    monkeypatch.setattr("qlines.ingest.waiting.MOST_ATTRIBUTES", 1)
    stage.mongo.is_answering = False
    stage.send(b'{"fw": "1.2.3"}', ATTRIBUTES)
    stage.turn()
    stage.send(b'{"a": 1}')

    with pytest.raises(StoreUnavailableError, match="mongodb"):
        stage.turn()
    assert stage.kafka.values == []

    stage.mongo.is_answering = True
    stage.turn()
    assert stage.kafka.values == [{"a": 1}]


def test_it_tells_how_far_it_is_behind(stage, monkeypatch):
    monkeypatch.setattr("qlines.ingest.loop.READ_BYTES", 1)
    stage.send(b'{"a": 1}')
    stage.clock.advance(2.5)

    stage.turn()

    assert (stage.folder / "run" / "lag" / "ingest").read_text() == "2500\n"


def test_it_leaves_nothing_to_do_again_when_it_is_stopped(stage):
    stage.send(b'{"a": 1}')
    stage.ingest.turn()
    stage.send(b'{"a": 2}')
    stage.ingest.turn()
    assert stage.cursor != stage.end

    stage.ingest.close()

    assert stage.cursor == stage.end


def test_it_counts_by_names_that_are_explained(stage):
    stage.send(b'{"a": 1}')
    stage.send(b"nonsense")
    stage.turn(2)

    assert isinstance(stage.ingest.counters, Counter)
    assert stage.ingest.counters["rejected"] == 1
    assert "frames" not in stage.ingest.counters
