"""Online, offline, never: at their exact borders."""

import pytest

from qlines.store.status import last_seen_us, status_of

NOW_US = 1_800_000_000_000_000
TEN_MINUTES_US = 600_000_000


@pytest.mark.parametrize(
    ("connected", "seen_us", "expected"),
    [
        (True, None, "online"),
        (True, NOW_US - 10 * TEN_MINUTES_US, "online"),
        (False, NOW_US - TEN_MINUTES_US, "online"),
        (False, NOW_US - TEN_MINUTES_US - 1, "offline"),
        (False, None, "never"),
    ],
)
def test_it_judges_by_connection_first_and_then_by_time(connected, seen_us, expected):
    assert status_of(connected=connected, seen_us=seen_us, now_us=NOW_US) == expected


@pytest.mark.parametrize(
    ("reading_us", "presence_us", "expected"),
    [
        (None, None, None),
        (5, None, 5),
        (None, 7, 7),
        (5, 7, 7),
        (9, 7, 9),
        (NOW_US + 1, 7, NOW_US),
    ],
)
def test_the_last_sign_of_life_counts_but_none_of_the_future(reading_us, presence_us, expected):
    assert last_seen_us(reading_us, presence_us, NOW_US) == expected
