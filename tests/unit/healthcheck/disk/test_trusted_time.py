"""A clock that jumps is believed after a day of running, and until then the earlier time counts."""

from healthcheck.disk.trusted_time import TrustedTime, advance, time_of

NOW = 1_800_000_000.0
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0


def run(state: TrustedTime, seconds: float, clock: float) -> tuple[TrustedTime, float]:
    """Advance in steps of ten minutes; return the state and the time at the end."""
    passed = 0.0
    while passed < seconds:
        passed += 600
        state = advance(state, 600, clock + passed)
    return state, time_of(state, clock + passed)


def test_it_starts_with_the_clock_and_follows_it() -> None:
    state = advance(None, 0, NOW)

    _, time = run(state, 3 * HOUR, NOW)

    assert time == NOW + 3 * HOUR


def test_a_clock_that_is_corrected_a_little_is_followed() -> None:
    state = advance(advance(None, 0, NOW), 60, NOW + 200)

    assert time_of(state, NOW + 200) == NOW + 200


def test_a_clock_that_jumps_ahead_is_not_believed_for_a_day_of_running() -> None:
    start = advance(None, 0, NOW)

    state, time = run(start, 23 * HOUR, NOW + YEAR)
    assert time == NOW + 23 * HOUR

    _, time = run(state, 2 * HOUR, NOW + YEAR + 23 * HOUR)
    assert time == NOW + YEAR + 25 * HOUR


def test_a_clock_that_jumped_and_is_corrected_was_never_believed() -> None:
    state, _ = run(advance(None, 0, NOW), 2 * HOUR, NOW + YEAR)

    _, time = run(state, 2 * HOUR, NOW + 2 * HOUR)

    assert time == NOW + 4 * HOUR


def test_a_clock_that_is_behind_counts_at_once_and_so_does_its_correction() -> None:
    state, time = run(advance(None, 0, NOW), HOUR, NOW - YEAR)
    assert time == NOW - YEAR + HOUR

    _, time = run(state, HOUR, NOW + HOUR)
    assert time == NOW + 2 * HOUR


def test_a_long_stop_looks_like_a_jump_and_is_over_after_a_day() -> None:
    saved = TrustedTime(NOW, 0.0)

    state, time = run(saved, HOUR, NOW + 30 * DAY)
    assert time == NOW + HOUR

    _, time = run(state, DAY, NOW + 30 * DAY + HOUR)
    assert time == NOW + 31 * DAY + HOUR


def test_a_jump_while_a_stop_is_held_begins_another_day() -> None:
    state, _ = run(TrustedTime(NOW, 0.0), 23.9 * HOUR, NOW + 1_000)
    passed = state.line - NOW

    state, time = run(state, HOUR, NOW + passed + YEAR)
    assert time == NOW + passed + HOUR

    _, time = run(state, DAY, NOW + passed + YEAR + HOUR)
    assert time == NOW + passed + YEAR + HOUR + DAY


def test_a_small_correction_does_not_begin_another_day() -> None:
    state, _ = run(TrustedTime(NOW, 0.0), 12 * HOUR, NOW + YEAR)

    _, time = run(state, 13 * HOUR, NOW + YEAR + 12 * HOUR + 100)

    assert time == NOW + YEAR + 25 * HOUR + 100
