"""What is wrong with the backups: a sentence each, with its cause and its remedy; pure.

The health report and the admin's page show them. Times are epoch seconds.
"""

from qlines.backup_record import Failure, Record
from qlines.backup_schedule import Plan, next_backup_at, next_drill_at
from qlines.backup_words import length, moment

NOT_HERE = "no backups run by themselves here: QLINES_ROLES has no cron, or no store to back up"
BACKUPS_OFF = "backups are off (QLINES_BACKUP_EVERY)"
ON_STANDBY = "the active side makes the backups, and this is the standby"
DRILLS_OFF = "restore drills are off (QLINES_DRILL_EVERY)"
MAX_AGE_INTERVALS = 2
BACKUP_NOW = "`docker exec qlines qlines backup create`"
NO_SIDE_ACTIVE = (
    f"no backups run by themselves while no side is known to be active; {BACKUP_NOW} makes one"
)
DRILL_NOW = "`docker exec qlines qlines backup drill`"


def problems(record: Record, plan: Plan, now: float, active_since: float = 0.0) -> list[str]:
    """Return a sentence for each problem; none of what is off, or is not due yet.

    A restore that failed is one whatever is off. Of two twins this one makes the backups since
    *active_since*: that its own are older is not a problem before it had the time to make one.
    """
    found = [_failed_restore(record, now)]
    if plan.backup_every is not None:
        found.append(_failed_backup(record, plan.backup_every, now))
        found.append(_old_backup(record, plan.backup_every, now, active_since))
    if plan.drill_every is not None:
        found.append(_failed_drill(record, plan.drill_every, now))
        found.append(_old_drill(record, plan.drill_every, now, active_since))
    return [sentence for sentence in found if sentence]


def off(plan: Plan | None) -> list[str]:
    """Return a sentence for each part of the plan that is off; without a plan all is."""
    if plan is None:
        return [NOT_HERE]
    parts = ((plan.backup_every, BACKUPS_OFF), (plan.drill_every, DRILLS_OFF))
    return [sentence for every_seconds, sentence in parts if every_seconds is None]


def backup_failure(record: Record) -> Failure | None:
    """Return how the newest run of anything but a drill failed."""
    return record.failure if record.failure and record.failure.verb != "drill" else None


def drill_failure(record: Record) -> Failure | None:
    """Return how the newest drill failed, which may have been before it could restore anything."""
    drill, failure = record.last_drill, record.failure
    if drill and not drill.ok:
        return Failure("drill", drill.at, drill.reason)
    is_newer = failure and (drill is None or failure.at > drill.at)
    return failure if failure and failure.verb == "drill" and is_newer else None


def _failed_restore(record: Record, now: float) -> str:
    failure = record.failed_restore
    if failure is None:
        return ""
    return f"the last restore failed {_when_and_why(failure, now)}; what was there before serves"


def _failed_backup(record: Record, every_seconds: float, now: float) -> str:
    failure = backup_failure(record)
    if failure is None:
        return ""
    what = "backup" if failure.verb == "create" else f"`backup {failure.verb}`"
    good = record.last_good
    newest = f"the last good one began {moment(good.at, now)}" if good else "there is no good one"
    again = _again(next_backup_at(record, every_seconds, now), BACKUP_NOW, now)
    return f"the last {what} failed {_when_and_why(failure, now)}; {newest}; {again}"


def _old_backup(record: Record, every_seconds: float, now: float, active_since: float) -> str:
    good = record.last_good
    since = good.at if good else record.first_at
    if backup_failure(record) or since is None:
        return ""
    if not _is_old(max(since, active_since), every_seconds, now):
        return ""
    what = "the last good backup is" if good else "there is no good backup, and the first start was"
    age = f"{length(now - since)} {'old' if good else 'ago'}"
    due = f"one is due every {length(every_seconds)}"
    cause = _cause(record.tried_at, since, now)
    return f"{what} {age}, although {due}: {cause}; {BACKUP_NOW} makes one"


def _failed_drill(record: Record, every_seconds: float, now: float) -> str:
    failure, proven = drill_failure(record), record.proven
    if failure is None:
        return ""
    good = f"the last good one was {moment(proven.at, now)}" if proven else "there is no good one"
    again = _again(next_drill_at(record, every_seconds, now), DRILL_NOW, now)
    return f"the last restore drill failed {_when_and_why(failure, now)}; {good}; {again}"


def _old_drill(record: Record, every_seconds: float, now: float, active_since: float) -> str:
    since = record.last_drill.at if record.last_drill else record.first_good_at
    if drill_failure(record) or since is None:
        return ""
    if not _is_old(max(since, active_since), every_seconds, now):
        return ""
    what = f"the last restore drill was {moment(since, now)}"
    if record.last_drill is None:
        what = f"no restore is proven, and the first good backup was {moment(since, now)}"
    cause = _cause(record.drill_tried_at, since, now)
    due = f"a drill is due every {length(every_seconds)}"
    return f"{what}, although {due}: {cause}; {DRILL_NOW} runs one"


def _is_old(since: float, every_seconds: float, now: float) -> bool:
    return now - since > MAX_AGE_INTERVALS * every_seconds


def _cause(tried_at: float | None, since: float, now: float) -> str:
    if tried_at is None or tried_at <= since:
        return "none has begun since: the appliance was off, a restore ran, or cron does not run"
    return f"the one that began {moment(tried_at, now)} has not ended, or was killed"


def _when_and_why(failure: Failure, now: float) -> str:
    return f"{moment(failure.at, now)}: {failure.reason.rstrip('. ') or 'it did not say why'}"


def _again(due_at: float | None, command: str, now: float) -> str:
    if due_at is None:
        return f"{command} tries it again"
    return f"it is tried again {moment(max(due_at, now), now)}, or by {command}"
