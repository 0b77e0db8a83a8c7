"""Judge observations: a status and a sentence for each program, and for the whole appliance.

Pure: observations in, verdicts out. The statuses of a program:

    ok        it runs, and answers its probe or beats
    starting  it runs, does not answer yet, and still has time to
    blocked   it waits for another program that is not well; blocked_by is the root cause
    failed    it does not run, or has been silent for too long

A program that a restore or a move has stopped is blocked by it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from healthcheck.observations import Appliance, Disk, Heartbeat, Observation, Process
from qlines.errors import REFUSES
from qlines.programs import BY_NAME, Program

# A loop iterates at least every 2 s, the RQ worker's every 5 s, longer while a store is slow. From
# here on a store that is not well is the cause; without one, a program has its max_silent_seconds.
QUIET_SECONDS = 12.0
MIN_FREE_DISK_SHARE = 0.05
RUNNING_STATES = ("RUNNING", "STARTING")
STOPPED_STATES = {
    "BACKOFF": "ended just after its start and is retried",
    "STOPPED": "was stopped and not started again",
    "STOPPING": "is being stopped",
    "UNKNOWN": "is in a state unknown to supervisord",
}
RESTORE, MOVE = "restore", "move"
GONE = "has ended, and supervisord, which should start it again, does not answer"


class Verdict(NamedTuple):
    """The judgement of one program: *status* is one of the four, *sentence* explains it.

    *blocked_by* is the root cause. *is_own_fault*: the cause cannot be another program, because
    this one does not run, was stopped, or hangs. *is_quiet*: it may be waiting for a slow store,
    which is ok unless one is not well.
    """

    name: str
    status: str
    blocked_by: str | None
    sentence: str
    is_own_fault: bool = False
    is_quiet: bool = False


class Overall(NamedTuple):
    """The judgement of the appliance; *problems* are sentences, the most severe first."""

    status: str
    problems: list[str]


def judge(appliance: Appliance) -> list[Verdict]:
    """Return a verdict for each observed program.

    1. Judge each program by its own observation alone.
    2. A program that runs and is not well is blocked when one that it waits for is not well.
    """
    alone = {
        name: judge_alone(BY_NAME[name], observation, appliance.now)
        for name, observation in appliance.programs.items()
    }
    if appliance.restore and appliance.restore.is_in_the_way:
        alone |= stopped_for(RESTORE, appliance.programs)
    elif appliance.moving:
        alone |= stopped_for(MOVE, appliance.programs)
    return [with_cause(verdict, alone) for verdict in alone.values()]


def judge_alone(program: Program, observation: Observation, now: float) -> Verdict:
    """Judge one program regardless of the others."""
    process, heartbeat = observation.process, observation.heartbeat
    if process is None:
        return _own_fault(program, "is unknown to supervisord, or supervisord does not answer")
    if process.is_stopped:
        return _own_fault(program, "is stopped: a process of it was sent SIGSTOP")
    if program.is_one_shot:
        return _judge_one_shot(program, process, heartbeat, now)
    if process.state == "GONE":
        return Verdict(program.name, "blocked", "supervisord", GONE, is_own_fault=True)
    if process.state not in RUNNING_STATES:
        return _own_fault(program, why_ended(process))
    if program.probe == "heartbeat":
        return _judge_heartbeat(program, process, heartbeat, now)
    return _judge_answer(program, process, observation, now)


def _judge_answer(
    program: Program, process: Process, observation: Observation, now: float
) -> Verdict:
    answer = observation.answer
    if answer is None:
        return _not_yet(program, process, "has not been probed yet", now)
    if answer.is_ok:
        return Verdict(program.name, "ok", None, answer.sentence)
    if answer.blocked_by:
        return Verdict(program.name, "blocked", answer.blocked_by, answer.sentence)
    if observation.has_answered:
        return Verdict(program.name, "failed", None, f"was well, but {answer.sentence}")
    return _not_yet(program, process, answer.sentence, now)


def stopped_for(cause: str, programs: Mapping[str, Observation]) -> dict[str, Verdict]:
    """Return the verdicts of the programs that were stopped, which a restore or move has done."""
    return {
        name: Verdict(name, "blocked", cause, f"stopped for the {cause}", is_own_fault=True)
        for name, (process, *_) in programs.items()
        if process and process.state in ("STOPPED", "STOPPING")
    }


def why_ended(process: Process) -> str:
    """Return why a program does not run, as the rest of a sentence about it."""
    if process.spawn_error and process.state in ("FATAL", "BACKOFF"):
        return f"cannot be started: {process.spawn_error}"
    if process.state == "FATAL":
        return "ended repeatedly, and supervisord gave up: see its last lines in the log"
    if process.state == "EXITED":
        return f"ended with status {process.exit_status} and was not restarted"
    return STOPPED_STATES.get(process.state, f"is in state {process.state}")


def _judge_one_shot(
    program: Program, process: Process, heartbeat: Heartbeat | None, now: float
) -> Verdict:
    if process.has_done_its_work:
        return Verdict(program.name, "ok", None, "has done its work")
    if process.state not in RUNNING_STATES:
        return _own_fault(program, why_ended(process))
    if heartbeat and _is_of_this_process(heartbeat, process):
        if heartbeat.silent_seconds > program.max_silent_seconds:
            return _hangs(program, heartbeat)
        if heartbeat.waiting_for:
            return _blocked(program, heartbeat.waiting_for, heartbeat.sentence)
    return _not_yet(program, process, "has not done its work yet", now)


def _judge_heartbeat(
    program: Program, process: Process, heartbeat: Heartbeat | None, now: float
) -> Verdict:
    if heartbeat is None or not _is_of_this_process(heartbeat, process):
        return _not_yet(program, process, "has no heartbeat yet", now)
    if heartbeat.silent_seconds > program.max_silent_seconds:
        return _hangs(program, heartbeat)
    if heartbeat.waiting_for:
        return _blocked(program, heartbeat.waiting_for, heartbeat.sentence)
    if heartbeat.silent_seconds > QUIET_SECONDS:
        return Verdict(
            program.name, "failed", None, f"is slow: {silence(heartbeat)}", is_quiet=True
        )
    return Verdict(program.name, "ok", None, heartbeat.sentence or "its loop runs")


def _hangs(program: Program, heartbeat: Heartbeat) -> Verdict:
    return _own_fault(program, f"hangs: {silence(heartbeat)}")


def silence(heartbeat: Heartbeat) -> str:
    """Return when the last heartbeat was, and what the program did then."""
    return f'last heartbeat {heartbeat.silent_seconds:.0f} s ago, "{heartbeat.sentence}"'


def _own_fault(program: Program, sentence: str) -> Verdict:
    return Verdict(program.name, "failed", None, sentence, is_own_fault=True)


def _blocked(program: Program, waiting_for: str, said: str) -> Verdict:
    """Return the verdict; *said* is the program's own sentence, which knows why it is refused."""
    sentence = said if REFUSES in said else f"waiting for {waiting_for}"
    return Verdict(program.name, "blocked", waiting_for, sentence)


def _is_of_this_process(heartbeat: Heartbeat, process: Process) -> bool:
    return heartbeat.pid == process.pid


def _not_yet(program: Program, process: Process, sentence: str, now: float) -> Verdict:
    runs_seconds = max(0.0, now - process.started_at)
    if runs_seconds <= program.starts_within_seconds:
        return Verdict(program.name, "starting", None, sentence)
    return Verdict(
        program.name, "failed", None, f"has been running for {runs_seconds:.0f} s, but {sentence}"
    )


def with_cause(verdict: Verdict, alone: dict[str, Verdict]) -> Verdict:
    """Return the verdict, blocked by the root cause when that is another program."""
    if verdict.status == "ok" or verdict.is_own_fault:
        return verdict
    waits_for = BY_NAME[verdict.name].waits_for
    direct = [verdict.blocked_by] if verdict.blocked_by else []
    cause = next(
        (name for name in (*direct, *waits_for) if name in alone and alone[name].status != "ok"),
        None,
    )
    if cause is None:
        return verdict._replace(status="ok") if verdict.is_quiet else verdict
    root = root_of(cause, alone)
    through = "" if cause == root else f", which is waiting for {root}"
    sentence = f"waiting for {cause}{through} ({alone[root].sentence})"
    return Verdict(verdict.name, "blocked", root, sentence)


def root_of(name: str, alone: dict[str, Verdict]) -> str:
    """Follow the wait graph from a program that is not well to the one that is the cause."""
    visited = {name}
    while True:
        verdict = alone[name]
        if verdict.is_own_fault:
            return name
        direct = (verdict.blocked_by,) if verdict.blocked_by else ()
        following = next(
            (
                other
                for other in (*direct, *BY_NAME[name].waits_for)
                if other in alone and alone[other].status != "ok" and other not in visited
            ),
            None,
        )
        if following is None:
            return name
        name = following
        visited.add(name)


def overall(verdicts: Iterable[Verdict], notices: Iterable[str] = ()) -> Overall:
    """Judge the whole: down without a program needed for ready, degraded with any other trouble.

    *notices* are sentences about further trouble.
    """
    needed: list[str] = []
    others: list[str] = []
    for verdict in verdicts:
        if verdict.status != "ok":
            side = needed if BY_NAME[verdict.name].is_needed_for_ready else others
            side.append(f"{verdict.name} ({verdict.status}): {verdict.sentence}")
    others += notices
    status = "down" if needed else "degraded" if others else "ok"
    return Overall(status, needed + others)


def is_disk_nearly_full(disk: Disk) -> bool:
    """Return whether so little is free that the stores may fail."""
    return disk.free_bytes < disk.total_bytes * MIN_FREE_DISK_SHARE
