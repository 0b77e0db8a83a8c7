import pytest

from healthcheck.disk import forecast
from healthcheck.disk.forecast import Forecast, Sample

NOW = 1_800_000_000.0
HOUR = 3600.0
GB = 10**9


def grown(hours: int, bytes_per_hour: int) -> list[Sample]:
    """Return hourly samples up to an hour ago."""
    return [Sample(NOW - age * HOUR, 50 * GB - age * bytes_per_hour) for age in range(hours, 0, -1)]


def test_it_keeps_a_sample_an_hour_for_a_week() -> None:
    samples: list[Sample] = []
    for step in range(8 * 24 * 6):
        samples = forecast.remember(samples, Sample(NOW + step * 600, step))

    assert len(samples) == 7 * 24
    assert samples[-1].at - samples[0].at == (7 * 24 - 1) * HOUR


def test_it_forgets_samples_of_a_time_that_has_not_come() -> None:
    samples = [Sample(NOW - HOUR, 1), Sample(NOW + 900 * HOUR, 2)]

    assert forecast.remember(samples, Sample(NOW, 3)) == [Sample(NOW - HOUR, 1), Sample(NOW, 3)]


def test_it_says_in_how_many_days_the_room_is_used_up() -> None:
    samples = grown(48, GB // 24)

    days, growth = forecast.forecast(samples, Sample(NOW, 50 * GB), 10 * GB)

    assert growth == pytest.approx(GB, rel=0.01)
    assert days == pytest.approx(10, rel=0.01)


def test_a_merge_that_doubles_a_part_for_a_while_does_not_change_it() -> None:
    samples = grown(48, GB // 24)
    samples[3] = samples[3]._replace(used_bytes=90 * GB)
    samples[-2] = samples[-2]._replace(used_bytes=90 * GB)

    days, _ = forecast.forecast(samples, Sample(NOW, 90 * GB), 10 * GB)

    assert days == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("samples", [[], grown(1, GB), grown(5, GB)])
def test_it_knows_nothing_before_six_hours(samples: list[Sample]) -> None:
    assert forecast.forecast(samples, Sample(NOW, 50 * GB), GB) == (None, None)


def test_a_disk_that_does_not_grow_is_never_full() -> None:
    days, growth = forecast.forecast(grown(48, -GB // 24), Sample(NOW, 50 * GB), 10 * GB)

    assert days is None
    assert growth is not None
    assert growth < 0


def test_a_short_forecast_is_a_problem_in_a_sentence() -> None:
    assert forecast.sentence(Forecast(5.24, 1.3e9), 90) == (
        "the disk is 90 % full in 5.2 days, it grows by 1300 MB a day: then the oldest readings"
        " are deleted; add space or shorten QLINES_RETENTION_DAYS"
    )


@pytest.mark.parametrize("expected", [Forecast(None, None), Forecast(None, -1), Forecast(8, 1e9)])
def test_a_long_or_no_forecast_is_none(expected: Forecast) -> None:
    assert forecast.sentence(expected, 90) is None
