import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qlines.jobs import export_cleaning
from qlines.store import exports

BEFORE = datetime(2027, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the set of exports that have an active job, for the test to fill."""
    ids: set[str] = set()
    monkeypatch.setattr(
        export_cleaning, "has_active_job", lambda _redis, export_id: export_id in ids
    )
    return ids


def orphaned(ids: Iterable[str]) -> list[str]:
    return export_cleaning.orphaned(None, ids)  # type: ignore[arg-type]  # never asked


def test_an_export_without_an_active_job_is_orphaned(active: set[str]) -> None:
    active.add("b")

    assert orphaned(["a", "b", "c"]) == ["a", "c"]


def test_it_deletes_the_files_of_old_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.csv").write_text("x")
    (tmp_path / "new.csv").write_text("x")
    monkeypatch.setattr(exports, "remove_before", lambda _db, _before: ["old.csv", "gone.csv"])

    export_cleaning.delete_old(None, tmp_path, BEFORE)  # type: ignore[arg-type]  # never asked

    assert [file.name for file in tmp_path.iterdir()] == ["new.csv"]


def test_it_deletes_old_files_whose_record_the_twin_has_deleted(tmp_path: Path) -> None:
    for name, age in (("old.csv", 1), ("new.csv", -1), ("old.unfinished", 1)):
        (tmp_path / name).write_text("x")
        written = BEFORE.timestamp() - age
        os.utime(tmp_path / name, (written, written))

    export_cleaning.delete_old_files(tmp_path, BEFORE)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.csv", "old.unfinished"]


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[str], list[str]]]:
    """Return a function that settles exports, and returns which failed and which were enqueued.

    Of *requested*, when each was, those of *ended* have a job that has ended, the rest none.
    """

    def settle(
        requested: dict[str, datetime], ended: Iterable[str] = (), *, is_twin: bool = False
    ) -> tuple[list[str], list[str]]:
        failed: list[str] = []
        enqueued: list[str] = []

        def unfinished(_db: object, before: datetime = BEFORE + 2 * DAY) -> list[str]:
            return [one for one, at in requested.items() if at < before]

        def job_of(_redis: object, one: str) -> str | None:
            return "ended" if one in ended else None

        monkeypatch.setattr(exports, "unfinished", unfinished)
        monkeypatch.setattr(exports, "fail", lambda _db, one, _reason: failed.append(one))
        monkeypatch.setattr(export_cleaning, "enqueue_export", lambda _redis, x: enqueued.append(x))
        monkeypatch.setattr(export_cleaning, "job_of", job_of)
        export_cleaning.settle_orphaned(None, None, jobless_before=BEFORE + DAY, is_twin=is_twin)  # type: ignore[arg-type]  # never asked
        return failed, enqueued

    return settle


def test_it_fails_orphaned_exports(
    active: set[str], settled: Callable[..., tuple[list[str], list[str]]]
) -> None:
    active.add("running")

    failed, enqueued = settled(dict.fromkeys(["running", "gone"], BEFORE))

    assert (failed, enqueued) == (["gone"], [])


def test_one_that_is_just_being_requested_is_left_alone(
    active: set[str], settled: Callable[..., tuple[list[str], list[str]]]
) -> None:
    failed, enqueued = settled(dict.fromkeys(["young", "killed"], BEFORE + DAY), {"killed"})

    assert active == set()
    assert (failed, enqueued) == (["killed"], [])


def test_an_export_of_a_twin_is_taken_over_and_one_whose_job_failed_here_is_not(
    active: set[str], settled: Callable[..., tuple[list[str], list[str]]]
) -> None:
    requested = {"of the twin": BEFORE, "ours": BEFORE, "just begun over there": BEFORE + DAY}

    failed, enqueued = settled(requested, {"ours"}, is_twin=True)

    assert active == set()
    assert (failed, enqueued) == (["ours"], ["of the twin"])


def test_it_deletes_unfinished_files_without_an_active_job(
    active: set[str], tmp_path: Path
) -> None:
    active.add("running")
    for name in ("killed.unfinished", "running.unfinished", "done.csv"):
        (tmp_path / name).write_text("x")

    export_cleaning.delete_unfinished(tmp_path, None)  # type: ignore[arg-type]  # never asked

    assert sorted(file.name for file in tmp_path.iterdir()) == ["done.csv", "running.unfinished"]


def test_a_file_that_is_finished_while_the_queue_is_read_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.unfinished").write_text("x")

    def finish(_redis: object, export_id: str) -> bool:
        (tmp_path / f"{export_id}.unfinished").replace(tmp_path / f"{export_id}.csv")
        return False

    monkeypatch.setattr(export_cleaning, "has_active_job", finish)

    export_cleaning.delete_unfinished(tmp_path, None)  # type: ignore[arg-type]  # never asked

    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_does_not_exist_yet_has_no_unfinished_files(tmp_path: Path) -> None:
    export_cleaning.delete_unfinished(tmp_path / "exports", None)  # type: ignore[arg-type]

    assert not (tmp_path / "exports").exists()


def test_the_side_that_is_not_active_leaves_the_exports_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "twin.json").write_text("{}")
    monkeypatch.setenv("QLINES_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QLINES_RUN_DIR", str(tmp_path / "run"))
    connected: list[str] = []
    monkeypatch.setattr(export_cleaning.mongodb, "connect", connected.append)
    monkeypatch.setattr(export_cleaning.logs, "configure", lambda _level: None)

    export_cleaning.run()

    assert connected == []
