"""Say the facts of the health report in sentences, for people; pure.

Times are ages and not moments: a sentence must be true in every time zone.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from qlines.backup_words import length, size

Report = dict[str, Any]  # the answer of /health/deep, healthcheck/README.md describes it


class Fact(NamedTuple):
    """What the sentences are about, and they themselves."""

    name: str
    sentence: str


def facts(report: Report, now_ms: int) -> list[Fact]:
    """Return what the report knows; nothing of a part that it does not have."""
    return [
        Fact(name, " ".join(in_words(report[part], now_ms)))
        for name, part, in_words in PARTS
        if report.get(part)
    ]


def _maintenance(drain: Report, now_ms: int) -> Iterator[str]:
    lasted = length((now_ms - drain["since"]) / 1000)
    reason = drain["reason"]
    yield f"Users have been sent elsewhere for {lasted}: {reason}; `qlines resume` ends it."


def _restore(restore: Report, now_ms: int) -> Iterator[str]:
    yield f"A restore began {_ago(restore['since'], now_ms)}: {restore['sentence']}."


def _twin(role: Report, _now_ms: int) -> Iterator[str]:
    yield f"This side is {role['role']}: {role['sentence']}."


def _canary(canary: Report, _now_ms: int) -> Iterator[str]:
    age, latency_ms = canary.get("age_seconds"), canary.get("latency_ms")
    if age is None or latency_ms is None:
        yield "The appliance has not received a message of its own yet."
        return
    yield (
        f"The appliance sends itself a message every 10 s. The newest one is {length(age)} old and"
        f" took {latency_ms / 1000:.2f} s from the broker to `/api/data`."
    )


def _spool(spool: Report, _now_ms: int) -> Iterator[str]:
    waiting = spool["unread_bytes"]
    lags = [f"{name} is {ms / 1000:.1f} s behind" for name, ms in spool["lag_ms"].items()]
    first = f"{size(waiting)} of accepted messages wait" if waiting else "No message waits"
    yield f"{'; '.join([first, *lags])}."


def _disk(disk: Report, _now_ms: int) -> Iterator[str]:
    total, free = disk["total_bytes"], disk["free_bytes"]
    yield f"{100 - 100 * free // max(total, 1)} % of the disk is used, {size(free)} are free."
    days = (disk.get("forecast") or {}).get("days")
    if days is not None:
        yield f"At the growth of the last days, room is made by deleting in {days:.0f} days."
    dropped = (disk.get("guard") or {}).get("dropped_partitions")
    if dropped:
        yield f"{dropped} weeks of readings were deleted so far to make room."


def _backup(backup: Report, _now_ms: int) -> Iterator[str]:
    good, proven = backup["last_good"], backup["proven"]
    yield f"The last good backup began {_old(good)}." if good else "There is no good backup yet."
    yield f"A restore was proven {_old(proven)}." if proven else "No restore is proven yet."


def _repairs(repairs: list[Report], now_ms: int) -> Iterator[str]:
    for repair in repairs:
        yield f"{repair['program']}, {_ago(repair['at'], now_ms)}: {repair['sentence']}."


def _old(run: Report) -> str:
    return f"{length(run['age_seconds'])} ago"


def _ago(at_ms: int, now_ms: int) -> str:
    return f"{length((now_ms - at_ms) / 1000)} ago"


PARTS: tuple[tuple[str, str, Callable[[Any, int], Iterator[str]]], ...] = (
    ("Maintenance", "maintenance", _maintenance),
    ("Restore", "restore", _restore),
    ("Twin", "twin", _twin),
    ("Way of a message", "canary", _canary),
    ("Spool", "spool", _spool),
    ("Disk", "disk", _disk),
    ("Backups", "backup", _backup),
    ("Repaired at the start", "repairs", _repairs),
)
