from qlines.alarms.sight import Sight

SECOND_US = 1_000_000


def test_who_has_just_begun_or_is_behind_does_not_see():
    sight = Sight()
    assert not sight.is_clear

    sight.note(0, lag_ms=None)
    assert not sight.is_clear
    sight.note(0, lag_ms=60_000)
    assert not sight.is_clear
    sight.note(0, lag_ms=100)
    assert sight.is_clear


def test_after_the_start_and_after_a_long_blindness_silence_counts_anew_once_each():
    sight = Sight()
    sight.note(0, lag_ms=0)
    assert [sight.take_was_blind(), sight.take_was_blind()] == [True, False]

    sight.note(10 * SECOND_US, lag_ms=None)
    sight.note(20 * SECOND_US, lag_ms=0)
    assert not sight.take_was_blind(), "a moment is noticed by nobody"
    sight.note(60 * SECOND_US, lag_ms=0)

    assert sight.take_was_blind()
