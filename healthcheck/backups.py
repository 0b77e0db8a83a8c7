"""Shape what is known of the backups as the health endpoints promise it; pure.

*plan* is None where no backups run by themselves: cron or every store is in another container.
*role* is that of a twin: the active one makes the backups of both.
"""

from typing import Any

from qlines.backup_problems import (
    BACKUPS_OFF,
    DRILLS_OFF,
    NO_SIDE_ACTIVE,
    NOT_HERE,
    ON_STANDBY,
    problems,
)
from qlines.backup_record import Backup, Drill, Failure, Record, Restore
from qlines.backup_schedule import NEVER, Plan, next_backup_at, next_drill_at
from qlines.backup_words import length, moment, size
from qlines.role import ALONE, STANDBY, UNKNOWN, Role

Document = dict[str, Any]


def document(record: Record, plan: Plan | None, now: float, role: Role | None = ALONE) -> Document:
    """Return the report's *backup*; *now* is epoch seconds, the document's times milliseconds.

    On the standby it is that of backups which are off, without failures of when it was active.
    """
    role = role or ALONE
    text = sentence(record, plan, now, role)
    if role.role == STANDBY:
        record, plan = _without_failures(record), NEVER
    every = plan or NEVER
    failure = record.failure
    return {
        "last_good": record.last_good and _backup(record.last_good, now),
        "last_failure": failure and _failure(failure),
        "failed_restore": record.failed_restore and _failure(record.failed_restore),
        "last_drill": record.last_drill and _drill(record.last_drill),
        "proven": record.proven and _proven(record.proven, now),
        "next_backup_at": _ms(next_backup_at(record, every.backup_every, now)),
        "next_drill_at": _ms(next_drill_at(record, every.drill_every, now)),
        "every_seconds": every.backup_every,
        "drill_every_seconds": every.drill_every,
        "sentence": text,
    }


def found(record: Record, plan: Plan | None, now: float, role: Role | None = ALONE) -> list[str]:
    """Return a sentence for each problem; where no backups run by themselves, of restores alone."""
    role = role or ALONE
    return problems(record, NEVER if role.role == STANDBY else plan or NEVER, now, role.since)


def _without_failures(record: Record) -> Record:
    drill = record.last_drill
    return record._replace(failure=None, last_drill=drill if drill and drill.ok else None)


def restoring(restore: Restore | None, now: float) -> str:
    """Return what a restore does for which programs are stopped; "" without such a restore."""
    if restore is None or not restore.is_in_the_way:
        return ""
    return f"a restore has been running since {moment(restore.since, now)}: {restore.sentence}"


def restore_document(restore: Restore | None) -> Document | None:
    """Return the report's *restore*; null while none runs."""
    return restore and restore._asdict() | {"since": _ms(restore.since)}


def sentence(record: Record, plan: Plan | None, now: float, role: Role = ALONE) -> str:
    """Return the last good backup and the last proven restore in one sentence."""
    if plan and role.role == STANDBY:
        return "; ".join((ON_STANDBY, *_good(record, now), *_proven_restore(record, now)))
    first = [NO_SIDE_ACTIVE] if plan and role.role == UNKNOWN else []
    return "; ".join((*first, *_of_backups(record, plan, now), *_of_drills(record, plan, now)))


def _good(record: Record, now: float) -> list[str]:
    good = record.last_good
    if good is None:
        return []
    took = f"{size(good.bytes)}, in {length(good.seconds)}"
    return [f"last good backup: {moment(good.at, now)}, {took}"]


def _proven_restore(record: Record, now: float) -> list[str]:
    proven = record.proven
    if proven is None:
        return []
    took = f"{length(proven.seconds)}, data {length(proven.data_age_seconds)} old"
    return [f"last proven restore: {moment(proven.at, now)}, {took}"]


def _of_backups(record: Record, plan: Plan | None, now: float) -> list[str]:
    parts = []
    if plan is None:
        parts.append(NOT_HERE)
    elif plan.backup_every is None:
        parts.append(BACKUPS_OFF)
    parts += _good(record, now)
    if record.last_good is None and plan and plan.backup_every is not None:
        due_at = next_backup_at(record, plan.backup_every, now)
        parts.append(f"no good backup yet{_next(due_at, now)}")
    return parts


def _of_drills(record: Record, plan: Plan | None, now: float) -> list[str]:
    parts = []
    if plan and plan.drill_every is None:
        parts.append(DRILLS_OFF)
    parts += _proven_restore(record, now)
    if record.proven is None and plan and plan.drill_every is not None:
        due_at = next_drill_at(record, plan.drill_every, now)
        parts.append(f"no proven restore yet{_next(due_at, now)}")
    return parts


def _next(due_at: float | None, now: float) -> str:
    return "" if due_at is None else f", next try {moment(max(due_at, now), now)}"


def _backup(good: Backup, now: float) -> Document:
    return {
        "id": good.id,
        "at": _ms(good.at),
        "age_seconds": _age(good.at, now),
        "seconds": good.seconds,
        "bytes": good.bytes,
        "bytes_added": good.bytes_added,
        "counts": dict(good.counts),
        "missing": list(good.missing),
    }


def _failure(failure: Failure) -> Document:
    return failure._asdict() | {"at": _ms(failure.at)}


def _drill(drill: Drill) -> Document:
    return drill._asdict() | {"at": _ms(drill.at)}


def _proven(drill: Drill, now: float) -> Document:
    kept = ("id", "seconds", "data_age_seconds")
    return {name: getattr(drill, name) for name in kept} | {
        "at": _ms(drill.at),
        "age_seconds": _age(drill.at, now),
    }


def _age(at: float, now: float) -> int:
    """Return whole seconds; 0 when the clock was set back since."""
    return max(0, round(now - at))


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
