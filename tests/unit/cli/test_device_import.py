from pathlib import Path

import pytest

from qlines.cli import device_import
from qlines.cli.device_import import UnreadableFileError
from qlines.cli.import_plan import NewDevice, Plan, Wrong

FAN = NewDevice(2, "Fan", "amy@example.com", None, False, [])


def test_it_leaves_out_the_mark_of_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"\xef\xbb\xbfname,owner\n")

    assert device_import.read_text(str(tmp_path / "d.csv")) == "name,owner\n"


def test_it_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read: No such file"):
        device_import.read_text(str(tmp_path / "none.csv"))


def test_it_says_that_a_file_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"name\xff")

    with pytest.raises(UnreadableFileError, match="is not at byte 4"):
        device_import.read_text(str(tmp_path / "d.csv"))


def test_it_reports_as_promised() -> None:
    plan = Plan([FAN], 2, [Wrong(5, "the token is that of line 2")])

    assert device_import.document(plan) == {
        "added": 1,
        "skipped": 2,
        "errors": [{"line": 5, "reason": "the token is that of line 2"}],
    }


def test_it_tells_a_person_that_nothing_was_added() -> None:
    told = device_import.lines(Plan([], 0, [Wrong(5, "bad")]))

    assert told[0] == "added 0, skipped 0 that are there already"
    assert told[1] == "line 5: bad"
    assert told[2].startswith("nothing was added")
