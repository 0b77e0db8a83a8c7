import os
from pathlib import Path

import pytest

from healthcheck.disk import state
from healthcheck.disk.forecast import Sample
from healthcheck.disk.guard import Dropped
from healthcheck.disk.state import State
from healthcheck.disk.trusted_time import TrustedTime


def test_it_keeps_everything_across_a_restart(tmp_path: Path) -> None:
    before = State(TrustedTime(1.5, 2.5, 3.5), (Sample(1.0, 2),)).with_dropped(
        Dropped("20260105", 3, 4, 5)
    )

    state.save(tmp_path / "file", before)

    assert state.load(tmp_path / "file") == before


@pytest.mark.parametrize(
    "text", ["", "\0\0", "{}", "[]", '{"time": 1}', '{"time": [1, 2], "samples": 3}']
)
def test_a_damaged_file_tells_only_when_it_was_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    os.utime(tmp_path / "file", (7.0, 7.0))

    assert state.load(tmp_path / "file") == State(TrustedTime(7.0, 0.0))


def test_it_starts_afresh_without_a_file(tmp_path: Path) -> None:
    assert state.load(tmp_path / "missing") == State()


def test_what_it_keeps_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    state.save(tmp_path / "file", State())

    assert len(synced) == 2  # the file and its folder


def test_it_keeps_a_hundred_drops_and_the_sums_of_all() -> None:
    kept = State()
    for number in range(150):
        kept = kept.with_dropped(Dropped(str(number), number, 2, 3))

    assert [item.partition for item in kept.dropped[:2]] == ["50", "51"]
    assert (len(kept.dropped), kept.dropped_partitions, kept.dropped_bytes) == (100, 150, 300)
