import pytest

from qlines import catch_up_record
from qlines.clock import FakeClock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.store import partition, peer_points
from qlines.store.peer_points import Place, Sum
from qlines.twin import catch_up as module
from qlines.twin.catch_up import CatchUp, Limits, Servers

WEEKS = ("20261109", "20261116", "20261123")


class Stage:
    """Two ClickHouses in memory: the points of each block and device, by side."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.clock = folder, FakeClock()
        self.tables = {"own": {}, "peer": {}}
        self.copied, self.calls, self.is_away = [], [], False
        self.room, self.is_busy, self.is_moving = 10**9, False, False
        for name in ("partitions", "blocks", "devices", "missing", "copy", "copy_latest"):
            monkeypatch.setattr(peer_points, name, getattr(self, f"_{name}"))
        monkeypatch.setattr(peer_points, "is_moving", lambda _client: self.is_moving)
        monkeypatch.setattr(module.os, "sync", lambda: self.calls.append("sync"))
        for week in WEEKS:
            self.put("peer", week, "d1", 100)
        self.start()

    def put(self, side, week, device, points):
        block, _ = partition.blocks_of(week)
        self.tables[side].setdefault(block, {})[device] = points

    def start(self):
        limits = Limits(lambda: 0, lambda: self.room, lambda: self.is_busy)
        servers = Servers("own", "peer", Place("127.0.1.2:9000"))
        self.catch_up = CatchUp(servers, limits, self.folder, self.clock)

    def ask(self, at=1.0):
        catch_up_record.ask(self.folder, "a gap", at)

    def run(self, steps=100):
        for _ in range(steps):
            if not self.catch_up.run_once():
                break

    @property
    def progress(self):
        return catch_up_record.read_progress(self.folder)

    def _partitions(self, side):
        if self.is_away:
            raise StoreUnavailableError("clickhouse", OSError("refused"))
        return dict.fromkeys(WEEKS, 5_000_000 if side == "peer" else 0)

    def _blocks(self, side, first, last):
        return {
            block: Sum(sum(devices.values()), sum(devices.values()))
            for block, devices in self.tables[side].items()
            if first <= block <= last
        }

    def _devices(self, side, block):
        return {name: Sum(n, n) for name, n in self.tables[side].get(block, {}).items()}

    def _missing(self, _own, _place, portion):
        own, peer = (self.tables[side].get(portion.block, {}) for side in ("own", "peer"))
        return sum(max(0, peer[name] - own.get(name, 0)) for name in portion.devices)

    def _copy(self, _own, _place, portion):
        self.copied.append((portion.block, portion.devices))
        peer, own = self.tables["peer"][portion.block], self.tables["own"]
        for name in portion.devices:
            block = own.setdefault(portion.block, {})
            block[name] = max(peer[name], block.get(name, 0))

    def _copy_latest(self, _own, _place):
        self.calls.append("latest")


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_does_nothing_while_nobody_asks(stage):
    assert stage.catch_up.run_once() is False
    assert stage.progress is None


def test_it_fetches_everything_the_newest_week_first(stage):
    stage.ask()

    stage.run()

    assert stage.tables["own"] == stage.tables["peer"]
    assert [block for block, _ in stage.copied] == sorted(stage.tables["peer"], reverse=True)
    assert stage.progress.done == tuple(reversed(WEEKS))
    assert (stage.progress.copied, stage.progress.total) == (300, 3)
    assert stage.progress.finished_at is not None


def test_the_newest_values_come_first_and_a_week_is_on_the_disk_before_it_is_done(stage):
    stage.ask()

    stage.run()

    assert stage.calls == ["latest", "sync", "sync", "sync"]


def test_it_copies_only_the_devices_that_differ(stage):
    stage.put("peer", WEEKS[0], "d2", 7)
    for week in WEEKS:
        stage.put("own", week, "d1", 100)
    stage.ask()

    stage.run()

    assert stage.copied == [(partition.blocks_of(WEEKS[0])[0], ("d2",))]


def test_what_only_this_side_has_is_no_difference_of_the_twins(stage):
    stage.tables["peer"] = {}
    stage.put("own", WEEKS[0], "d1", 100)
    stage.ask()

    stage.run()

    assert stage.copied == []
    assert stage.progress.finished_at is not None


def test_after_a_kill_it_goes_on_with_the_weeks_that_are_left(stage):
    stage.ask()
    stage.run(steps=5)
    done = stage.progress.done
    assert 0 < len(done) < len(WEEKS)
    stage.copied.clear()

    stage.start()
    stage.run()

    assert not {block for block, _ in stage.copied} & {
        partition.blocks_of(week)[0] for week in done
    }
    assert stage.progress.done == tuple(reversed(WEEKS))


def test_an_outage_passes_and_it_goes_on(stage):
    stage.ask()
    stage.is_away = True
    stage.catch_up.run_once()
    with pytest.raises(StoreUnavailableError):
        stage.catch_up.run_once()

    stage.is_away = False
    stage.run()

    assert stage.tables["own"] == stage.tables["peer"]


def test_a_later_request_compares_everything_again(stage):
    stage.ask()
    stage.run()
    stage.put("peer", WEEKS[0], "d9", 5)

    stage.ask(at=2.0)
    stage.run()

    assert stage.tables["own"] == stage.tables["peer"]
    assert stage.progress.requested_at == 2.0


def test_it_waits_for_room_and_says_how_much(stage):
    stage.ask()
    stage.room = 1_000_000
    stage.catch_up.run_once()

    with pytest.raises(BackPressureError, match="takes 4 MB of the disk, 0 MB are free for it"):
        stage.catch_up.run_once()

    assert "add space" in stage.progress.sentence


def test_it_gives_way_while_the_pipeline_is_late(stage):
    stage.ask()
    stage.is_busy = True
    stage.run(steps=5)
    assert (stage.copied, stage.progress) == ([], None)

    stage.is_busy = False
    stage.run()

    assert stage.tables["own"] == stage.tables["peer"]


def test_it_waits_while_the_tables_are_migrated(stage):
    stage.ask()
    stage.is_moving = True

    with pytest.raises(BackPressureError, match="being migrated"):
        stage.catch_up.run_once()
