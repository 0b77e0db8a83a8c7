import pytest

from qlines.alarms.positions import SAFE_MS, Found, Start, start_of
from qlines.store.alarm_positions import LogPosition

FOUND = Found(log="log", epoch=3, partition=0, first=100, end=200)
STORED = LogPosition("", 0, 150, "log", 3, 1_000_000, 0)
BEGAN_MS = 7


def start(found=FOUND, stored=(STORED,)):
    return start_of(found, stored, side="", began_ms=BEGAN_MS)


def test_it_continues_at_the_stored_position():
    assert start() == Start(150, is_next=True)


def test_for_the_first_time_it_begins_where_the_first_rule_was_switched_on():
    assert start(stored=()) == Start(None, BEGAN_MS)


def test_after_a_restart_of_the_broker_the_last_seconds_are_read_again():
    assert start(FOUND._replace(epoch=4)) == Start(150, 1_000_000 - SAFE_MS)


@pytest.mark.parametrize(
    ("found", "stored", "offset", "missing"),
    [
        (FOUND._replace(end=140), [STORED], 140, "ends 10 records before"),
        (FOUND._replace(first=160), [STORED], 160, "10 records were deleted"),
        (FOUND._replace(log="new", first=0), [STORED], 0, "the log was replaced"),
        (FOUND, [STORED._replace(side="b", log="other")], 100, "100 records were deleted"),
        (FOUND._replace(partition=1, first=0), [STORED], 0, ""),
    ],
)
def test_what_no_log_has_is_said(found, stored, offset, missing):
    begin = start(found, stored)

    assert (begin.offset, begin.not_after_ms) == (offset, None)
    assert missing in begin.missing


def test_a_log_is_known_again_after_its_machine_became_one_of_twins():
    assert start_of(FOUND, [STORED], side="a", began_ms=0) == Start(150, is_next=True)


def test_of_a_log_that_had_another_name_before_the_pairing_the_newest_position_counts():
    newest = STORED._replace(side="a", offset=190, at_us=STORED.at_us + 1)

    for stored in ([STORED, newest], [newest, STORED]):
        assert start_of(FOUND, stored, side="a", began_ms=0) == Start(190, is_next=True)
