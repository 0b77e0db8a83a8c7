from types import SimpleNamespace

import orjson
import pytest

from qlines.alive import Alive
from qlines.clock import FakeClock
from qlines.live import loop as module
from qlines.live.loop import Live


class Stage:
    """A Kafka, a Redis and watchers in memory around live."""

    def __init__(self, folder, monkeypatch):
        self.clock = FakeClock()
        self.devices, self.records, self.published, self.fetches, self.seeks = (
            frozenset(),
            [],
            [],
            0,
            0,
        )
        monkeypatch.setattr(module.kafka, "fetch", self._fetch)
        self.live = Live(
            self, self, self, alive=Alive(folder, "live", self.clock), clock=self.clock
        )

    def refresh(self):
        pass

    def wait(self, seconds):
        self.clock.advance(seconds)

    def seek_to_end(self):
        self.seeks += 1
        self.records = []

    def publish(self, channel, text):
        self.published.append(orjson.loads(text))

    def send(self, device, number):
        value = [{"device": device, "owner": "o", "ts": 1_000 * number, "values": {"a": number}}]
        self.records.append(SimpleNamespace(value=orjson.dumps(value)))

    def _fetch(self, _consumer, _timeout_ms, _most):
        self.fetches += 1
        found, self.records = self.records, []
        return found


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_fetches_nothing_while_nobody_watches(stage):
    stage.send("d1", 1)

    stage.live.turn()

    assert stage.fetches == 0


def test_it_goes_on_at_the_end_when_somebody_watches(stage):
    stage.send("d1", 1)
    stage.devices = frozenset({"d1"})
    stage.live.turn()
    stage.send("d1", 2)
    stage.live.turn()

    assert stage.seeks == 1
    assert [one["data"] for one in stage.published] == [
        [{"device": "d1", "values": {"a": [[2, 2]]}}]
    ]


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
    stage.records = [SimpleNamespace(value=b"d1 nonsense"), SimpleNamespace(value=None)]
    stage.send("d1", 3)

    stage.live.turn()

    assert stage.live.counters["damaged_records"] == 1
    assert len(stage.published) == 1
