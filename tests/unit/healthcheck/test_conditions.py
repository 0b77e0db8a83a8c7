from pathlib import Path

import pytest

from healthcheck.checks import Verdict
from healthcheck.conditions import SAFE_MODE_SECONDS, ConditionKeeper
from qlines import boot

WELL = [Verdict("kafka", "ok", None, "…")]
UNWELL = [Verdict("kafka", "failed", None, "…")]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    data_dir, run_dir = tmp_path / "data", tmp_path / "run"
    (data_dir / "log").mkdir(parents=True)
    run_dir.mkdir()
    return data_dir, run_dir


def test_a_start_is_complete_once_all_was_well_and_stays_complete(folders) -> None:
    keeper = ConditionKeeper(*folders)

    assert not keeper.note(UNWELL, None, 0).has_started
    assert keeper.note(WELL, None, 1).has_started
    assert keeper.note(UNWELL, None, 2).has_started


def test_a_restarted_checker_knows_that_the_start_was_complete(folders) -> None:
    ConditionKeeper(*folders).note(WELL, None, 1)

    assert ConditionKeeper(*folders).note(UNWELL, None, 0).has_started


def test_failed_starts_are_forgotten_after_a_minute_of_being_well(folders) -> None:
    data_dir, _run_dir = folders
    boot.note_boot(data_dir, 1_800_000_000.0)
    keeper = ConditionKeeper(*folders)

    for now in (0, 59):
        keeper.note(WELL, None, now)
    assert boot.read_boots(data_dir / boot.BOOTS)
    keeper.note(WELL, None, 60)

    assert boot.read_boots(data_dir / boot.BOOTS) == []


def test_a_relapse_begins_the_minute_again(folders) -> None:
    data_dir, _run_dir = folders
    boot.note_boot(data_dir, 1_800_000_000.0)
    keeper = ConditionKeeper(*folders)

    keeper.note(WELL, None, 0)
    keeper.note(UNWELL, None, 30)
    keeper.note(WELL, None, 40)
    keeper.note(WELL, None, 70)

    assert boot.read_boots(data_dir / boot.BOOTS)


def test_safe_mode_never_counts_as_started_and_is_over_after_an_hour(folders) -> None:
    (folders[1] / boot.SAFE_MODE).write_text("5 starts failed")
    keeper = ConditionKeeper(*folders)

    seen = keeper.note(WELL, None, 100)

    assert (seen.has_started, seen.safe_mode) == (False, "5 starts failed")
    assert not keeper.is_safe_mode_over(100 + SAFE_MODE_SECONDS - 1)
    assert keeper.is_safe_mode_over(100 + SAFE_MODE_SECONDS)


def test_without_safe_mode_it_is_never_over(folders) -> None:
    keeper = ConditionKeeper(*folders)
    keeper.note(WELL, None, 0)

    assert not keeper.is_safe_mode_over(10 * SAFE_MODE_SECONDS)
