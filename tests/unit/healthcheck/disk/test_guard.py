import pytest

from healthcheck.disk import guard
from healthcheck.disk.guard import DROPPING, NONE, REFUSING, SAVING, Partition
from qlines.spool.disk_lines import DiskSpace, lines_of
from qlines.store.partition import DAY_US, end_us

GB = 2**30
TOTAL = 100 * GB
LINES = lines_of(TOTAL, 90)  # 10, 7.5 and 1 GB
WEEKS = [Partition(f"202601{day:02}", GB, 1000) for day in (5, 12, 19, 26)]


def disk(free_gb: float) -> DiskSpace:
    return DiskSpace(TOTAL, round(free_gb * GB))


@pytest.mark.parametrize(
    ("free_gb", "last", "level"),
    [
        (20, NONE, NONE), (10.1, NONE, NONE), (9.9, NONE, SAVING),
        (10.1, SAVING, SAVING), (11.5, SAVING, NONE),
        (7.6, SAVING, SAVING), (7.4, SAVING, DROPPING), (7.4, NONE, DROPPING),
        (8.5, DROPPING, DROPPING), (8.9, DROPPING, SAVING), (8.5, SAVING, SAVING),
        (0.9, NONE, REFUSING), (1.1, REFUSING, DROPPING), (9, REFUSING, SAVING),
        (50, REFUSING, NONE),
    ],
)  # fmt: skip
def test_a_level_begins_at_its_line_and_ends_above_it(
    free_gb: float, last: str, level: str
) -> None:
    assert guard.level(disk(free_gb), LINES, last) == level


def names(missing_bytes: int, keep_from: int) -> list[str]:
    return [item.name for item in guard.to_drop(WEEKS[::-1], missing_bytes, keep_from)]


def test_it_drops_no_more_of_the_oldest_than_it_needs() -> None:
    later = end_us("20260126") + 90 * DAY_US

    assert names(1, later) == ["20260105"]
    assert names(GB, later) == ["20260105"]
    assert names(GB + 1, later) == ["20260105", "20260112"]
    assert names(100 * GB, later) == ["20260105", "20260112", "20260119", "20260126"]
    assert names(0, later) == []


def test_it_never_drops_the_last_day_of_any_partition() -> None:
    newest = end_us("20260119")

    keep_from = guard.keep_from_us(now_us=newest + DAY_US, newest_us=newest + DAY_US - 1)

    assert names(100 * GB, keep_from) == ["20260105", "20260112"]
    assert names(100 * GB, keep_from + 1) == ["20260105", "20260112", "20260119"]


def test_neither_a_clock_nor_a_device_that_is_ahead_costs_the_last_day() -> None:
    newest, year = end_us("20260119"), 365 * DAY_US

    assert guard.keep_from_us(newest + year, newest) == newest - DAY_US
    assert guard.keep_from_us(newest, newest + year) == newest - DAY_US


def test_it_drops_nothing_without_points() -> None:
    assert guard.to_drop([], GB, guard.keep_from_us(end_us("20260126"), 0)) == []


def test_its_sentences_say_what_happens_and_what_helps() -> None:
    sentences = {
        level: guard.sentence(level, disk(free_gb), LINES, is_anything_left=True)
        for level, free_gb in {NONE: 50, SAVING: 9, DROPPING: 7, REFUSING: 0.9}.items()
    }

    assert sentences[NONE] == "the disk is 50 % full"
    assert "published messages are not retained" in sentences[SAVING]
    assert sentences[DROPPING] == (
        "the disk is 93 % full, 7168 MB are free: the oldest readings are being deleted;"
        " add space or shorten QLINES_RETENTION_DAYS"
    )
    assert "messages are refused, and devices keep them, until 1024 MB" in sentences[REFUSING]
    nothing = guard.sentence(DROPPING, disk(7), LINES, is_anything_left=False)
    assert "no readings older than a day are left to delete" in nothing
