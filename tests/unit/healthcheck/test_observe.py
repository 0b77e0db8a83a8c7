"""A check that hangs stops neither the loop nor the other checks, and is a finding by its age."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from healthcheck import checks, observe
from healthcheck.observations import Process
from healthcheck.observe import Observer
from healthcheck.probes.connection import ProbeTimeoutError
from qlines import backup_record
from qlines.backup_record import Record, Restore
from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.settings import Settings


@pytest.fixture
def hang() -> Iterator[Callable[..., None]]:
    """Return a check that hangs until the test is over."""
    is_over = threading.Event()

    def check(*_arguments: object) -> None:
        is_over.wait()

    yield check
    is_over.set()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def observer(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Observer:
    """Return an observer of Kafka and Redis, which have run for a long time and answer."""
    running = Process("RUNNING", 0, clock.monotonic() - 3600)
    processes = {"kafka": running, "redis": running}
    well = SimpleNamespace(probe=lambda _port, _timeout: "answers")
    monkeypatch.setattr("healthcheck.observe.supervisord.processes", lambda _path, _now: processes)
    monkeypatch.setattr(observe, "GRACE_SECONDS", -1.9)  # of 2 s, so that a test takes 0.1 s
    monkeypatch.setattr(observe, "MEASURE_WITHIN_SECONDS", 0.1)
    monkeypatch.setattr(observe, "PROBES", {"kafka": well, "redis": well})
    environment = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_ROLES": "kafka,redis"}
    environment["QLINES_RUN_DIR"] = str(tmp_path / "run")
    return Observer(Settings.from_env(environment), clock)


def test_a_probe_that_hangs_fails_its_own_program_only(
    observer: Observer, clock: FakeClock, hang: Callable[..., None]
) -> None:
    observe.PROBES["kafka"] = SimpleNamespace(probe=hang)  # type: ignore[assignment] # a module
    observer.observe(all_well=False)
    clock.advance(34)

    appliance = observer.observe(all_well=False)

    verdicts = {verdict.name: verdict for verdict in checks.judge(appliance)}
    assert verdicts["redis"].status == "ok"
    assert verdicts["kafka"].status == "failed"
    assert "its check has hung for 34 s" in verdicts["kafka"].sentence
    assert appliance.hanging == {}


def test_a_data_folder_that_hangs_is_measured_no_more_and_named(
    observer: Observer,
    clock: FakeClock,
    hang: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = observer.observe(all_well=False)
    monkeypatch.setattr(observe, "measure", hang)
    clock.advance(10)
    observer.observe(all_well=False)
    clock.advance(34)

    appliance = observer.observe(all_well=False)

    assert appliance.hanging == {"the data folder": 34.0}
    assert appliance.disk == before.disk
    assert {verdict.status for verdict in checks.judge(appliance)} == {"ok"}


def test_a_supervisord_that_hangs_is_named_and_its_last_answer_counts(
    observer: Observer,
    clock: FakeClock,
    hang: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    observer.observe(all_well=False)
    monkeypatch.setattr("healthcheck.observe.supervisord.processes", hang)
    monkeypatch.setattr("healthcheck.observe.supervisord.TIMEOUT_SECONDS", 2.0)
    clock.advance(10)

    appliance = observer.observe(all_well=False)

    assert appliance.supervisord_error == "supervisord does not answer: its check has hung for 0 s"
    assert appliance.hanging == {}
    assert list(appliance.programs) == ["redis", "kafka"]


def test_a_timeout_does_not_count_while_the_program_beats(
    observer: Observer, clock: FakeClock
) -> None:
    """As when the broker sleeps for each message, to slow its senders down."""

    def times_out(_port: int, _timeout: float) -> str:
        raise ProbeTimeoutError("does not answer on port 9092")

    observer.observe(all_well=False)
    observe.PROBES["kafka"] = SimpleNamespace(probe=times_out)  # type: ignore[assignment] # a module
    heartbeat = Heartbeat(observer._settings.run_dir, "kafka", clock)

    for _ in range(5):
        clock.advance(6)
        heartbeat.beat("slowing the senders")
        appliance = observer.observe(all_well=False)
        assert checks.judge(appliance)[1].status == "ok"
    for _ in range(5):
        clock.advance(5)
        appliance = observer.observe(all_well=False)

    assert checks.judge(appliance)[1].status == "failed"


def test_it_reads_what_is_known_of_backups_and_of_a_restore_every_five_seconds(
    observer: Observer, clock: FakeClock, tmp_path: Path
) -> None:
    before = observer.observe(all_well=True)
    backup_record.write(tmp_path, Record(first_at=1.0))
    backup_record.write_restore(tmp_path, Restore(1.0, "swapping", "swaps"))
    at_once = observer.observe(all_well=True)
    clock.advance(5)
    later = observer.observe(all_well=True)

    assert (before.backups, before.restore) == (Record(), None)
    assert at_once.restore is None
    assert (later.backups, later.restore) == (
        Record(first_at=1.0),
        Restore(1.0, "swapping", "swaps"),
    )
