"""The numbers in the schema files are those of the queries."""

import re

import pytest

from qlines.store.clickhouse_migrate import FOLDER
from qlines.store.point_time import BLOCK_US, SPAN_US, STEP_US


def sql(name):
    return (FOLDER / name).read_text()


def test_the_view_puts_a_time_together_from_the_same_pieces():
    expression = f"block * {BLOCK_US} + span * {SPAN_US} + step * {STEP_US} + rest"

    assert expression in sql("0004_readings.sql")


@pytest.mark.parametrize("name", ["0001_points.sql", "0005_points_by_week.sql"])
def test_the_partitions_follow_from_where_the_blocks_begin(name):
    assert f"toDate(intDiv(block * {BLOCK_US}, 86400000000))" in sql(name)


@pytest.mark.parametrize(
    ("column", "piece_us", "next_us"),
    [("block", BLOCK_US, None), ("span", SPAN_US, BLOCK_US), ("step", STEP_US, SPAN_US)],
)
def test_the_writer_cuts_a_time_into_the_same_pieces(column, piece_us, next_us):
    cut = f"bitShiftRight(time_us, {piece_us.bit_length() - 1})"
    if next_us:
        cut = f"bitAnd({cut}, {next_us // piece_us - 1})"

    assert re.search(rf"toUInt\d+\({re.escape(cut)}\) AS {column},", sql("0003_incoming.sql"))


def test_the_rest_is_what_is_below_a_step():
    assert f"toUInt16(bitAnd(time_us, {STEP_US - 1})) AS rest" in sql("0003_incoming.sql")
