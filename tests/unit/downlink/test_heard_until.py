"""The note until when changes were heard."""

from qlines.clock import FakeClock, epoch_us
from qlines.downlink.heard_until import FILE, OVERLAP, HeardUntil

OVERLAP_US = OVERLAP // OVERLAP.resolution


def test_without_a_note_nothing_is_known_to_be_missed_but_of_the_last_minute(tmp_path):
    clock = FakeClock()

    since = HeardUntil(clock, tmp_path).missed_since()

    assert epoch_us(since) == clock.now_us() - OVERLAP_US


def test_after_a_restart_it_is_what_was_noted_last(tmp_path):
    clock = FakeClock()
    noted_us = clock.now_us()
    HeardUntil(clock, tmp_path).note()

    clock.advance(900)

    assert epoch_us(HeardUntil(clock, tmp_path).missed_since()) == noted_us - OVERLAP_US


def test_it_is_written_once_a_second_at_the_most(tmp_path):
    clock = FakeClock()
    heard = HeardUntil(clock, tmp_path)
    heard.note()
    written = (tmp_path / FILE).read_text()

    clock.advance(0.5)
    heard.note()
    assert (tmp_path / FILE).read_text() == written
    clock.advance(0.5)
    heard.note()

    assert (tmp_path / FILE).read_text() != written


def test_without_a_folder_it_is_known_to_this_object_alone():
    clock = FakeClock()
    heard = HeardUntil(clock)
    heard.note()
    noted_us = clock.now_us()

    clock.advance(900)

    assert epoch_us(heard.missed_since()) == noted_us - OVERLAP_US


def test_a_note_of_a_clock_that_was_ahead_hides_nothing(tmp_path):
    ahead = FakeClock()
    ahead.advance(3600)
    HeardUntil(ahead, tmp_path).note()
    clock = FakeClock()

    assert epoch_us(HeardUntil(clock, tmp_path).missed_since()) == clock.now_us() - OVERLAP_US


def test_a_note_that_was_written_in_part_is_none(tmp_path):
    clock = FakeClock()
    (tmp_path / FILE).write_text("")

    since = HeardUntil(clock, tmp_path).missed_since()

    assert epoch_us(since) == clock.now_us() - OVERLAP_US


def test_a_folder_that_takes_no_note_is_said_and_ends_nothing(tmp_path, caplog):
    heard = HeardUntil(FakeClock(), tmp_path / "run")
    (tmp_path / "run").write_text("no folder")

    heard.note()

    assert "cannot note" in caplog.text
