import pytest

from healthcheck import lag
from healthcheck.lag import Sample


def watched(*lags_ms: int, every_seconds: float = 15) -> tuple[Sample, ...]:
    return tuple(Sample(number * every_seconds, value) for number, value in enumerate(lags_ms))


def test_a_lag_that_grows_says_how_fast() -> None:
    samples = {"writer": watched(61_000, 70_000, 76_000)}

    assert lag.problems(samples) == [
        "writer lags 76 s behind and falls behind by another 30 s each minute; nothing is lost"
    ]
    assert lag.caught_up_in_seconds(samples["writer"]) is None


def test_a_lag_that_shrinks_says_when_it_will_be_gone() -> None:
    samples = {"writer": watched(150_000, 135_000, 120_000)}

    assert lag.problems(samples) == [
        "writer lags 120 s behind and will have caught up in about 2 min; nothing is lost"
    ]
    assert lag.caught_up_in_seconds(samples["writer"]) == pytest.approx(120)


def test_there_is_no_forecast_before_there_is_a_trend() -> None:
    samples = {"writer": watched(90_000, 95_000, every_seconds=2)}

    assert lag.problems(samples) == ["writer lags 95 s behind"]


def test_a_short_lag_is_no_problem() -> None:
    assert lag.problems({"writer": watched(100, 60_000)}) == []


def test_it_remembers_the_last_minute_of_each_consumer() -> None:
    samples: lag.Samples = {}
    for now in range(0, 200, 10):
        samples = lag.note(samples, {"ingest": now, "writer": 5}, now)

    assert samples["ingest"][0] == (130, 130)
    assert samples["ingest"][-1] == (190, 190)
    assert set(samples) == {"ingest", "writer"}


def test_a_consumer_that_no_longer_writes_its_lag_is_forgotten() -> None:
    samples = lag.note({"writer": watched(5)}, {}, 15)

    assert samples == {}
