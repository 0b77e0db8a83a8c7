from healthcheck.canary import record
from healthcheck.observations import CanaryFailure


def one_that_sent(*times: float) -> record.Record:
    """Return the record of a canary that started at 0 and sent messages 1, 2, … at these times."""
    written = record.new(0.0)
    for number, at in enumerate(times, start=1):
        written = record.sending(written, number, at)
    return written


def test_age_and_latency_are_unknown_before_the_first_message() -> None:
    seen = record.observed(one_that_sent(1.0), 5.0)

    assert (seen.age_seconds, seen.latency_seconds) == (None, None)
    assert seen.quiet_seconds == 5.0


def test_the_age_is_that_of_the_sending_and_the_latency_ends_when_it_is_read() -> None:
    written = record.read(one_that_sent(10.0), 1, 10.5)

    seen = record.observed(written, 14.0)

    assert (seen.age_seconds, seen.latency_seconds, seen.quiet_seconds) == (4.0, 0.5, 4.0)


def test_a_late_message_counts_from_its_own_sending() -> None:
    written = record.read(one_that_sent(10.0, 20.0, 30.0), 2, 31.0)

    seen = record.observed(written, 32.0)

    assert (seen.age_seconds, seen.latency_seconds) == (12.0, 11.0)
    assert written.unread == {3: 30.0}


def test_a_message_of_an_earlier_process_says_nothing() -> None:
    written = one_that_sent(10.0)

    assert record.read(written, 77, 11.0) == written
    assert record.read(written, None, 11.0) == written


def test_it_keeps_the_newest_messages_of_an_outage_only() -> None:
    written = one_that_sent(*map(float, range(100)))

    assert len(written.unread) == record.MAX_UNREAD
    assert max(written.unread) == 100
    assert written.sent == 100


def test_failures_are_counted_by_stage_and_a_good_round_ends_the_last() -> None:
    failure = CanaryFailure("broker", "port 1883 is closed")

    failed = record.ended(record.ended(record.new(0.0), failure), failure)
    well = record.ended(failed, None)

    assert failed.failure == failure
    assert well.failure is None
    assert well.failures == {"broker": 2, "pipeline": 0, "api": 0}


def test_the_api_fails_from_its_first_failure_until_it_answers() -> None:
    failing = record.not_read(record.not_read(record.new(0.0), 3.0), 6.0)

    assert record.observed(failing, 10.0).api_failing_seconds == 7.0
    assert record.observed(record.read(failing, None, 11.0), 12.0).api_failing_seconds == 0.0


def test_a_step_has_an_age() -> None:
    written = record.step(record.new(0.0), "reading /api/data", 7.0)

    seen = record.observed(written, 40.0)

    assert (seen.doing, seen.step_seconds) == ("reading /api/data", 33.0)
