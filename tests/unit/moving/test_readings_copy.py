import pytest

from qlines.clock import FakeClock
from qlines.move_record import COPYING, Record
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.moving.readings_copy import Pair, ReadingsCopy, partitions_to_copy
from qlines.store import partition, peer_points, point_copy
from qlines.store.peer_points import Sum

WEEKS = ("20261109", "20261116", "20261123")


class Stage:
    """Two ClickHouses in memory: the points of each block and device, by server."""

    def __init__(self, folder, monkeypatch):
        self.tables = {"source": {}, "target": {}}
        self.copied, self.forgets, self.busy = [], False, []
        for name in ("partitions", "blocks", "devices"):
            monkeypatch.setattr(peer_points, name, getattr(self, f"_{name}"))
        for name in ("stored_once", "hashes", "copy", "copy_latest"):
            monkeypatch.setattr(point_copy, name, getattr(self, f"_{name}"))
        self.clock = FakeClock()
        self.progress = MoveProgress(folder, Record(COPYING), lambda _line: None, self.clock)
        for week in WEEKS:
            self.put(week, "pump", 10)

    def put(self, week, device, points):
        block, _ = partition.blocks_of(week)
        self.tables["source"].setdefault(block, {})[device] = set(range(points))

    def run(self, cutoff_us=0):
        ReadingsCopy(
            Pair("source", "target"), self.progress, is_busy=lambda: bool(self.busy and
            self.busy.pop()), cutoff_us=cutoff_us, clock=self.clock,
        ).run()  # fmt: skip

    def _partitions(self, _server):
        return dict.fromkeys(WEEKS, 1)

    def _blocks(self, server, first, last):
        return {
            block: Sum(len(devices), sum(map(len, devices.values())))
            for block, devices in self.tables[server].items()
            if first <= block <= last
        }

    def _devices(self, server, block):
        found = self.tables[server].get(block, {})
        return {device: Sum(len(points), len(points)) for device, points in found.items()}

    def _hashes(self, server, portion):
        found = self.tables[server].get(portion.block, {})
        return {(device, one) for device in portion.devices for one in found.get(device, ())}

    def _stored_once(self, server, portion):
        size = len(self._hashes(server, portion))
        return Sum(size, size)

    def _copy(self, source, target, portion):
        self.copied.append(portion.block)
        if not self.forgets:
            for device in portion.devices:
                points = self.tables[source][portion.block][device]
                self.tables[target].setdefault(portion.block, {})[device] = set(points)
        return len(self._hashes(source, portion))

    def _copy_latest(self, _source, _target):
        self.copied.append("latest")


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_everything_is_copied_the_oldest_first_and_noted(stage):
    stage.run()

    blocks = [partition.blocks_of(week)[0] for week in WEEKS]
    assert stage.copied == [*blocks, "latest"]
    assert stage.tables["source"] == stage.tables["target"]
    assert stage.progress.record.done == WEEKS
    assert (stage.progress.record.total, stage.progress.record.copied) == (3, 30)


def test_what_is_done_or_equal_is_not_copied_again(stage):
    stage.run()
    stage.copied.clear()
    stage.put(WEEKS[0], "pump", 20)  # what comes after a partition is done comes from Kafka
    stage.progress.note(done=(WEEKS[0],))

    stage.run()

    assert stage.copied == ["latest"]


def test_a_portion_that_the_target_does_not_keep_ends_the_copy(stage):
    stage.forgets = True

    with pytest.raises(MoveError, match=r"10 points of the block .* are not there after 4 copies"):
        stage.run()

    assert stage.progress.record.done == ()


def test_what_arrives_while_a_portion_is_copied_is_no_loss(stage, monkeypatch):
    copy, arrived = stage._copy, []

    def arriving(source, target, portion):
        copied = copy(source, target, portion)
        if not arrived:
            arrived.append(portion)
            stage.tables["source"][portion.block]["pump"].add(99)
        return copied

    monkeypatch.setattr(point_copy, "copy", arriving)
    monkeypatch.setattr(
        point_copy, "stored_once", lambda server, portion: Sum(len(arrived), hash(server))
    )

    stage.run()

    assert stage.tables["source"] == stage.tables["target"]


def test_it_waits_while_the_pipeline_is_late(stage):
    stage.busy = [True, True, True]
    began = stage.clock.monotonic()

    stage.run()

    assert stage.clock.monotonic() - began == 3.0


def test_what_is_expired_is_left_out():
    cutoff = partition.end_us(WEEKS[0])

    assert partitions_to_copy(list(reversed(WEEKS)), (WEEKS[2],), cutoff) == [WEEKS[1]]
