from qlines.writer.pace import POINTS_AN_INSERT, Pace


def test_it_stores_at_once_when_it_was_quiet():
    assert Pace().is_time_to_store(0.0, 1)


def test_it_stores_once_a_second_when_little_comes():
    pace = Pace()
    pace.note_stored(10.0, 1)

    assert not pace.is_time_to_store(10.9, 1)
    assert pace.is_time_to_store(11.0, 1)


def test_it_stores_at_once_when_many_points_have_gathered():
    pace = Pace()
    pace.note_stored(10.0, 1)

    assert pace.is_time_to_store(10.1, POINTS_AN_INSERT)


def test_it_shows_less_often_the_more_there_is():
    slow, fast = Pace(), Pace()
    for pace, readings in ((slow, 100), (fast, 10_000)):
        pace.note_stored(0.0, 1)
        pace.note_shown(1.0, readings)

    assert slow.is_time_to_show(1.02)
    assert not fast.is_time_to_show(1.3)
    assert fast.is_time_to_show(1.41)


def test_it_says_when_the_next_insert_is_due():
    pace = Pace()
    pace.note_stored(10.0, 1)
    pace.note_shown(10.5, 500)

    assert round(pace.seconds_to_next(10.51, is_shown=False), 3) == 0.03
    assert round(pace.seconds_to_next(10.51, is_shown=True), 3) == 0.49
    assert pace.seconds_to_next(12.0, is_shown=True) == 0.0


def test_it_shows_at_once_again_when_the_load_is_over():
    pace = Pace()
    pace.note_stored(0.0, 1)
    pace.note_shown(1.0, 25_000)
    pace.note_stored(1.5, 30_000)

    pace.note_stored(9.0, 3)

    assert pace.is_time_to_show(9.02)
