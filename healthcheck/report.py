"""Shape verdicts as the health endpoints promise them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from appliance.shared import link_expiry
from healthcheck import backups, checks, lag, messages, oom, ready, remedies, rule_pairs, twins
from healthcheck.canary import judgement
from healthcheck.disk.described import document as disk_document
from healthcheck.disk.described import problems as disk_problems
from healthcheck.disk.report import Report as DiskReport
from healthcheck.heal import Healing
from healthcheck.history import Since, Starts
from healthcheck.observations import Appliance, Canary
from healthcheck.ready import Conditions, Readiness
from qlines.backup_schedule import Plan
from qlines.maintenance import Maintenance
from qlines.programs import BY_NAME
from qlines.role import Role

Document = dict[str, Any]
NO_PROGRAMS: Mapping[str, int] = MappingProxyType({})
NO_LAGS: lag.Samples = MappingProxyType({})

# The loop pauses for a second at most, and an iteration takes 2 s per program that does not answer.
STUCK_SECONDS = 30.0


class View(NamedTuple):
    """The last iteration, judged: the deep report, whether users may come, facts by program.

    *counters* are those of the heartbeats, *pids* the processes that supervisord started,
    *restarts* since the checker started. *role* is None where there is no twin.
    """

    deep: Document
    readiness: Readiness
    counters: Mapping[str, Mapping[str, float]]
    healing: Healing = Healing()
    canary: Canary | None = None
    pids: Mapping[str, int] = NO_PROGRAMS
    restarts: Mapping[str, int] = NO_PROGRAMS
    role: Role | None = None


class Loop(NamedTuple):
    """How the checker's own loop fares: since it started, and for how long it has not iterated."""

    silent_seconds: float
    iterations: int = 0
    busy_seconds: float = 0.0


class Memory(NamedTuple):
    """What earlier iterations have left for the report, and *backup_plan* of the settings."""

    starts: Starts
    since: Since
    healing: Healing = Healing()
    oom_kills: oom.State = oom.State()
    lags: lag.Samples = NO_LAGS
    disk_guard: DiskReport | None = None
    backup_plan: Plan | None = None


def view(
    appliance: Appliance,
    verdicts: list[checks.Verdict],
    memory: Memory,
    conditions: Conditions,
    version: str,
) -> View:
    """Build the view of one iteration."""
    starts, since, healing, oom_kills, lags, disk_guard, backup_plan = memory
    safe_mode = [f"safe mode: {conditions.safe_mode}"] if conditions.safe_mode else []
    notices = [*judged_elsewhere(appliance, verdicts), *notices_of(appliance, memory)]
    first = [*safe_mode, *filter(None, (conditions.restoring, conditions.moving))]
    whole = checks.overall(verdicts, notices)
    problems = [*first, *whole.problems]
    deep: Document = {
        "status": whole.status,
        "since": _ms(since.note("", whole.status, appliance.at)),
        "problems": problems,
        "remedies": remedies.of(problems),
        "components": [component(verdict, appliance, starts, since) for verdict in verdicts],
        "canary": canary(appliance.canary),
        "spool": spool(appliance, lags),
        "disk": appliance.disk._asdict() | disk_document(disk_guard),
        "healing": healed(healing),
        "oom_kills": {
            "count": appliance.oom_kills,
            "victims": [
                {"at": _ms(victim.at), "name": victim.name} for victim in oom_kills.victims
            ],
        },
        "maintenance": drained(conditions.maintenance),
        "repairs": [repair._asdict() | {"at": _ms(repair.at)} for repair in appliance.repairs],
        "backup": backups.document(appliance.backups, backup_plan, appliance.at, appliance.role),
        "restore": backups.restore_document(appliance.restore),
        "twin": twins.document(
            appliance.role, counters_of(appliance).get("writer"), appliance.catch_up
        ),
        "version": version,
    }
    return View(
        deep,
        ready.judge(verdicts, conditions),
        counters_of(appliance),
        healing,
        appliance.canary,
        pids_of(appliance),
        {name: starts.total(name) for name in appliance.programs},
        appliance.role,
    )


def notices_of(appliance: Appliance, memory: Memory) -> list[str]:
    """Return the problems that are not those of a program."""
    return [
        *memory.healing.given_up,
        *map(oom.sentence, memory.oom_kills.victims),
        *disk_problems(memory.disk_guard, appliance.now),
        *lag.problems(memory.lags),
        *messages.problems(counters_of(appliance).get("alarms")),
        *rule_pairs.problems(counters_of(appliance).get("alarms")),
        *backups.found(appliance.backups, memory.backup_plan, appliance.at, appliance.role),
        *twins.problems(appliance.role),
        *link_expiry.problems(appliance.certificate_ends, appliance.at),
    ]


def counters_of(appliance: Appliance) -> dict[str, dict[str, float]]:
    """Return what each program counts, by its last heartbeat."""
    heartbeats = {name: seen.heartbeat for name, seen in appliance.programs.items()}
    return {name: heartbeat.counters for name, heartbeat in heartbeats.items() if heartbeat}


def pids_of(appliance: Appliance) -> dict[str, int]:
    """Return the process of each program that supervisord has started."""
    processes = {name: seen.process for name, seen in appliance.programs.items()}
    return {name: process.pid for name, process in processes.items() if process and process.pid}


def judged_elsewhere(appliance: Appliance, verdicts: list[checks.Verdict]) -> list[str]:
    """Return the problems of supervisord and of the canary, and the checks that hang."""
    hanging = [
        f"the check of {name} has hung for {seconds:.0f} s"
        for name, seconds in appliance.hanging.items()
    ]
    sentences = (appliance.supervisord_error, judgement.problem(appliance.canary, verdicts))
    return [sentence for sentence in (*sentences, *hanging) if sentence]


def stopping(last: View | None) -> View:
    """Return the view of an appliance that is being stopped: traffic must go elsewhere."""
    deep = {**(last.deep if last else {"components": []}), "status": "down"}
    return View(deep, Readiness("down", "the appliance is being stopped"), {})


def component(
    verdict: checks.Verdict, appliance: Appliance, starts: Starts, since: Since
) -> Document:
    """Describe one program; *blocked_by* is present only when it is blocked."""
    described: Document = {
        "name": verdict.name,
        "status": verdict.status,
        "sentence": verdict.sentence,
        "since": _ms(since.note(verdict.name, verdict.status, appliance.at)),
        "restarts_last_hour": starts.last_hour(verdict.name, appliance.now),
        "needed_for_ready": BY_NAME[verdict.name].is_needed_for_ready,
    }
    if verdict.blocked_by:
        described["blocked_by"] = verdict.blocked_by
    return described


def drained(maintenance: Maintenance | None) -> Document | None:
    """Describe since when and why users are sent elsewhere; null while they are not."""
    return maintenance and maintenance._asdict() | {"since": _ms(maintenance.since)}


def healed(healing: Healing) -> Document:
    """Describe what was restarted by healing, and what was given up."""
    restarts = [restart._asdict() | {"at": _ms(restart.at)} for restart in healing.restarts]
    return {"restarts": restarts, "given_up": list(healing.given_up)}


def canary(seen: Canary | None) -> Document:
    """Describe the messages that the appliance sends itself; null while it sends none."""
    if seen is None:
        return {"age_seconds": None, "latency_ms": None}
    age, latency = seen.age_seconds, seen.latency_seconds
    return {
        "age_seconds": None if age is None else round(age, 1),
        "latency_ms": None if latency is None else round(latency * 1000),
        "sent": seen.sent,
        "failures": seen.failures,
        "last_failure": seen.failure._asdict() if seen.failure else None,
    }


def spool(appliance: Appliance, lags: lag.Samples) -> Document:
    """Describe what waits on disk, in total and by writer, and how far the consumers lag.

    *caught_up_in_seconds* is null for a consumer whose lag does not shrink.
    """
    parts = {writer: part._asdict() for writer, part in appliance.spools.items()}
    return {
        "bytes": sum(part.bytes for part in appliance.spools.values()),
        "unread_bytes": sum(part.unread_bytes for part in appliance.spools.values()),
        "writers": parts,
        "lag_ms": appliance.lag_ms,
        "caught_up_in_seconds": {
            name: lag.caught_up_in_seconds(samples) for name, samples in lags.items()
        },
    }


def live(silent_seconds: float) -> tuple[int, Document]:
    """Answer "does the checker's own loop run?"."""
    if silent_seconds > STUCK_SECONDS:
        reason = f"the checker's loop has been stuck for {silent_seconds:.0f} s"
        return 503, {"status": "down", "reason": reason}
    return 200, {"status": "ok"}


def may_users_come(last: View | None, silent_seconds: float) -> tuple[int, Document]:
    """Answer "may users be sent here?"; not when the last view is old."""
    if silent_seconds > STUCK_SECONDS:
        return live(silent_seconds)
    if last is None:
        return 503, {"status": "starting", "reason": "nothing has been checked yet"}
    status, reason = last.readiness
    role = twins.of_ready(last.role)
    if status == "ok":
        return 200, {"status": "ok", **role}
    return 503, {"status": status, "reason": reason, **role}


def deep(last: View | None) -> tuple[int, Document]:
    """Answer with everything; 503 only when a program needed for ready is not well."""
    if last is None:
        return 503, {"status": "down", "reason": "nothing has been checked yet"}
    return (503 if last.deep["status"] == "down" else 200), last.deep


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
