import pytest

from qlines.clients.kafka import Position
from qlines.store.part_list import Part
from qlines.writer.peer_start import peer_start
from qlines.writer.rewind import CommitNote, SafeCommit

NOTE = CommitNote("monday 4", SafeCommit(700, 1_980.0)).to_text()
FOUND = Position(first=100, end=1_000, committed=950, note=NOTE)
NEW, OLD = Part("points", "20261123_2_2_0", 2_000.0), Part("points", "20261123_1_1_0", 1_000.0)


def begin(found=FOUND, mark=950, log_id="monday 4", lost=()):
    return peer_start(found, mark, log_id=log_id, lost=list(lost))


def test_it_starts_where_it_was():
    assert begin()[:1] + begin()[2:] == (950, "", "")
    assert begin().safe == SafeCommit(700, 1_980.0)


def test_a_new_pairing_starts_at_the_oldest_record_and_lacks_the_past():
    start = begin(FOUND._replace(committed=None, note=""), mark=None)

    assert start.offset == 100
    assert "has read nothing" in start.missing


@pytest.mark.parametrize(("mark", "offset"), [(None, 100), (300, 300), (50, 100)])
def test_an_older_clickhouse_starts_at_its_mark_and_lacks_what_came_since(mark, offset):
    start = begin(mark=mark)

    assert (start.offset, start.safe.offset) == (offset, offset)
    assert "ClickHouse is older" in start.missing


def test_a_mark_that_is_a_few_seconds_older_is_where_it_starts():
    assert begin(mark=940)[:1] + begin(mark=940)[2:] == (940, "", "")


@pytest.mark.parametrize("log_id", ["monday 6", "tuesday 4"])
def test_after_a_restart_there_or_here_it_starts_at_the_safe_offset(log_id):
    start = begin(log_id=log_id)

    assert (start.offset, start.missing) == (700, "")
    assert start.reason.startswith("the twin's Kafka or this machine was restarted")


@pytest.mark.parametrize(("part", "offset"), [(NEW, 700), (OLD, 100)])
def test_parts_that_were_lost_are_read_again_and_may_have_come_from_the_twins_clickhouse(
    part, offset
):
    start = begin(lost=[part])

    assert (start.offset, start.missing) == (offset, "ClickHouse lost parts")


def test_records_that_were_deleted_there_are_missing():
    start = begin(FOUND._replace(first=980))

    assert start.offset == 980
    assert start.missing == (
        "the twin's Kafka no longer has 30 records that this side has not stored"
    )
    assert start.safe.offset == 700


def test_records_that_would_have_to_be_read_again_and_were_deleted_are_missing():
    start = begin(FOUND._replace(first=800), log_id="tuesday 4")

    assert start.offset == 800
    assert "100 records" in start.missing


def test_a_log_that_ends_before_the_commit_is_read_from_its_end_at_the_latest():
    assert begin(FOUND._replace(end=600), log_id="monday 6").offset == 600


def test_a_log_that_a_restart_has_cut_lacks_nothing():
    assert begin(FOUND._replace(end=900), log_id="monday 6").missing == ""


@pytest.mark.parametrize("log_id", ["monday 4", "monday 6"])
def test_of_a_log_that_is_older_than_what_was_read_from_it_the_new_records_are_missing(log_id):
    start = begin(FOUND._replace(end=600), log_id=log_id)

    assert start.offset == 600
    assert "is older than what was read" in start.missing
