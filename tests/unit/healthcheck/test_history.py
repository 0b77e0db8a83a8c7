from healthcheck.history import Restarts, Since
from healthcheck.observations import Process


def started(at: float) -> dict[str, Process]:
    return {"kafka": Process("RUNNING", started_at=at)}


def test_it_keeps_the_time_while_the_status_stays() -> None:
    since = Since()

    since.note("kafka", "ok", 100)

    assert since.note("kafka", "ok", 160) == 100
    assert since.note("kafka", "failed", 170) == 170


def test_it_does_not_count_the_first_start() -> None:
    restarts = Restarts()

    restarts.note(started(100), 101)
    restarts.note(started(100), 102)

    assert restarts.last_hour("kafka", 102) == 0


def test_it_counts_each_start_after_the_first() -> None:
    restarts = Restarts()

    restarts.note(started(100), 101)
    restarts.note(started(200), 201)
    restarts.note(started(300), 301)

    assert restarts.last_hour("kafka", 302) == 2


def test_it_forgets_starts_after_an_hour() -> None:
    restarts = Restarts()

    restarts.note(started(100), 101)
    restarts.note(started(200), 201)

    assert restarts.last_hour("kafka", 201 + 3600) == 0
