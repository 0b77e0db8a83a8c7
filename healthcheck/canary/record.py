"""What the canary has seen so far; pure.

A message goes through three stages, and a round, which sends one, fails in at most one of them:

    broker    the broker acknowledges it
    pipeline  spool, ingest, Kafka, writer and ClickHouse make it readable
    api       /api/data answers
"""

from typing import NamedTuple

from healthcheck.observations import Canary, CanaryFailure

STAGES = ("broker", "pipeline", "api")
# Ten minutes of rounds: what is not readable by then tells nothing any more.
MAX_UNREAD = 60


class Record(NamedTuple):
    """Everything that the canary knows; times are seconds of the monotonic clock.

    *unread* are the messages that were sent and are not readable yet: when, by number.
    *newest_at* is when the newest readable one was sent. *doing* is the step that began at
    *step_at*. *api_failing_at* is when /api/data failed first after it last answered.
    """

    started_at: float
    step_at: float
    doing: str = "starting"
    unread: dict[int, float] = {}  # noqa: RUF012 - never changed in place
    newest_at: float | None = None
    latency_seconds: float | None = None
    sent: int = 0
    failures: dict[str, int] = dict.fromkeys(STAGES, 0)
    failure: CanaryFailure | None = None
    api_failing_at: float | None = None


def new(now: float) -> Record:
    """Return the record of a canary that starts now."""
    return Record(now, now)


def step(record: Record, doing: str, now: float) -> Record:
    """Note that a step begins; *doing* completes "it has been …", should the step hang."""
    return record._replace(doing=doing, step_at=now)


def sending(record: Record, number: int, now: float) -> Record:
    """Note that a message is sent. It may become readable even if it is not acknowledged."""
    unread = dict([*record.unread.items(), (number, now)][-MAX_UNREAD:])
    return record._replace(unread=unread, sent=record.sent + 1)


def read(record: Record, number: int | None, now: float) -> Record:
    """Note that /api/data answered, and which message is the newest in it.

    A number from before the last restart of healthd says nothing: when it was sent is unknown.
    """
    record = record._replace(api_failing_at=None)
    sent_at = record.unread.get(number) if number is not None else None
    if sent_at is None:
        return record
    later = {other: at for other, at in record.unread.items() if at > sent_at}
    return record._replace(unread=later, newest_at=sent_at, latency_seconds=now - sent_at)


def not_read(record: Record, now: float) -> Record:
    """Note that /api/data did not answer."""
    if record.api_failing_at is not None:
        return record
    return record._replace(api_failing_at=now)


def ended(record: Record, failure: CanaryFailure | None) -> Record:
    """Note how a round ended."""
    if failure is None:
        return record._replace(failure=None)
    failures = {**record.failures, failure.stage: record.failures[failure.stage] + 1}
    return record._replace(failure=failure, failures=failures)


def observed(record: Record, now: float) -> Canary:
    """Return what the record means now: ages instead of times."""
    newest_at, failing_at = record.newest_at, record.api_failing_at
    return Canary(
        age_seconds=None if newest_at is None else now - newest_at,
        latency_seconds=record.latency_seconds,
        quiet_seconds=now - (record.started_at if newest_at is None else newest_at),
        doing=record.doing,
        step_seconds=now - record.step_at,
        sent=record.sent,
        failures=record.failures,
        failure=record.failure,
        api_failing_seconds=0.0 if failing_at is None else now - failing_at,
    )
