from pathlib import Path

import pytest

from qlines.cli import device_import
from qlines.cli.device_import import UnreadableFileError
from qlines.store.import_plan import DeviceLine, LineError, Plan

FAN = DeviceLine(2, "Fan", "amy@example.com", None, False, [])


def test_it_strips_the_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbfname,owner\n")

    assert device_import.read_text(str(tmp_path / "d.csv")) == "name,owner\n"


def test_it_reports_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read: No such file"):
        device_import.read_text(str(tmp_path / "none.csv"))


def test_it_reports_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"name\xff")

    with pytest.raises(UnreadableFileError, match="byte 4 is not"):
        device_import.read_text(str(tmp_path / "d.csv"))


def test_the_json_report_has_counts_and_errors() -> None:
    plan = Plan([FAN], 2, [LineError(5, "line 2 has the same token", "token")])

    assert device_import.document(plan) == {
        "added": 1,
        "skipped": 2,
        "errors": [{"line": 5, "reason": "line 2 has the same token", "column": "token"}],
    }


def test_the_text_report_says_that_nothing_was_added() -> None:
    text = device_import.lines(Plan([], 0, [LineError(5, "bad")]))

    assert text[0] == "added 0, skipped 0 that already exist"
    assert text[1] == "line 5: bad"
    assert text[2].startswith("nothing was added")
