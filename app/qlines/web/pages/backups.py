"""The page /backups: the last backup, the last proven restore, and how to restore; for admins."""

from flask import Blueprint, render_template
from markupsafe import Markup

from qlines import backup_record
from qlines.backup_problems import (
    BACKUP_NOW,
    DRILL_NOW,
    backup_failure,
    drill_failure,
    off,
    problems,
)
from qlines.backup_record import Record
from qlines.backup_schedule import NEVER, Plan, next_backup_at, next_drill_at
from qlines.backup_words import length, moment, size
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps

blueprint = Blueprint("backups_page", __name__)


@blueprint.get("/backups")
@admin_only
def backups() -> str:
    """Show what is known of the backups; nothing can be changed here."""
    now = deps().clock.now_us() / 1e6
    record = backup_record.read(deps().data_dir)
    plan = deps().backup_plan
    return render_template(
        "backups.html",
        record=record,
        restore=backup_record.read_restore(deps().data_dir),
        problems=problems(record, plan or NEVER, now),
        off=off(plan),
        failures=failures(record, now),
        next_runs=next_runs(record, plan or NEVER, now),
        moment=lambda at: time_of(at, now),
        age=lambda at: length(now - at),
        length=length,
        size=size,
    )


def time_of(at: float, now: float) -> Markup:
    """Return a moment in UTC, which the page's script shows in the viewer's zone."""
    return Markup('<time data-ms="{}" data-exact>{} UTC</time>').format(
        round(at * 1000), moment(at, now)
    )


def failures(record: Record, now: float) -> list[tuple[str, str, str, str]]:
    """Return of each last failure what failed, when, why, and the command that tries it again."""
    found = ((backup_failure(record), BACKUP_NOW), (drill_failure(record), DRILL_NOW))
    return [
        (failure.verb, time_of(failure.at, now), failure.reason, command.strip("`"))
        for failure, command in found
        if failure
    ]


def next_runs(record: Record, plan: Plan, now: float) -> list[tuple[str, str, str]]:
    """Return what runs next, when, and at which interval; nothing that is off."""
    runs = (
        ("Backup", next_backup_at(record, plan.backup_every, now), plan.backup_every),
        ("Restore drill", next_drill_at(record, plan.drill_every, now), plan.drill_every),
    )
    return [
        (name, _when(due_at, now), f"every {length(every_seconds)}")
        for name, due_at, every_seconds in runs
        if every_seconds is not None
    ]


def _when(due_at: float | None, now: float) -> str:
    if due_at is None:
        return "after the first good backup"
    if due_at <= now:
        return "now"
    return time_of(due_at, now) + f", in {length(due_at - now)}"
