import pytest

from qlines.errors import DataVersionError
from qlines.store.clickhouse_migrate import Migration, migrations, pending

FIRST, SECOND = Migration(1, "0001_a", ["CREATE a"]), Migration(2, "0002_b", ["CREATE b"])


def test_only_what_is_missing_is_pending():
    assert pending([FIRST, SECOND], set()) == [FIRST, SECOND]
    assert pending([FIRST, SECOND], {1}) == [SECOND]
    assert pending([FIRST, SECOND], {1, 2}) == []


def test_tables_of_a_newer_program_are_refused():
    with pytest.raises(DataVersionError, match="tables have version 3, this program knows 2"):
        pending([FIRST, SECOND], {1, 2, 3})


def test_a_file_is_cut_at_the_semicolons_at_the_ends_of_lines(tmp_path):
    (tmp_path / "0002_b.sql").write_text("-- why; so\nCREATE b;\n\nCREATE c;\n")
    (tmp_path / "0001_a.sql").write_text("CREATE a;\n")
    (tmp_path / "README.md").write_text("no SQL")

    assert migrations(tmp_path) == [
        Migration(1, "0001_a", ["CREATE a"]),
        Migration(2, "0002_b", ["-- why; so\nCREATE b", "CREATE c"]),
    ]


def test_our_files_are_numbered_without_a_gap():
    assert [migration.number for migration in migrations()] == [1, 2, 3, 4, 5]
