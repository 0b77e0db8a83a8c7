"""Moments, lengths and sizes read as people say them."""

import pytest

from qlines.backup_words import length, moment, size

NOW = 1_800_014_400.0  # Friday 2027-01-15 12:00 UTC
HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW - 8 * HOUR - 48 * 60, "today 03:12"),
        (NOW + 11 * HOUR, "today 23:00"),
        (NOW - 13 * HOUR, "yesterday 23:00"),
        (NOW - 2 * DAY, "Wednesday 12:00"),
        (NOW - 6 * DAY, "Saturday 12:00"),
        (NOW - 7 * DAY, "2027-01-08 12:00"),
        (NOW + 12 * HOUR, "tomorrow 00:00"),
        (NOW + 3 * DAY, "Monday 12:00"),
    ],
)
def test_a_moment_is_named_by_its_day(at, said):
    assert moment(at, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, "0 s"),
        (9.2, "9 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (6 * HOUR, "6 h"),
        (7 * DAY, "7 d"),
    ],
)
def test_a_length_is_in_the_largest_unit_of_which_it_has_two(seconds, said):
    assert length(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 bytes"),
        (1_500, "1.5 KB"),
        (18_400_000, "18 MB"),
        (1_250_000_000, "1.2 GB"),
        (3 * 10**12, "3.0 TB"),
    ],
)
def test_a_size_has_two_digits(number, said):
    assert size(number) == said
