from datetime import UTC, datetime

import pytest

from qlines.errors import FieldError
from qlines.store.quiet_hours import checked, end_of

NIGHT = {"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}
LUNCH = {"zone": "Europe/Berlin", "from": "12:00", "to": "13:00"}


def utc(*given):
    return datetime(*given, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (utc(2027, 1, 15, 20, 59), None),
        (utc(2027, 1, 15, 21, 0), utc(2027, 1, 16, 6, 0)),
        (utc(2027, 1, 16, 2, 0), utc(2027, 1, 16, 6, 0)),
        (utc(2027, 1, 16, 6, 0), None),
        (utc(2027, 7, 15, 20, 0), utc(2027, 7, 16, 5, 0)),
        (utc(2027, 3, 27, 22, 0), utc(2027, 3, 28, 5, 0)),  # the night in which clocks change
    ],
)
def test_a_night_ends_by_the_clock_on_the_wall_of_its_zone(now, end):
    assert end_of(NIGHT, now) == end


@pytest.mark.parametrize(("hour", "end"), [(10, None), (11, utc(2027, 1, 15, 12, 0)), (12, None)])
def test_hours_of_one_day(hour, end):
    assert end_of(LUNCH, utc(2027, 1, 15, hour, 0)) == end


def test_without_quiet_hours_it_is_never_quiet():
    assert end_of(None, utc(2027, 1, 15, 3, 0)) is None


def test_times_have_one_form():
    assert checked(NIGHT | {"to": "7:00"}) == NIGHT
    assert checked(None) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (NIGHT | {"zone": "Europe/Nowhere"}, "quiet_hours.zone"),
        (NIGHT | {"zone": "../../etc/passwd"}, "quiet_hours.zone"),
        (NIGHT | {"from": "24:00"}, "quiet_hours.from"),
        (NIGHT | {"to": "late"}, "quiet_hours.to"),
        (NIGHT | {"to": "22:00"}, "quiet_hours"),
        ({"from": "22:00", "to": "07:00"}, "quiet_hours"),
        ("at night", "quiet_hours"),
    ],
)
def test_what_is_no_time_is_refused(given, field):
    with pytest.raises(FieldError) as refused:
        checked(given)

    assert refused.value.field == field
