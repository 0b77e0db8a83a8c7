from datetime import UTC, datetime, timedelta

from qlines.jobs.dispatch.batching import DIGEST, GROUP, MAX_A_MINUTE, MINUTE, Slot, slot_for

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def test_the_first_message_leaves_at_once():
    assert slot_for("one", "rule:tag", [], NOW) == Slot("one", "rule:tag", NOW)


def test_what_follows_within_30_s_leaves_together_30_s_after_the_first():
    first = Slot("one", "rule:tag", ago(10))

    second = slot_for("two", "rule:tag", [first], NOW)
    third = slot_for("three", "rule:tag", [first, second], NOW + timedelta(seconds=5))

    assert second == third == Slot("two", "rule:tag", ago(10) + GROUP)


def test_another_rule_or_tag_does_not_wait():
    assert slot_for("two", "rule:other", [Slot("one", "rule:tag", ago(1))], NOW).leaves_at == NOW


def test_after_30_s_the_next_one_leaves_at_once():
    assert slot_for("two", "g", [Slot("one", "g", ago(30))], NOW).leaves_at == NOW


def test_a_severity_that_rises_does_not_wait_for_its_group():
    waiting = [Slot("one", "g", ago(5)), Slot("two", "g", NOW + timedelta(seconds=25))]

    assert slot_for("three", "g", waiting, NOW, is_rise=True).leaves_at == NOW


def test_the_eleventh_message_of_a_minute_opens_a_digest_that_the_next_ones_join():
    taken = [Slot(f"m{number}", f"g{number}", ago(40 - number)) for number in range(MAX_A_MINUTE)]

    digest = slot_for("m10", "g10", taken, NOW)

    assert digest == Slot("m10", DIGEST, ago(40) + MINUTE)
    assert slot_for("m11", "g11", [*taken, digest], NOW) == digest
    assert slot_for("m12", "g12", [*taken, digest], NOW, is_rise=True) == digest


def test_nine_messages_a_minute_are_no_storm():
    taken = [Slot(f"m{number}", f"g{number}", ago(1)) for number in range(MAX_A_MINUTE - 1)]

    assert slot_for("m9", "g9", taken, NOW).leaves_at == NOW


def test_many_that_left_as_one_message_count_as_one():
    taken = [Slot("same", "g", ago(1))] * 100

    assert slot_for("m", "other", taken, NOW).leaves_at == NOW
