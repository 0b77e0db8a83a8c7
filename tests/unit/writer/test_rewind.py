import pytest

from qlines.store.part_list import Part
from qlines.writer.rewind import CommitHistory, CommitNote, SafeCommit, Start, parse, start

NOTE = CommitNote("monday", SafeCommit(offset=700, at=5_000.0))
NEW = Part("points", "20261123_9_9_0", modified=5_010.0)
OLD = Part("points", "20261123_2_2_0", modified=4_000.0)
MERGED = Part("points", "20261123_1_9_3", modified=5_010.0)


def started(*, committed=950, lost=(), note=NOTE, boot_id="monday", first=100, end=1_000):
    return start(committed, note, boot_id=boot_id, first=first, end=end, lost=list(lost))


def test_it_starts_at_the_commit():
    assert started() == Start(950)


def test_it_starts_at_the_safe_commit_after_a_reboot():
    assert started(boot_id="tuesday").offset == 700


def test_it_starts_at_the_safe_commit_when_new_parts_are_lost():
    assert started(lost=[NEW]).offset == 700


@pytest.mark.parametrize("part", [OLD, MERGED])
def test_it_reads_all_that_kafka_has_when_other_parts_are_lost(part):
    assert started(lost=[NEW, part]).offset == 100


def test_it_starts_at_the_end_of_a_log_that_was_cut():
    begin = started(end=900)

    assert begin.offset == 900
    assert "Kafka lost the end" in begin.reason


def test_it_starts_at_the_safe_commit_when_the_log_was_cut_behind_it():
    assert started(end=900, boot_id="tuesday").offset == 700
    assert started(end=600, boot_id="tuesday").offset == 600


@pytest.mark.parametrize("found", [{"boot_id": "tuesday"}, {"lost": [NEW]}])
def test_it_starts_at_a_commit_that_was_lowered_below_the_safe_one(found):
    assert started(committed=0, first=0, end=300, **found).offset == 0


def test_it_never_starts_before_the_first_record():
    assert started(boot_id="tuesday", first=800).offset == 800


def test_the_commit_of_an_older_program_has_no_note():
    assert started(note=None, boot_id="tuesday") == Start(950)
    assert started(note=None, lost=[NEW]).offset == 100


def test_a_note_is_read_as_it_was_written():
    assert parse(NOTE.to_text()) == NOTE


@pytest.mark.parametrize("text", ["", None, "no JSON", "[1]", "7"])
def test_other_text_is_not_a_note(text):
    assert parse(text) is None


def test_a_commit_is_safe_after_90_seconds():
    history = CommitHistory(SafeCommit(0, 0.0))
    for second in range(100):
        history.add(SafeCommit(1_000 + second, 50_000.0 + second), 7.0 + second)

    assert history.safe == SafeCommit(1_005, 50_005.0)
