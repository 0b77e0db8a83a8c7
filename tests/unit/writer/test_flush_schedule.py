import pytest

from qlines.writer.flush_schedule import FlushSchedule, latest_seconds


def test_points_are_due_at_once_when_it_was_quiet():
    assert FlushSchedule().is_points_due(0.0)


def test_points_are_due_once_a_second():
    schedule = FlushSchedule(points_every_seconds=1.0)
    schedule.note_points(10.0, 1)

    assert not schedule.is_points_due(10.9)
    assert schedule.is_points_due(11.0)


def test_latest_is_due_less_often_under_load():
    quiet, loaded = FlushSchedule(), FlushSchedule()
    for schedule, readings in ((quiet, 100), (loaded, 10_000)):
        schedule.note_points(0.0, 1)
        schedule.note_latest(1.0, readings)

    assert quiet.is_latest_due(1.02)
    assert not loaded.is_latest_due(1.28)
    assert loaded.is_latest_due(1.30)


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [(1, 0.015), (500, 0.02), (1_000, 0.04), (5_000, 0.04), (10_000, 0.29), (24_200, 1.0)],
)
def test_the_interval_of_latest_grows_with_the_rate(rate, seconds):
    assert latest_seconds(rate) == pytest.approx(seconds)


def test_a_device_at_its_limit_beside_others_at_most_doubles_the_interval():
    assert latest_seconds(500 + 2_000) <= 2 * latest_seconds(500)


def test_it_knows_when_each_table_is_due():
    schedule = FlushSchedule()
    schedule.note_points(10.0, 1)
    schedule.note_latest(10.5, 500)

    assert round(schedule.seconds_to_latest(10.51), 3) == 0.03
    assert round(schedule.seconds_to_points(10.51), 3) == 0.49
    assert schedule.seconds_to_points(12.0) == schedule.seconds_to_latest(12.0) == 0.0


def test_latest_is_due_quickly_again_after_the_load():
    schedule = FlushSchedule()
    schedule.note_points(0.0, 1)
    schedule.note_latest(1.0, 25_000)
    schedule.note_points(1.5, 30_000)

    schedule.note_points(9.0, 3)

    assert schedule.is_latest_due(9.02)
