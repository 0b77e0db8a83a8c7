"""The guard's loop with a disk, a ClickHouse and a Kafka in memory."""

from pathlib import Path

import pytest

from healthcheck.disk import clickhouse, kafka, loop, state
from healthcheck.disk.guard import Partition
from healthcheck.disk.loop import DiskGuard
from qlines.clock import FakeClock
from qlines.settings import Settings
from qlines.spool.disk_lines import DiskSpace
from qlines.store import part_list
from qlines.store.part_list import Part, StartState

GB = 2**30
JUNE_US = 1_780_272_000_000_000  # 2026-06-01, a Monday


class JumpingClock(FakeClock):
    """A clock that is ahead of the running time."""

    ahead_us = 0

    def now_us(self) -> int:
        return super().now_us() + self.ahead_us


class Appliance:
    """A disk of 100 GB, and what the guard asks of the stores."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, roles: str = "all") -> None:
        self.clock = JumpingClock(JUNE_US)
        self.free_gb, self.newest_us, self.inactive_gb = 50.0, JUNE_US, 0.0
        self.weeks = dict.fromkeys(("20260504", "20260511", "20260518", "20260525"), 1.0)
        self.kafka_deletions = 0
        self.failure: Exception | None = None
        env = {
            "QLINES_DATA_DIR": str(folder), "QLINES_RUN_DIR": str(folder), "QLINES_ROLES": roles
        }  # fmt: skip
        self.guard = DiskGuard(Settings.from_env(env), self.clock)
        monkeypatch.setattr(
            loop, "disk_space", lambda _folder: DiskSpace(100 * GB, round(self.free_gb * GB))
        )
        monkeypatch.setattr(clickhouse, "partitions", lambda _port: self.partitions())
        monkeypatch.setattr(clickhouse, "inactive_bytes", lambda _port: self.inactive_gb * GB)
        monkeypatch.setattr(clickhouse, "newest_us", lambda _port: self.newest_us)
        monkeypatch.setattr(clickhouse, "drop", lambda _port, name: self.drop(name))
        monkeypatch.setattr(kafka, "delete_stored_records", lambda _port: self.delete_stored())

    def partitions(self) -> list[Partition]:
        if self.failure:
            raise self.failure
        return [Partition(name, round(size * GB), 9) for name, size in self.weeks.items()]

    def drop(self, name: str) -> None:
        self.inactive_gb += self.weeks.pop(name)

    def delete_stored(self) -> None:
        self.kafka_deletions += 1

    def step(self, free_gb: float) -> str:
        self.free_gb = free_gb
        self.guard.step()
        self.clock.advance(loop.ACT_EVERY_SECONDS)
        assert self.guard.report
        return self.guard.report.level


@pytest.fixture
def appliance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Appliance:
    return Appliance(monkeypatch, tmp_path)


def test_it_deletes_nothing_while_there_is_room(appliance: Appliance) -> None:
    assert appliance.step(11) == "none"

    assert (len(appliance.weeks), appliance.kafka_deletions) == (4, 0)


def test_it_first_saves_in_kafka_and_then_drops_the_oldest_weeks(appliance: Appliance) -> None:
    assert appliance.step(9) == "saving"
    assert (len(appliance.weeks), appliance.kafka_deletions) == (4, 1)

    assert appliance.step(7) == "dropping"
    assert list(appliance.weeks) == ["20260518", "20260525"]
    assert appliance.kafka_deletions == 2


def test_it_waits_for_the_files_of_what_it_dropped(appliance: Appliance) -> None:
    appliance.step(7)

    appliance.step(7)

    assert list(appliance.weeks) == ["20260518", "20260525"]


def test_it_logs_and_reports_what_it_dropped(
    appliance: Appliance, caplog: pytest.LogCaptureFixture
) -> None:
    appliance.step(7.9)
    appliance.step(7.4)

    report = appliance.guard.report
    assert report
    assert [item.partition for item in report.kept.dropped] == ["20260504", "20260511"]
    assert report.kept.dropped[0].at == JUNE_US // 1000 + 10_000
    assert "dropped the readings of 20260504 to make room: 9 points" in caplog.text
    assert "93 % full" in report.sentence


def test_what_it_drops_does_not_count_as_lost(appliance: Appliance, tmp_path: Path) -> None:
    oldest, kept = (Part("points", f"{week}_1_1_0", 1.0) for week in ("20260504", "20260525"))
    part_list.write_start_state(tmp_path, StartState(is_unclean=True, parts=[oldest, kept]))

    appliance.step(7)

    assert part_list.read_start_state(tmp_path) == StartState(is_unclean=True, parts=[kept])


def test_it_never_drops_the_last_day(appliance: Appliance) -> None:
    assert appliance.step(0.5) == "refusing"

    assert list(appliance.weeks) == ["20260525"]
    assert appliance.step(1.5) == "dropping"
    assert appliance.guard.report
    assert "no readings older than a day" in appliance.guard.report.sentence


def test_a_clock_that_jumped_ahead_makes_it_drop_nothing_recent(appliance: Appliance) -> None:
    appliance.step(50)
    appliance.clock.ahead_us = 365 * 86_400_000_000
    appliance.newest_us += 365 * 86_400_000_000

    appliance.step(0.5)

    assert list(appliance.weeks) == ["20260525"]


def test_it_touches_only_stores_of_its_own_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    appliance = Appliance(monkeypatch, tmp_path, roles="healthd,gunicorn")

    assert appliance.step(0.5) == "refusing"

    assert (len(appliance.weeks), appliance.kafka_deletions) == (4, 0)


def test_it_goes_on_when_clickhouse_does_not_answer_and_logs_it_once(
    appliance: Appliance, caplog: pytest.LogCaptureFixture
) -> None:
    appliance.failure = clickhouse.QueryError("ClickHouse does not answer")
    appliance.step(7)
    appliance.step(7)
    assert caplog.text.count("cannot make room in clickhouse") == 1
    assert appliance.kafka_deletions == 2

    appliance.failure = None
    appliance.step(7)

    assert len(appliance.weeks) == 2


def test_what_it_dropped_is_in_a_file(appliance: Appliance, tmp_path: Path) -> None:
    appliance.step(7)

    assert state.load(tmp_path / "disk_guard.json").dropped_partitions == 2


def test_it_goes_on_when_the_file_cannot_be_written(
    appliance: Appliance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state, "save", refuse)

    assert appliance.step(7) == "dropping"
    assert "No space left on device" in caplog.text
