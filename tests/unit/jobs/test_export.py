from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qlines.errors import StoreUnavailableError
from qlines.jobs import export
from qlines.store import exports, readings


class Records:
    """The collection of exports, in memory."""

    def __init__(self, keys: list[str]) -> None:
        self.record = {"device": "d1", "keys": keys, "from": 1000, "to": 2000}
        self.said: list[tuple[str, ...]] = []

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "find", lambda _db, _id: self.record)
        monkeypatch.setattr(exports, "begin", lambda _db, _id: self.said.append(("running",)))
        monkeypatch.setattr(
            exports, "finish", lambda _db, _id, file: self.said.append(("done", file))
        )


def test_it_writes_the_file_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = Records(["t"])
    records.install(monkeypatch)
    asked: list[Any] = []

    def stream(*arguments: Any) -> Iterator[tuple[int, str, Any]]:
        asked.append(arguments[1:])
        return iter([(1_000_000, "t", 1)])

    monkeypatch.setattr(readings, "stream", stream)

    export.make(None, None, tmp_path / "exports", "e1")

    assert asked == [("d1", ["t"], 1_000_000, 2_000_999)]
    assert records.said == [("running",), ("done", "e1.csv")]
    assert (tmp_path / "exports" / "e1.csv").read_text().count("\n") == 2


def test_it_exports_every_key_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Records([]).install(monkeypatch)
    asked: list[Any] = []
    monkeypatch.setattr(readings, "keys_of_device", lambda *_: ["a", "b"])
    monkeypatch.setattr(readings, "stream", lambda *arguments: asked.append(arguments[2]) or [])

    export.make(None, None, tmp_path, "e1")

    assert asked == [["a", "b"]]


def test_it_leaves_no_half_file_when_the_store_goes_away(tmp_path: Path) -> None:
    def found() -> Iterator[tuple[int, str, Any]]:
        yield 0, "t", 1
        raise StoreUnavailableError("clickhouse", OSError("gone"))

    with pytest.raises(StoreUnavailableError):
        export.write_file(tmp_path / "e1.csv", found())

    assert list(tmp_path.iterdir()) == []
