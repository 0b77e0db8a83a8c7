from datetime import UTC, datetime
from pathlib import Path

import pytest

from qlines.jobs import export_cleaning
from qlines.store import exports

BEFORE = datetime(2027, 1, 8, tzinfo=UTC)


def test_an_export_is_lost_when_nobody_works_on_it() -> None:
    assert export_cleaning.lost(["a", "b", "c"], {"b"}) == ["a", "c"]


def test_it_deletes_the_files_of_old_exports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.csv").write_text("x")
    (tmp_path / "new.csv").write_text("x")
    monkeypatch.setattr(exports, "remove_before", lambda _db, _before: ["old.csv", "gone.csv"])

    export_cleaning.remove_old(None, tmp_path, BEFORE)

    assert [file.name for file in tmp_path.iterdir()] == ["new.csv"]


def test_it_calls_lost_exports_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[tuple[str, str]] = []
    monkeypatch.setattr(exports, "unfinished", lambda _db: ["a", "b"])
    monkeypatch.setattr(exports, "fail", lambda _db, one, why: failed.append((one, why)))
    monkeypatch.setattr(export_cleaning, "is_at_work", lambda _redis, one: one == "b")

    export_cleaning.settle(None, None)  # type: ignore[arg-type]  # nobody asks it

    assert failed == [("a", export_cleaning.LOST)]
