import os

from healthcheck.metrics.meter import Meter, asked
from healthcheck.probes.connection import ProbeError
from healthcheck.ready import Readiness
from healthcheck.report import View
from qlines.clock import FakeClock


def refuse(port: int, timeout_seconds: float) -> int:
    raise ProbeError(f"port {port} is closed")


def test_it_measures_the_programs_of_the_last_view() -> None:
    view = View({}, Readiness("ok"), {}, pids={"writer": os.getpid()})
    meter = Meter(lambda: view, FakeClock(0))

    assert meter.run_once()

    assert set(meter.measured.programs) == {"writer", "supervisord"}
    assert meter.measured.programs["writer"].memory_bytes > 0
    assert meter.measured.programs["writer"].started_at > 1_000_000_000


def test_it_waits_for_the_first_view() -> None:
    meter = Meter(lambda: None, FakeClock(0))

    assert not meter.run_once()
    assert meter.measured.programs == {}


def test_a_store_that_does_not_answer_is_not_measured() -> None:
    assert asked(refuse, "redis", {"redis": 12}) is None


def test_a_store_that_does_not_run_here_is_not_asked() -> None:
    assert asked(lambda port, _: port, "redis", {"kafka": 12}) is None
    assert asked(lambda port, _: port, "redis", {"redis": 12}) == 6379
