"""When the next backup and the next restore drill are due; pure. Times are epoch seconds.

Nothing is counted from a time in the future: the wall clock was set back since. What it would delay
is due now, at most one run too early, instead of not before the clock is there again.
"""

from collections.abc import Iterable
from typing import NamedTuple

from qlines.backup_record import Record
from qlines.programs import STORES

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
FIRST_BACKUP_SECONDS = 10 * MINUTE  # after the appliance's first start, which keeps both cores busy
FIRST_DRILL_SECONDS = DAY  # after the first good backup
RETRY_BACKUP_SECONDS = HOUR
RETRY_DRILL_SECONDS = DAY


class Plan(NamedTuple):
    """The intervals of backups and of drills in seconds; None for never."""

    backup_every: float | None
    drill_every: float | None


NEVER = Plan(None, None)


def plan_of(
    roles: Iterable[str], backup_every: float | None, drill_every: float | None
) -> Plan | None:
    """Return the plan of a container with these programs; None where nothing runs by itself.

    That takes cron, which starts what is due, and a store to back up.
    """
    runs_by_itself = "cron" in roles and not set(STORES).isdisjoint(roles)
    return Plan(backup_every, drill_every) if runs_by_itself else None


def next_backup_at(record: Record, every_seconds: float | None, now: float) -> float | None:
    """Return when a backup is due, which may be past; None for never.

    1. The first 10 minutes after the first start.
    2. The next one interval after the last good one began.
    3. After one that failed or was killed again after an hour, or the interval when that is less.
    """
    if every_seconds is None:
        return None
    if record.last_good:
        due_at = _after(record.last_good.at, every_seconds, now)
    else:
        first_at = now if record.first_at is None else record.first_at
        due_at = _after(first_at, min(every_seconds, FIRST_BACKUP_SECONDS), now)
    return max(due_at, _retry_at(record.tried_at, min(every_seconds, RETRY_BACKUP_SECONDS), now))


def next_drill_at(record: Record, every_seconds: float | None, now: float) -> float | None:
    """Return when a drill is due, which may be past; None for never, and without a good backup.

    1. The first a day after the first good backup.
    2. The next one interval after the last one began.
    3. After one that failed or was killed again after a day, or the interval when that is less.
    """
    if every_seconds is None or record.last_good is None:
        return None
    retry_seconds = min(every_seconds, RETRY_DRILL_SECONDS)
    if record.last_drill:
        delay_seconds = every_seconds if record.last_drill.ok else retry_seconds
        due_at = _after(record.last_drill.at, delay_seconds, now)
    else:
        first_good_at = record.first_good_at
        begin = record.last_good.at if first_good_at is None else first_good_at
        due_at = _after(begin, min(every_seconds, FIRST_DRILL_SECONDS), now)
    return max(due_at, _retry_at(record.drill_tried_at, retry_seconds, now))


def is_due(due_at: float | None, now: float) -> bool:
    """Return whether what is due at *due_at* is to begin now."""
    return due_at is not None and now >= due_at


def with_firsts(record: Record, now: float) -> Record:
    """Return the record with the times from which the first backup and the first drill count."""
    first_at = now if record.first_at is None else record.first_at
    first_good_at = record.first_good_at
    if first_good_at is None and record.last_good:
        first_good_at = record.last_good.at
    return record._replace(first_at=first_at, first_good_at=first_good_at)


def _after(at: float, delay_seconds: float, now: float) -> float:
    return now if at > now else at + delay_seconds


def _retry_at(tried_at: float | None, delay_seconds: float, now: float) -> float:
    return float("-inf") if tried_at is None else _after(tried_at, delay_seconds, now)
