from pathlib import Path

from qlines import maintenance
from qlines.maintenance import Maintenance


def test_it_is_read_as_it_was_begun(tmp_path: Path) -> None:
    maintenance.begin(tmp_path, Maintenance(1_800_000_000.0, "new disk"))

    assert maintenance.read(tmp_path) == (1_800_000_000.0, "new disk")


def test_there_is_none_before_it_is_begun_and_after_it_has_ended(tmp_path: Path) -> None:
    assert maintenance.read(tmp_path) is None
    maintenance.begin(tmp_path, Maintenance(1_800_000_000.0, "new disk"))

    assert maintenance.end(tmp_path)
    assert maintenance.read(tmp_path) is None
    assert not maintenance.end(tmp_path)


def test_one_whose_file_is_invalid_goes_on_and_says_how_it_ends(tmp_path: Path) -> None:
    (tmp_path / maintenance.FILE).write_text("[]")

    seen = maintenance.read(tmp_path)

    assert seen is not None
    assert "`qlines resume` ends the maintenance" in seen.reason
