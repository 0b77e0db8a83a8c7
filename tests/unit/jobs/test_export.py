from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qlines.errors import StoreUnavailableError
from qlines.jobs import export, export_files
from qlines.spool.disk_lines import DiskSpace
from qlines.store import export_store, exports, readings

NO_DB: Any = None  # the functions that would use it are replaced


class Records:
    """The collection of exports, in memory."""

    def __init__(self, keys: list[str]) -> None:
        self.record = {"device": "d1", "keys": keys, "from": 1000, "to": 2000}
        self.states: list[tuple[str | None, ...]] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "find", lambda _db, _id: self.record)
        monkeypatch.setattr(exports, "begin", lambda _db, _id: self.states.append(("running",)))
        monkeypatch.setattr(exports, "finish", self._finish)

    def _finish(
        self, _db: Any, _id: str, file: str, side: str | None, *, in_database: bool
    ) -> None:
        self.states.append(("in the database" if in_database else "done", file, side))


@pytest.fixture(autouse=True)
def _an_empty_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "disk_space", lambda _folder: DiskSpace(10**12, 10**12))


def test_it_writes_the_file_and_records_that_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Records(["t"])
    records.install(monkeypatch)
    queries: list[Any] = []

    def stream(*arguments: Any) -> Iterator[tuple[int, str, Any]]:
        queries.append(arguments[1:])
        return iter([(1_000_000, "t", 1)])

    monkeypatch.setattr(readings, "stream", stream)

    export.write_export(NO_DB, None, tmp_path / "exports", "e1", 90, "b")

    assert queries == [("d1", ["t"], 1_000_000, 2_000_999)]
    assert records.states == [("running",), ("done", "e1.csv", "b")]
    assert (tmp_path / "exports" / "e1.csv").read_text().count("\n") == 2


def test_it_exports_every_key_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Records([]).install(monkeypatch)
    queries: list[Any] = []
    monkeypatch.setattr(readings, "keys_of_device", lambda *_: ["a", "b"])
    monkeypatch.setattr(readings, "stream", lambda *arguments: queries.append(arguments[2]) or [])

    export.write_export(NO_DB, None, tmp_path, "e1", 90)

    assert queries == [["a", "b"]]


def test_of_several_nodes_it_moves_the_file_into_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records, kept = Records(["t"]), []
    records.install(monkeypatch)
    monkeypatch.setattr(readings, "stream", lambda *_: iter([(1_000_000, "t", 1)]))
    monkeypatch.setattr(
        export_store, "keep", lambda _db, _id, file: kept.append(file.read_text().count("\n"))
    )

    export.write_export(NO_DB, None, tmp_path, "e1", 90, is_shared=True)

    assert (records.states[-1], kept) == (("in the database", "e1.csv", None), [2])
    assert list(tmp_path.iterdir()) == []


def test_it_leaves_no_file_when_the_store_goes_away_in_the_middle(tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[int, str, Any]]:
        yield 0, "t", 1
        raise StoreUnavailableError("clickhouse", OSError("gone"))

    with pytest.raises(StoreUnavailableError):
        export_files.write_file(tmp_path / "e1.csv", rows())

    assert list(tmp_path.iterdir()) == []


def test_the_file_has_its_final_name_only_when_it_is_whole(tmp_path: Path) -> None:
    names: list[list[str]] = []

    def rows() -> Iterator[tuple[int, str, Any]]:
        names.append([file.name for file in tmp_path.iterdir()])
        yield 0, "t", 1

    export_files.write_file(tmp_path / "e1.csv", rows())

    assert names == [["e1.unfinished"]]
    assert [file.name for file in tmp_path.iterdir()] == ["e1.csv"]


def test_a_retry_overwrites_what_a_killed_job_left(tmp_path: Path) -> None:
    (tmp_path / "e1.unfinished").write_text("half a line of the first attem")

    export_files.write_file(tmp_path / "e1.csv", [(0, "t", 1)])

    assert (tmp_path / "e1.csv").read_text().startswith("time,ts,key,value\n1970-01-01")
    assert export_files.unfinished_files(tmp_path) == {}
