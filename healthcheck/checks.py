"""Judge what was seen: one status and one sentence for each program, and one for the whole.

Pure: observations in, verdicts out. The table of a program's states:

    ok        it runs, and answers or turns its loop
    starting  it runs, does not answer yet, and still has time to
    blocked   it waits for another program that is not well; blocked_by is the root of the trouble
    failed    it does not run, or is silent for too long
"""

from collections.abc import Iterable
from typing import NamedTuple

from healthcheck.observations import Appliance, Disk, Observation, Process, Sign
from qlines.programs import BY_NAME, Program

# A loop turns at least every 2 s, the RQ worker's every 5 s; a store's slow answer takes longer.
SILENT_SECONDS = 15.0
LOW_DISK_SHARE = 0.05
LATE_MS = 60_000
STOPPED_STATES = {
    "BACKOFF": "ended just after its start and is tried again",
    "STOPPED": "was stopped and not started again",
    "STOPPING": "is being stopped",
    "UNKNOWN": "is in a state that supervisord does not know",
}


class Verdict(NamedTuple):
    """What is to be said about one program.

    *is_own_fault* is set where the cause cannot lie in another program: it does not run, or hangs.
    """

    name: str
    status: str
    blocked_by: str | None
    sentence: str
    is_own_fault: bool = False


class Overall(NamedTuple):
    """What is to be said about the appliance; *problems* are sentences, the gravest first."""

    status: str
    problems: list[str]


def judge(appliance: Appliance) -> list[Verdict]:
    """Return a verdict for each program that was looked at.

    1. Each program is judged by what is seen of it alone.
    2. One that runs, and is not well, is blocked when something it waits for is not well.
    """
    alone = {
        name: judge_alone(BY_NAME[name], seen, appliance.at)
        for name, seen in appliance.programs.items()
    }
    return [with_cause(verdict, alone) for verdict in alone.values()]


def judge_alone(program: Program, seen: Observation, now: float) -> Verdict:
    """Judge one program without a look at the others."""
    if seen.process is None:
        return _own_fault(program, "supervisord does not know it, or is silent itself")
    if program.probe == "once":
        return _judge_once(program, seen, now)
    if seen.process.state not in ("RUNNING", "STARTING"):
        return _own_fault(program, why_ended(seen.process))
    if program.probe == "heartbeat":
        return _judge_sign(program, seen.process, seen.sign, now)
    if seen.answer is None:
        return _not_yet(program, seen.process, "was not asked yet", now)
    if seen.answer.is_ok:
        return Verdict(program.name, "ok", None, seen.answer.sentence)
    return _not_yet(program, seen.process, seen.answer.sentence, now)


def why_ended(process: Process) -> str:
    """Say in what way a program does not run."""
    if process.spawn_error and process.state in ("FATAL", "BACKOFF"):
        return f"cannot be started: {process.spawn_error}"
    if process.state == "FATAL":
        return "ended again and again, and supervisord gave up: see its last lines in the log"
    if process.state == "EXITED":
        return f"ended with status {process.exit_status} and was not started again"
    return STOPPED_STATES.get(process.state, f"is in state {process.state}")


def _judge_once(program: Program, seen: Observation, now: float) -> Verdict:
    process = seen.process or Process("UNKNOWN")
    if process.state == "EXITED" and process.exit_status == 0:
        return Verdict(program.name, "ok", None, "has done its work")
    if process.state in ("RUNNING", "STARTING"):
        if seen.sign and _is_of_this_life(seen.sign, process) and seen.sign.waiting_for:
            return _waits(program, seen.sign)
        return _not_yet(program, process, "has not done its work yet", now)
    return _own_fault(program, why_ended(process))


def _judge_sign(program: Program, process: Process, sign: Sign | None, now: float) -> Verdict:
    if sign is None or not _is_of_this_life(sign, process):
        return _not_yet(program, process, "gave no sign of life yet", now)
    age_seconds = max(0.0, now - sign.beat_at)
    if age_seconds > SILENT_SECONDS:
        sentence = f"hangs: its loop turned {age_seconds:.0f} s ago, last it said: {sign.sentence}"
        return _own_fault(program, sentence)
    if sign.waiting_for:
        return _waits(program, sign)
    return Verdict(program.name, "ok", None, sign.sentence or "its loop turns")


def _own_fault(program: Program, sentence: str) -> Verdict:
    return Verdict(program.name, "failed", None, sentence, is_own_fault=True)


def _waits(program: Program, sign: Sign) -> Verdict:
    return Verdict(program.name, "blocked", sign.waiting_for, f"waits for {sign.waiting_for}")


def _is_of_this_life(sign: Sign, process: Process) -> bool:
    # supervisord cuts the start to whole seconds, so the sign is never older than it by this.
    return sign.beat_at >= process.started_at


def _not_yet(program: Program, process: Process, sentence: str, now: float) -> Verdict:
    runs_seconds = max(0.0, now - process.started_at)
    if runs_seconds <= program.starts_within_seconds:
        return Verdict(program.name, "starting", None, sentence)
    return Verdict(program.name, "failed", None, f"runs since {runs_seconds:.0f} s, but {sentence}")


def with_cause(verdict: Verdict, alone: dict[str, Verdict]) -> Verdict:
    """Return the verdict, with the root of the trouble when that lies in another program."""
    if verdict.status == "ok" or verdict.is_own_fault:
        return verdict
    waits_for = BY_NAME[verdict.name].waits_for
    direct = [verdict.blocked_by] if verdict.blocked_by else []
    cause = next(
        (name for name in (*direct, *waits_for) if name in alone and alone[name].status != "ok"),
        None,
    )
    if cause is None:
        return verdict
    root = root_of(cause, alone)
    sentence = (
        f"waits for {cause}" if cause == root else f"waits for {cause}, which waits for {root}"
    )
    return Verdict(verdict.name, "blocked", root, f"{sentence}: {root} {alone[root].sentence}")


def root_of(name: str, alone: dict[str, Verdict]) -> str:
    """Follow the wait graph from a program that is not well to the one that causes it."""
    passed = {name}
    while True:
        verdict = alone[name]
        if verdict.is_own_fault:
            return name
        said = (verdict.blocked_by,) if verdict.blocked_by else ()
        following = next(
            (
                other
                for other in (*said, *BY_NAME[name].waits_for)
                if other in alone and alone[other].status != "ok" and other not in passed
            ),
            None,
        )
        if following is None:
            return name
        name = following
        passed.add(name)


def overall(verdicts: Iterable[Verdict], disk: Disk, lag_ms: dict[str, int]) -> Overall:
    """Judge the whole: down without a program needed for ready, degraded with any other trouble."""
    needed: list[str] = []
    others: list[str] = []
    for verdict in verdicts:
        if verdict.status != "ok":
            side = needed if BY_NAME[verdict.name].is_needed_for_ready else others
            side.append(f"{verdict.name} ({verdict.status}): {verdict.sentence}")
    others += disk_problems(disk) + lag_problems(lag_ms)
    status = "down" if needed else "degraded" if others else "ok"
    return Overall(status, needed + others)


def disk_problems(disk: Disk) -> list[str]:
    """Say whether the disk is about to be full."""
    if disk.free_bytes >= disk.total_bytes * LOW_DISK_SHARE:
        return []
    free_mb = disk.free_bytes // 1_000_000
    return [f"the disk is nearly full: {free_mb} MB are free, make room or shorten the retention"]


def lag_problems(lag_ms: dict[str, int]) -> list[str]:
    """Say which consumer is far behind."""
    return [
        f"{name} is {late_ms / 1000:.0f} s behind"
        for name, late_ms in lag_ms.items()
        if late_ms > LATE_MS
    ]


def not_ready(verdicts: Iterable[Verdict]) -> list[str]:
    """Return why traffic should go elsewhere: the programs needed for ready that are not well."""
    return [
        f"{verdict.name} is {verdict.status}"
        + (f" by {verdict.blocked_by}" if verdict.blocked_by else "")
        for verdict in verdicts
        if verdict.status != "ok" and BY_NAME[verdict.name].is_needed_for_ready
    ]
