"""Decide whether users may be sent here: what `/health/ready` means; pure.

It is not the question whether everything is well. A program that restarts unnoticed by people and
devices, as Kafka or the writer may, is a finding of the deep report and no reason to send users
away; and an appliance where all is well may be drained.
"""

from collections.abc import Iterable
from typing import NamedTuple

from healthcheck.checks import Verdict
from qlines.maintenance import Maintenance
from qlines.programs import BY_NAME


class Conditions(NamedTuple):
    """What counts besides the programs.

    *has_started*: since the container started, everything has been well at once. *safe_mode*: why
    no program runs. *restoring*, *moving*: what a restore or a move does for which programs are
    stopped. *api_problem*: why sign-in and `/api/data` cannot work although they answer.
    """

    has_started: bool
    maintenance: Maintenance | None = None
    safe_mode: str | None = None
    api_problem: str | None = None
    restoring: str = ""
    moving: str = ""


class Readiness(NamedTuple):
    """The answer, with its reason.

    *status* is ok, starting, restoring, moving, draining, safe mode or down.
    """

    status: str
    reason: str = ""


def judge(verdicts: Iterable[Verdict], conditions: Conditions) -> Readiness:
    """Return whether users may be sent here.

    1. Safe mode: nothing runs, a restore neither.
    2. A restore or a move, before the drain during which somebody runs it: they wait for it.
    3. The drain: the operator wants to read that, and not that it is still starting.
    4. A start that is not complete.
    5. A program that people need is not well, or the API does not work.
    """
    if conditions.safe_mode:
        return Readiness("safe mode", conditions.safe_mode)
    if conditions.restoring:
        return Readiness("restoring", conditions.restoring)
    if conditions.moving:
        return Readiness("moving", conditions.moving)
    if conditions.maintenance:
        return Readiness("draining", conditions.maintenance.reason)
    unwell = [verdict for verdict in verdicts if verdict.status != "ok"]
    if not conditions.has_started:
        missing = [verdict for verdict in unwell if is_needed_to_start(verdict.name)]
        return Readiness("starting", in_words(missing)) if missing else Readiness("ok")
    missing = [verdict for verdict in unwell if BY_NAME[verdict.name].is_needed_for_ready]
    if missing:
        return Readiness("down", in_words(missing))
    if conditions.api_problem:
        return Readiness("down", conditions.api_problem)
    return Readiness("ok")


def has_started(verdicts: Iterable[Verdict]) -> bool:
    """Return whether everything that the appliance cannot do without is well at this moment."""
    return all(verdict.status == "ok" for verdict in verdicts if is_needed_to_start(verdict.name))


def is_needed_to_start(name: str) -> bool:
    """Return whether a start is complete only with this program."""
    return BY_NAME[name].ends_container


def in_words(verdicts: Iterable[Verdict]) -> str:
    """Return the programs, each with what it is and because of whom."""
    return "; ".join(
        f"{verdict.name} is {verdict.status}"
        + (f" by {verdict.blocked_by}" if verdict.blocked_by else "")
        for verdict in verdicts
    )
