import os
from pathlib import Path

from healthcheck.probes import heartbeat
from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat


def test_it_reads_what_a_program_wrote(tmp_path: Path) -> None:
    clock = FakeClock()
    Heartbeat(tmp_path, "ingest", clock).beat(
        "waiting for kafka", waiting_for="kafka", counters={"readings": 3}, lag_ms=250
    )

    beat = heartbeat.read(tmp_path, "ingest")

    assert beat is not None
    assert beat[:4] == (os.getpid(), clock.now_us() / 1e6, "kafka", "waiting for kafka")
    assert beat.counters == {"readings": 3}
    assert heartbeat.read_lags_ms(tmp_path) == {"ingest": 250}


def test_there_is_none_when_nothing_was_written(tmp_path: Path) -> None:
    assert heartbeat.read(tmp_path, "ingest") is None
    assert heartbeat.read_lags_ms(tmp_path) == {}


def test_there_is_none_in_an_invalid_file(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").mkdir()
    (tmp_path / "heartbeat" / "ingest.json").write_text("[1, 2]")

    assert heartbeat.read(tmp_path, "ingest") is None
