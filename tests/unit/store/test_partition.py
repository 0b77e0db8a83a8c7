import itertools

import pytest

from qlines.store import partition
from qlines.store.partition import DAY_US
from qlines.store.point_time import BLOCK_US

JANUARY_US = 1_767_225_600_000_000  # 2026-01-01


@pytest.mark.parametrize(
    ("name", "start_us", "following_us"),
    [
        ("197001", 0, 31 * DAY_US),
        ("202512", JANUARY_US - 31 * DAY_US, JANUARY_US),
        ("202402", 1_706_745_600_000_000, 1_706_745_600_000_000 + 29 * DAY_US),
        ("20251229", JANUARY_US - 3 * DAY_US, JANUARY_US + 4 * DAY_US),
        ("20261228", JANUARY_US + 361 * DAY_US, JANUARY_US + 368 * DAY_US),
    ],
)
def test_a_name_says_when_a_week_or_a_month_begins_and_ends(name, start_us, following_us):
    assert partition.start_us(name) == start_us
    assert partition.end_us(name) == following_us + BLOCK_US


def test_what_is_expired_is_sorted_by_time():
    names = ["20260105", "20251229", "202512", "20260112"]

    assert partition.expired(names, JANUARY_US + 11 * DAY_US + BLOCK_US) == [
        "202512", "20251229", "20260105",
    ]  # fmt: skip


def test_every_block_belongs_to_one_day():
    days = [partition.blocks_of_day(day) for day in range(20_000, 20_060)]

    for (first, last), (following, _) in itertools.pairwise(days):
        assert last - first in (1, 2)
        assert following == last + 1
    assert days[0][0] * BLOCK_US >= 20_000 * DAY_US > (days[0][0] - 1) * BLOCK_US


def test_the_blocks_of_a_partition_are_those_of_its_days():
    february = (JANUARY_US + 31 * DAY_US) // DAY_US

    for name, days in {"202602": 28, "20260202": 7}.items():
        first = february if days == 28 else february + 1
        assert partition.blocks_of(name) == (
            partition.blocks_of_day(first)[0],
            partition.blocks_of_day(first + days - 1)[1],
        )
