from healthcheck.history import Silences, Since, Starts
from healthcheck.observations import Heartbeat, Process


def running(pid: int, started_at: float = 0.0) -> dict[str, Process]:
    return {"kafka": Process("RUNNING", pid=pid, started_at=started_at)}


def beat(beat_at: float) -> Heartbeat:
    return Heartbeat(7, beat_at, None, "storing", {})


def test_it_keeps_the_time_while_the_status_stays() -> None:
    since = Since()

    since.note("kafka", "ok", 100)

    assert since.note("kafka", "ok", 160) == 100
    assert since.note("kafka", "failed", 170) == 170


def test_it_does_not_count_the_first_start() -> None:
    starts = Starts()

    starts.note(running(7), 101)
    starts.note(running(7), 102)

    assert starts.last_hour("kafka", 102) == 0


def test_it_counts_each_start_after_the_first_also_within_one_second() -> None:
    starts = Starts()

    starts.note(running(7), 101)
    starts.note(running(0), 101.2)
    starts.note(running(8), 101.4)
    starts.note(running(9), 101.6)

    assert starts.last_hour("kafka", 102) == 2


def test_it_forgets_starts_after_an_hour() -> None:
    starts = Starts()

    starts.note(running(7), 101)
    starts.note(running(8), 201)

    assert starts.last_hour("kafka", 201 + 3600) == 0


def test_a_jump_of_the_wall_clock_does_not_change_when_a_process_was_started() -> None:
    starts = Starts()

    starts.note(running(7, started_at=100), 101)
    steady = starts.note(running(7, started_at=3700), 3701)

    assert steady["kafka"].started_at == 100
    assert starts.last_hour("kafka", 3701) == 0


def test_the_total_never_falls() -> None:
    starts = Starts()

    starts.note(running(7, started_at=100), 101)
    starts.note(running(8, started_at=200), 201)
    starts.last_hour("kafka", 201 + 3600)

    assert starts.total("kafka") == 1
    assert starts.total("redis") == 0


def test_a_heartbeat_that_does_not_change_is_silent_for_as_long_as_it_was_watched() -> None:
    silences = Silences()

    seconds = [silences.note("ingest", beat(1000.0), now).silent_seconds for now in (50, 51, 54)]

    assert seconds == [0, 1, 4]
    assert silences.note("ingest", beat(1001.0), 55).silent_seconds == 0


def test_a_heartbeat_is_not_silent_because_the_wall_clock_jumped() -> None:
    silences = Silences()

    silences.note("ingest", beat(1000.0), 50)

    assert silences.note("ingest", beat(1000.0 - 3600), 51).silent_seconds == 0
    assert silences.note("ingest", beat(1000.0 + 3600), 52).silent_seconds == 0


def test_the_time_for_which_the_whole_container_was_paused_counts_only_in_part() -> None:
    silences = Silences()

    silences.note("ingest", beat(1000.0), 50)

    assert silences.note("ingest", beat(1000.0), 650).silent_seconds == 5
