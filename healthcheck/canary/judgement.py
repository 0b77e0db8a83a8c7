"""Judge the canary: how old is what people can read, and in which stage do messages stop? Pure.

A message is sent every 10 s. Three that do not arrive are a problem; one slow round on a busy
machine must not be.
"""

from collections.abc import Iterable

from healthcheck.checks import Verdict
from healthcheck.observations import Canary

MAX_QUIET_SECONDS = 30.0
# A step waits for 3 s at most, and the pause between two rounds lasts up to 10 s.
MAX_STEP_SECONDS = 20.0
# More than one slow answer: while it fails, /api/data is asked again every second.
MAX_API_FAILING_SECONDS = 5.0
WHERE = {
    "broker": "is not acknowledged by the broker",
    "pipeline": "is acknowledged, but not readable by /api/data",
    "api": "cannot be read, because of /api/data",
}
# In the order in which a message needs them: the first that is not well is the cause.
NEEDED = {
    "broker": ("registry", "mosquitto"),
    "pipeline": ("ingest", "kafka", "writer", "clickhouse", "mongodb"),
    "api": ("mongodb", "clickhouse", "gunicorn"),
}


def problem(canary: Canary | None, verdicts: Iterable[Verdict]) -> str | None:
    """Return what is wrong as a sentence, with the stage and the program that is the cause."""
    if canary is None:
        return None
    if hangs := hanging(canary):
        return hangs
    if canary.quiet_seconds <= MAX_QUIET_SECONDS:
        return None
    newest = f"the newest readable message of the canary is {canary.quiet_seconds:.0f} s old"
    if canary.age_seconds is None:
        newest = f"no message of the canary was readable for {canary.quiet_seconds:.0f} s"
    if canary.failure is None:
        return newest
    stage, reason = canary.failure
    cause = cause_of(stage, verdicts)
    because = f" ({cause})" if cause else ""
    return f"{newest}: the last one {WHERE[stage]}: {reason}{because}"


def hanging(canary: Canary) -> str | None:
    """Return a sentence when the canary's own thread does not come back from a step."""
    if canary.step_seconds <= MAX_STEP_SECONDS:
        return None
    return f"the canary hangs: it has been {canary.doing} for {canary.step_seconds:.0f} s"


def cause_of(stage: str, verdicts: Iterable[Verdict]) -> str | None:
    """Return the first program of the stage that is not well, in two words or four."""
    by_name = {verdict.name: verdict for verdict in verdicts}
    for name in NEEDED[stage]:
        verdict = by_name.get(name)
        if verdict and verdict.status != "ok":
            by = f" by {verdict.blocked_by}" if verdict.blocked_by else ""
            return f"{name} is {verdict.status}{by}"
    return None


def api_is_broken(canary: Canary | None) -> str | None:
    """Return why users must not be sent here: /api/data does not answer; None when it does.

    None too while the canary hangs or has not started: it knows nothing then.
    """
    if canary is None or hanging(canary):
        return None
    if canary.api_failing_seconds <= MAX_API_FAILING_SECONDS:
        return None
    return f"/api/data has not answered for {canary.api_failing_seconds:.0f} s"
