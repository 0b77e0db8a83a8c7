from pathlib import Path

from healthcheck.probes import heartbeat
from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat


def test_it_reads_what_a_program_wrote(tmp_path: Path) -> None:
    clock = FakeClock()
    Heartbeat(tmp_path, "ingest", clock).beat(
        "waits", waiting_for="kafka", counters={"readings": 3}, lag_ms=250
    )

    sign = heartbeat.sign_of(tmp_path, "ingest")

    assert sign == (clock.now_us() / 1e6, "kafka", "waits", {"readings": 3})
    assert heartbeat.lags_ms(tmp_path) == {"ingest": 250}


def test_there_is_no_sign_when_nothing_was_written(tmp_path: Path) -> None:
    assert heartbeat.sign_of(tmp_path, "ingest") is None
    assert heartbeat.lags_ms(tmp_path) == {}


def test_there_is_no_sign_in_a_file_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").mkdir()
    (tmp_path / "heartbeat" / "ingest.json").write_text("[1, 2]")

    assert heartbeat.sign_of(tmp_path, "ingest") is None
