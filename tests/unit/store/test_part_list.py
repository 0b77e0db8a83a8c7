import pytest

from qlines.store.part_list import (
    Part,
    StartState,
    forget_partitions,
    lost,
    read_start_state,
    write_start_state,
)


def part(name, modified=1_000.0, table="points"):
    return Part(table, name, modified)


def test_a_part_that_is_there_is_not_lost():
    parts = [part("202611_1_1_0"), part("all_1_7_2", table="latest")]

    assert lost(parts, parts) == []


def test_a_part_that_was_merged_since_is_not_lost():
    assert lost([part("202611_1_1_0"), part("202611_3_3_0")], [part("202611_1_3_1")]) == []


def test_a_part_with_deleted_rows_is_the_same_part():
    assert lost([part("202611_1_1_0")], [part("202611_1_1_0_9")]) == []


@pytest.mark.parametrize(
    "other",
    [part("202611_2_2_0"), part("202610_1_1_0"), part("202611_1_1_0", table="latest")],
    ids=["other block", "other partition", "other table"],
)
def test_a_part_that_no_other_covers_is_lost(other):
    assert lost([part("202611_1_1_0")], [other]) == [part("202611_1_1_0")]


def test_a_new_merged_part_is_not_lost_while_what_it_replaced_is_there():
    replaced = [part("202611_1_1_0", 900.0), part("202611_2_2_0", 990.0)]

    assert lost([*replaced, part("202611_1_2_1")], replaced) == []


def test_an_old_merged_part_is_lost_since_what_it_replaced_may_be_incomplete():
    replaced = [part("202611_1_1_0", 900.0), part("202611_2_2_0", 990.0)]
    merged, newest = part("202611_1_9_1", 1_000.0), part("202611_10_10_0", 1_060.0)

    assert lost([*replaced, merged, newest], [*replaced, newest]) == [merged]


def test_the_list_of_a_start_is_read_as_it_was_written(tmp_path):
    state = StartState(is_unclean=True, parts=[part("202611_1_1_0")])
    write_start_state(tmp_path, state)

    assert read_start_state(tmp_path) == state


def test_there_is_no_list_when_clickhouse_runs_elsewhere(tmp_path):
    assert read_start_state(tmp_path) is None
    forget_partitions(tmp_path, "points", ["202611"])
    assert read_start_state(tmp_path) is None


def test_what_is_dropped_on_purpose_is_no_longer_in_the_list(tmp_path):
    old, new, other = part("202610_1_1_0"), part("202611_1_1_0"), part("202610_1_1_0", table="x")
    write_start_state(tmp_path, StartState(is_unclean=True, parts=[old, new, other]))

    forget_partitions(tmp_path, "points", ["202610"])

    assert read_start_state(tmp_path) == StartState(is_unclean=True, parts=[new, other])
