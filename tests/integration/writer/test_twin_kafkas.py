"""The writer beside two real Kafkas, its own and the twin's; ClickHouse is a set in memory."""

import gc
import logging
import subprocess
import threading
import warnings
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition

from qlines import catch_up_record
from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_topic
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.init.stores import TOPIC_CONFIGS
from qlines.peer import Peer
from qlines.reading import Reading
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.telemetry_record import TOPIC, WRITER_GROUP, encode
from qlines.writer import peer_thread, recovery
from qlines.writer.buffer import Buffer
from qlines.writer.loop import Writer
from qlines.writer.peer_thread import PeerThread
from tests.harness import daemon
from tests.harness.deadline import PATIENCE, eventually

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"
# kafka-python forgets sockets of connections that a killed broker has cut.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
PART = TopicPartition(TOPIC, 0)
SEGMENT = f"/data/kafka/{TOPIC}-0/00000000000000000000.log"


@pytest.fixture(scope="module")
def own_kafka(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("own")) as running:
        yield running


@pytest.fixture(scope="module")
def peer_kafka(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("peer")) as running:
        yield running


class Side:
    """A side's writer with its thread; a new one stands for the next start of the program."""

    def __init__(self, own, peer, folder):
        self.own, self.peer, self.folder = own, peer, folder
        self.stored = Counter()
        self.settings = Settings.from_env(
            {"QLINES_DATA_DIR": str(folder / "data"), "QLINES_RUN_DIR": str(folder / "run")}
        )
        (folder / "data" / "clickhouse").mkdir(parents=True)
        self.notes, self.threads = [], []
        self.stop = None

    def start(self):
        """Start both loops."""
        self.stop, clock = Stop(), SystemClock()
        options = {"clock": clock, "note": self.notes.append}
        self.heartbeat = Heartbeat(self.folder / "run", "writer", clock)
        thread = PeerThread(
            Peer("a", self.peer.address, ""), self.settings,
            max_fetch_bytes=2**20, lost=[], boot_id="monday", stop=self.stop, **options,
        )  # fmt: skip
        consumer = kafka.consumer(KafkaAddress(self.own.address), TOPIC, WRITER_GROUP)
        commits = recovery.resume(consumer, [], boot_id="monday", **options)
        beats = thread.pass_on(self.heartbeat)
        insert = partial(self._insert, self.stop)
        self.writer = Writer(
            consumer, commits.commit, insert, insert,
            buffer=Buffer(), heartbeat=beats, clock=clock,
        )  # fmt: skip
        thread.start(lambda: self.writer.lag_ms)
        own = threading.Thread(
            target=run, args=(self.writer.run_once,), daemon=True,
            kwargs={"stop": self.stop, "clock": clock, "heartbeat": beats, "idle_seconds": 0.0},
        )  # fmt: skip
        own.start()
        self.threads += [own, thread._thread]

    def kill(self):
        """Let nothing more happen: what is fetched and not stored is lost, as by SIGKILL."""
        self.stop.is_set = True

    def _insert(self, stop, readings):
        if stop.is_set:
            raise StoreUnavailableError("clickhouse", OSError("this program was killed"))
        self.stored.update(reading.device for reading in readings)
        return len(readings)

    def has(self, devices):
        return set(devices) <= set(self.stored)

    def sentence(self):
        file = self.folder / "run" / "heartbeat" / "writer.json"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def side(own_kafka, peer_kafka, tmp_path, monkeypatch):
    for broker in (own_kafka, peer_kafka):
        eventually(lambda broker=broker: has_topic(broker), 90, "Kafka answers")
    side = Side(own_kafka, peer_kafka, tmp_path)
    consumers, connect = [], kafka._connect

    def remember(of, **options):
        consumers.append(connect(of, **options))
        return consumers[-1]

    def insert(_pool, _statement, readings):
        return side._insert(side.stop, readings)

    # Its log records would hold those sockets until after the last test.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    monkeypatch.setattr(kafka, "_connect", remember)
    monkeypatch.setattr(peer_thread, "insert", insert)
    yield side
    side.kill()
    for thread in side.threads:
        thread.join(30)
    for consumer in consumers:
        consumer.close(autocommit=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    logging.getLogger("kafka").setLevel(logging.NOTSET)


def has_topic(broker):
    with suppress(StoreUnavailableError):
        kafka_topic.ensure(KafkaAddress(broker.address), TOPIC, TOPIC_CONFIGS)
        return True
    return False


def send(broker, *devices):
    """Publish a record for each device."""

    def publish():
        with suppress(StoreUnavailableError):
            producer = kafka.producer(KafkaAddress(broker.address))
            for device in devices:
                for value, headers in encode([Reading(device, "o", 1, {"a": 1})]):
                    producer.send(TOPIC, value=value, headers=headers).get(timeout=20 * PATIENCE)
            producer.close(timeout=5)
            return True
        return False

    eventually(publish, 60, "Kafka takes records")
    return devices


def commit_of_the_side(broker):
    positions = kafka.positions(
        kafka.consumer(KafkaAddress(broker.address), TOPIC, f"{WRITER_GROUP}-a")
    )
    return positions[PART]


def names(prefix, count):
    return [f"{prefix}-{number}" for number in range(count)]


def test_it_stores_the_readings_of_both(side):
    sent = [*send(side.own, *names("own", 5)), *send(side.peer, *names("peer", 5))]

    side.start()

    eventually(lambda: side.has(sent), 30, "both are stored")
    assert catch_up_record.is_needed(side.folder / "data")  # this ClickHouse has no past


def test_the_own_readings_go_on_while_the_twins_kafka_hangs_and_after_it_was_killed(side):
    side.start()
    send(side.peer, "before")
    eventually(lambda: side.has(["before"]), 30, "the twin's are stored")

    side.peer.freeze()
    sent = send(side.own, *names("hangs", 20))
    eventually(lambda: side.has(sent), 10, "the own are stored while the twin's Kafka hangs")
    eventually(lambda: "has not answered since" in side.sentence(), 40, "the heartbeat says so")
    side.peer.thaw()
    thawed = send(side.peer, "thawed")
    eventually(lambda: side.has(thawed), 30, "the twin's are stored again")

    side.peer.kill()
    sent = send(side.own, *names("killed", 20))
    eventually(lambda: side.has(sent), 10, "the own are stored while there is no Kafka there")
    side.peer.start()
    back = send(side.peer, *names("back", 5))
    eventually(lambda: side.has(back), 60, "the twin's are stored again")
    eventually(lambda: "has not answered" not in side.sentence(), 30, "the heartbeat says so")


def test_a_killed_writer_loses_nothing_of_either(side):
    side.start()
    for round_ in range(4):
        sent = [
            *send(side.own, *names(f"o{round_}", 10)),
            *send(side.peer, *names(f"p{round_}", 10)),
        ]
        side.kill()
        side.start()
    eventually(lambda: side.has(sent), 30, "the last are stored")

    all_sent = {f"{who}{r}-{n}" for who in "op" for r in range(4) for n in range(10)}
    assert all_sent - set(side.stored) == set()


def test_records_that_the_twins_kafka_deleted_are_noticed(side):
    side.start()
    eventually(lambda: side.has(send(side.peer, "first")), 30, "the first are stored")
    eventually(lambda: commit_of_the_side(side.peer).committed is not None, 10, "a commit")
    side.kill()
    catch_up_record.ask(side.folder / "data", "an earlier one", 1.0)
    send(side.peer, *names("deleted", 10))
    end = commit_of_the_side(side.peer).end
    admin = KafkaAdminClient(bootstrap_servers=side.peer.address)
    admin.delete_records({PART: end})
    admin.close()

    side.start()

    kept = send(side.peer, "kept")
    eventually(lambda: side.has(kept), 30, "what is left is stored")
    reason = catch_up_record.read_request(side.folder / "data").reason
    assert "the twin's Kafka no longer has" in reason


def test_a_log_that_was_cut_is_read_where_it_was_cut(side, image):
    """A power cut takes the end of the log; more is published again at the same offsets."""
    side.start()
    kept = send(side.peer, *names("kept", 5))
    eventually(lambda: side.has(kept), 30, "the first are stored")
    size = segment_bytes(side.peer)
    cut = send(side.peer, *names("cut", 10))
    eventually(lambda: side.has(cut), 30, "what will be cut is stored")
    before = commit_of_the_side(side.peer).end

    side.peer.kill()
    truncate(side.peer, image, size)
    side.peer.start()
    again = send(side.peer, *names("again", 25))

    assert commit_of_the_side(side.peer).end > before
    eventually(lambda: side.has(again), 60, "everything that was published again is stored")


def segment_bytes(broker):
    return int(docker_run("exec", broker.name, "stat", "-c", "%s", SEGMENT))


def truncate(broker, image, size):
    """Cut the log of a broker that was killed to *size* bytes, as a power cut may."""
    volume = f"--volumes-from={broker.name}"
    docker_run("run", "--rm", volume, image, "truncate", f"--size={size}", SEGMENT)


def docker_run(*words):
    done = subprocess.run(["docker", *words], check=True, capture_output=True, text=True)
    return done.stdout
