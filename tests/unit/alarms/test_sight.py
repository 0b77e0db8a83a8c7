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


def test_what_another_program_has_seen_until_a_moment_ago_goes_on():
    sight = Sight()
    sight.continued(5 * SECOND_US, 100 * SECOND_US)

    sight.note(120 * SECOND_US, lag_ms=0)

    assert not sight.take_was_blind()
    assert (sight.since_us, sight.seen_us) == (5 * SECOND_US, 120 * SECOND_US)


def test_while_it_catches_up_with_records_that_were_always_written_it_was_not_blind():
    sight = Sight()
    sight.continued(5 * SECOND_US, 100 * SECOND_US)
    for second in range(110, 400, 10):
        sight.saw(second * SECOND_US)
    sight.note(410 * SECOND_US, lag_ms=0)

    assert not sight.take_was_blind()


def test_a_time_without_records_is_a_blindness_even_if_it_ends_before_it_sees_again():
    sight = Sight()
    sight.continued(5 * SECOND_US, 100 * SECOND_US)
    sight.saw(200 * SECOND_US)
    assert (sight.since_us, sight.seen_us) == (200 * SECOND_US, 200 * SECOND_US)
    sight.note(201 * SECOND_US, lag_ms=0)

    assert sight.take_was_blind()


def test_what_is_not_known_or_was_lost_does_not_go_on():
    sight = Sight()
    sight.continued(0, 0)
    assert sight.since_us is None
    sight.continued(5 * SECOND_US, 100 * SECOND_US)
    sight.lost()
    sight.saw(101 * SECOND_US)
    sight.note(102 * SECOND_US, lag_ms=0)

    assert sight.take_was_blind()
    assert sight.since_us == 102 * SECOND_US
