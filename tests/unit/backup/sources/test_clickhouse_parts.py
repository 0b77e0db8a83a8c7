import pytest

from backup.errors import BackupError
from backup.sources.clickhouse_parts import Rows, counts_of, held_rows, in_order


def make_part(data, table, name, count):
    part = data / table / name
    part.mkdir(parents=True)
    if count is not None:
        (part / "count.txt").write_text(count)


def test_parts_are_in_the_order_of_their_inserts():
    """Of two rows with the same key the later one counts."""
    names = ["20261123_10_10_0", "20261116_3_8_1", "20261123_9_9_0", "20261123_2_4_1_12"]

    assert in_order(names) == [
        "20261116_3_8_1", "20261123_2_4_1_12", "20261123_9_9_0", "20261123_10_10_0",
    ]  # fmt: skip


def test_a_name_that_no_part_has_is_refused():
    with pytest.raises(BackupError, match="got 'tmp_merge'"):
        in_order(["tmp_merge"])


def test_each_part_says_how_many_rows_it_has(tmp_path):
    make_part(tmp_path, "points", "20261116_1_1_0", "7")
    make_part(tmp_path, "latest", "all_1_2_1", "3")

    assert list(held_rows(tmp_path)) == [Rows("latest", "all", 3), Rows("points", "20261116", 7)]


@pytest.mark.parametrize("count", [None, "", "many"])
def test_a_part_that_does_not_say_so_is_an_error_with_its_name(tmp_path, count):
    make_part(tmp_path, "points", "20261116_1_1_0", count)

    with pytest.raises(BackupError, match="the part 20261116_1_1_0 of points does not say"):
        list(held_rows(tmp_path))


def test_the_counts_name_readings_in_all_and_by_partition():
    rows = [
        Rows("schema_versions", "all", 5),
        Rows("points", "20261123", 10),
        Rows("points", "202501", 1),
        Rows("points", "20261123", 5),
        Rows("latest", "all", 4),
    ]

    assert counts_of(rows) == {
        "readings": 16,
        "latest": 4,
        "readings of 202501": 1,
        "readings of 20261123": 15,
    }


def test_an_appliance_without_readings_has_a_good_backup_too():
    assert counts_of([Rows("schema_versions", "all", 5)]) == {"readings": 0, "latest": 0}


def test_tables_without_a_version_are_no_backup():
    with pytest.raises(BackupError, match="no rows in schema_versions"):
        counts_of([Rows("points", "20261123", 10)])
