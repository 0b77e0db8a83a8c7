from pathlib import Path

from healthcheck.probes import alive
from qlines.alive import Alive
from qlines.clock import FakeClock


def test_it_reads_what_a_program_wrote(tmp_path: Path) -> None:
    clock = FakeClock()
    Alive(tmp_path, "ingest", clock).turned(
        "waits", waiting_for="kafka", counters={"readings": 3}, lag_ms=250
    )

    sign = alive.sign_of(tmp_path, "ingest")

    assert sign == (clock.now_us() / 1e6, "kafka", "waits", {"readings": 3})
    assert alive.lags_ms(tmp_path) == {"ingest": 250}


def test_there_is_no_sign_when_nothing_was_written(tmp_path: Path) -> None:
    assert alive.sign_of(tmp_path, "ingest") is None
    assert alive.lags_ms(tmp_path) == {}


def test_there_is_no_sign_in_a_file_that_is_broken(tmp_path: Path) -> None:
    (tmp_path / "alive").mkdir()
    (tmp_path / "alive" / "ingest.json").write_text("[1, 2]")

    assert alive.sign_of(tmp_path, "ingest") is None
