from types import SimpleNamespace

import orjson
import pytest

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.live import loop as module
from qlines.live.loop import Live


class Stage:
    """A Kafka, a Redis and watchers in memory around live."""

    def __init__(self, folder, monkeypatch):
        self.clock = FakeClock()
        self.devices, self.records, self.published = frozenset(), [], []
        self.fetches, self.position, self.went_back_to_ms = 0, 0, []
        monkeypatch.setattr(module.kafka, "fetch", self._fetch)
        monkeypatch.setattr(module.kafka, "go_back", self._go_back)
        self.live = Live(
            self, self, self, heartbeat=Heartbeat(folder, "live", self.clock), clock=self.clock
        )

    def refresh(self):
        pass

    def wait(self, seconds):
        self.clock.advance(seconds)

    def publish(self, channel, text):
        self.published.append(orjson.loads(text))

    def send(self, device, number):
        value = [{"device": device, "owner": "o", "ts": 1_000 * number, "values": {"a": number}}]
        self.add(orjson.dumps(value))

    def add(self, value):
        offset = len(self.records)
        self.records.append(SimpleNamespace(value=value, partition=0, offset=offset))

    def _fetch(self, _consumer, _timeout_ms, _most):
        self.fetches += 1
        found, self.position = self.records[self.position :], len(self.records)
        return found

    def _go_back(self, _consumer, to_ms):
        """Every record is as young as that here."""
        self.went_back_to_ms.append(to_ms)
        self.position = 0


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_fetches_nothing_while_nobody_watches(stage):
    stage.send("d1", 1)

    stage.live.turn()

    assert stage.fetches == 0


def values_of(stage, room):
    """Return what a room was told of the key a."""
    return [
        value
        for one in stage.published
        if one["room"] == room
        for event in one["data"]
        for _ts, value in event["values"]["a"]
    ]


def test_it_shows_a_new_watcher_what_came_in_a_moment_before_it_heard_of_them(stage):
    stage.send("d1", 1)
    stage.devices = frozenset({"d1"})

    stage.live.turn()

    assert stage.went_back_to_ms == [stage.clock.now_us() // 1000 - module.BACK_MS]
    assert values_of(stage, "device:d1") == [1]


def test_it_goes_back_once_for_a_watcher(stage):
    stage.devices = frozenset({"d1"})
    stage.live.turn()
    stage.live.turn()

    assert len(stage.went_back_to_ms) == 1


def test_it_tells_nobody_twice_when_it_goes_back_for_another(stage):
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1)
    stage.send("d2", 2)
    stage.live.turn()
    stage.devices = frozenset({"d1", "d2"})
    stage.send("d1", 3)
    stage.clock.advance(1)

    stage.live.turn()

    assert values_of(stage, "device:d1") == [1, 3]
    assert values_of(stage, "device:d2") == [2]


def test_it_publishes_watched_devices_only(stage):
    stage.devices = frozenset({"d1"})
    stage.live.turn()
    stage.send("d1", 1)
    stage.send("d2", 2)

    stage.live.turn()

    assert [one["room"] for one in stage.published] == ["device:d1"]


def test_it_counts_a_record_that_it_cannot_read(stage):
    stage.devices = frozenset({"d1"})
    stage.live.turn()
    stage.add(b"d1 nonsense")
    stage.add(None)
    stage.send("d1", 3)

    stage.live.turn()

    assert stage.live.counters["damaged_records"] == 1
    assert len(stage.published) == 1
