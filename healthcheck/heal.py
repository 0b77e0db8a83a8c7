"""Decide which program to restart: hit points, a budget, and grace for its neighbours; pure.

supervisord restarts what ends. This is for what does not end: a program that was stopped, hangs,
or no longer answers. As in mailcow's watchdog, each program has hit points: failures cost them,
successes give them back, and at zero the program is restarted. A point is a second.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from healthcheck.checks import Verdict
from healthcheck.observations import MAX_STEP_SECONDS
from qlines.programs import BY_NAME, NAMES, Program

HIT_POINTS = 10.0
# A store that recovers after a crash answers late on a slow disk, and killing it would begin its
# recovery again: a process that has never answered has this long, and twice as long each time.
FIRST_ANSWER_SECONDS = 900.0
# A program that waits for a restarted one may time out once more before it recovers.
GRACE_SECONDS = 30.0
# Restarting many at once would load a machine that may only be too slow.
PAUSE_SECONDS = 5.0
MAX_RESTARTS = 3
MAX_REPORTED = 20
BUDGET_SECONDS = 600.0


class Patient(NamedTuple):
    """A running process: *runs_seconds* since its start; *has_answered*, or has beaten, before."""

    is_stopped: bool = False
    has_answered: bool = True
    runs_seconds: float = 0.0


class Vitality(NamedTuple):
    """How one program has fared; times are seconds of the monotonic clock.

    *restarts* are those by healing within the last BUDGET_SECONDS, the oldest first.
    """

    points: float = HIT_POINTS
    restarts: tuple[float, ...] = ()
    grace_until: float = float("-inf")


class State(NamedTuple):
    """What the last decision leaves for the next one."""

    programs: Mapping[str, Vitality] = {}
    decided_at: float | None = None
    restarted_at: float = float("-inf")


class Decision(NamedTuple):
    """What to do now: a program to restart, or one for whose sake to end the container.

    *given_up* are sentences about the programs that need a restart and have used up their budget.
    """

    state: State
    restart: Verdict | None = None
    end_container_for: Verdict | None = None
    given_up: tuple[str, ...] = ()


class Restart(NamedTuple):
    """A restart by healing: when (epoch seconds), which program, and what was wrong with it."""

    at: float
    name: str
    sentence: str


class Healing(NamedTuple):
    """What the report says about healing.

    *restarts* are the newest, the oldest first; *counts* are all since the checker started;
    *given_up* are sentences.
    """

    restarts: tuple[Restart, ...] = ()
    counts: Mapping[str, int] = {}
    given_up: tuple[str, ...] = ()


def decide(
    state: State,
    verdicts: Iterable[Verdict],
    running: Mapping[str, Patient],
    now: float,
    *,
    is_disk_full: bool = False,
) -> Decision:
    """Return what to do about these verdicts; *running* are the programs that have a process.

    1. Count each program's points.
    2. Of those without points, those with a budget are candidates, the others are given up.
    3. Restart the first candidate in the order of the data flow: it may be the cause of the rest.
    """
    elapsed = 0.0 if state.decided_at is None else min(now - state.decided_at, MAX_STEP_SECONDS)
    by_name = {verdict.name: verdict for verdict in verdicts}
    programs = {
        name: counted(
            state.programs.get(name, Vitality()), verdict, running.get(name), elapsed, now
        )
        for name, verdict in by_name.items()
    }
    state = state._replace(programs=programs, decided_at=now)
    exhausted = [name for name in NAMES if name in programs and programs[name].points <= 0]
    given_up = [name for name in exhausted if len(programs[name].restarts) >= MAX_RESTARTS]
    sentences = tuple(_given_up(by_name[name]) for name in given_up)
    candidates = [name for name in exhausted if name not in given_up]
    if candidates and now - state.restarted_at >= PAUSE_SECONDS:
        chosen = candidates[0]
        return Decision(restarted(state, chosen, now), by_name[chosen], None, sentences)
    helped = [name for name in given_up if BY_NAME[name].ends_container]
    # A new container on the same full disk fails alike.
    end_for = by_name[helped[0]] if helped and not is_disk_full else None
    return Decision(state, None, end_for, sentences)


def counted(
    vitality: Vitality, verdict: Verdict, patient: Patient | None, elapsed: float, now: float
) -> Vitality:
    """Return the vitality after *elapsed* seconds with this verdict.

    A program that waits or starts neither loses nor gains, and neither does one in its grace or
    before its first answer, unless it was stopped, which no neighbour does to it. One that does not
    run is supervisord's to restart, and gets all its points for its next life.
    """
    points = vitality.points
    if patient is None:
        points = HIT_POINTS
    elif verdict.status == "ok":
        points = min(HIT_POINTS, points + elapsed)
    elif verdict.status == "failed" and (patient.is_stopped or _may_cost(vitality, patient, now)):
        points = max(0.0, points - elapsed)
    recent = tuple(at for at in vitality.restarts if now - at < BUDGET_SECONDS)
    return vitality._replace(points=points, restarts=recent)


def _may_cost(vitality: Vitality, patient: Patient, now: float) -> bool:
    if now < vitality.grace_until:
        return False
    patience = FIRST_ANSWER_SECONDS * 2 ** len(vitality.restarts)
    return patient.has_answered or patient.runs_seconds > patience


def restarted(state: State, name: str, now: float) -> State:
    """Return the state after a restart of *name*: all its points, and grace for its neighbours."""
    programs = dict(state.programs)
    before = programs[name]
    programs[name] = Vitality(HIT_POINTS, (*before.restarts, now), now + GRACE_SECONDS)
    for neighbour in dependants(name):
        if neighbour in programs:
            programs[neighbour] = programs[neighbour]._replace(
                points=HIT_POINTS, grace_until=now + GRACE_SECONDS
            )
    return State(programs, state.decided_at, now)


def dependants(name: str) -> set[str]:
    """Return the programs that wait for *name*, directly or through others."""
    found: set[str] = set()
    waiting: list[Program] = [BY_NAME[name]]
    while waiting:
        program = waiting.pop()
        for other in BY_NAME.values():
            if program.name in other.waits_for and other.name not in found:
                found.add(other.name)
                waiting.append(other)
    return found


def healing(decision: Decision, before: Healing, at: float) -> Healing:
    """Return what the report says after *decision*; *at* is epoch seconds."""
    verdict = decision.restart
    if verdict is None:
        return before._replace(given_up=decision.given_up)
    restart = Restart(at, verdict.name, verdict.sentence)
    counts = {**before.counts, verdict.name: before.counts.get(verdict.name, 0) + 1}
    return Healing((*before.restarts, restart)[-MAX_REPORTED:], counts, decision.given_up)


def _given_up(verdict: Verdict) -> str:
    minutes = round(BUDGET_SECONDS / 60)
    return (
        f"{verdict.name} was restarted {MAX_RESTARTS} times in {minutes} minutes and is not well "
        f"again, so it is not restarted now ({verdict.sentence})"
    )
