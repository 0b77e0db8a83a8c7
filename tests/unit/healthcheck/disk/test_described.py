from healthcheck.disk import described
from healthcheck.disk.forecast import Forecast
from healthcheck.disk.guard import Dropped
from healthcheck.disk.report import Report
from healthcheck.disk.state import State

NOW = 1000.0
SOON = Forecast(2.0, 1e9)


def report(level: str, drops: int = 0) -> Report:
    kept = State()
    for number in range(drops):
        kept = kept.with_dropped(Dropped(str(number), number, 2, 3))
    return Report(NOW, level, "the disk is 93 % full", SOON, 90, kept)


def test_the_guards_sentence_is_a_problem_while_it_acts() -> None:
    assert described.problems(report("saving"), NOW + 60) == ["the disk is 93 % full"]


def test_a_short_forecast_is_a_problem_before_that() -> None:
    (problem,) = described.problems(report("none"), NOW)

    assert problem.startswith("the disk is 90 % full in 2.0 days")


def test_a_guard_that_is_silent_is_a_problem_itself() -> None:
    (problem,) = described.problems(report("none"), NOW + 121)

    assert problem == "the disk's guard has been silent for 121 s: restart healthd"


def test_it_describes_what_was_dropped_the_newest_first() -> None:
    document = described.document(report("dropping", drops=30))

    assert document["forecast"] == {"days": 2.0, "growth_bytes_per_day": 1e9}
    guard = document["guard"]
    assert (guard["level"], guard["percent"], guard["dropped_partitions"]) == ("dropping", 90, 30)
    assert guard["dropped"][0] == {"partition": "29", "at": 29, "bytes": 2, "rows": 3}
    assert len(guard["dropped"]) == described.PARTITIONS_SHOWN


def test_it_says_nothing_before_the_first_measurement() -> None:
    assert described.problems(None, NOW) == []
    assert described.document(None) == {"forecast": None, "guard": None}
