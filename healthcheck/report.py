"""Put verdicts into the shapes that the health endpoints promise."""

from typing import Any, NamedTuple

from healthcheck import checks
from healthcheck.history import Restarts, Since
from healthcheck.observations import Appliance
from qlines.programs import BY_NAME

Document = dict[str, Any]

# Looks come every second at the latest, and a look takes 2 s for each program that is silent.
STUCK_SECONDS = 30.0


class View(NamedTuple):
    """The last look, judged: the deep report, why traffic may not come, and what was counted."""

    deep: Document
    not_ready: list[str]
    counters: dict[str, dict[str, float]]


def view(
    appliance: Appliance,
    verdicts: list[checks.Verdict],
    restarts: Restarts,
    since: Since,
    version: str,
) -> View:
    """Build the view of one look."""
    whole = checks.overall(verdicts, appliance.disk, appliance.lag_ms)
    deep: Document = {
        "status": whole.status,
        "since": _ms(since.note("", whole.status, appliance.at)),
        "problems": whole.problems,
        "components": [component(verdict, appliance.at, restarts, since) for verdict in verdicts],
        # The message that the appliance will send itself is not built yet: nothing is known.
        "canary": {"age_seconds": None, "latency_ms": None},
        "spool": spool(appliance),
        "disk": {
            "total_bytes": appliance.disk.total_bytes,
            "free_bytes": appliance.disk.free_bytes,
        },
        "backup": None,
        "version": version,
    }
    counters = {name: seen.sign.counters for name, seen in appliance.programs.items() if seen.sign}
    return View(deep, checks.not_ready(verdicts), counters)


def stopped(seen: View | None) -> View:
    """Return the view of an appliance that is being stopped: traffic must go elsewhere."""
    deep = {**(seen.deep if seen else {"components": []}), "status": "down"}
    return View(deep, ["the appliance is being stopped"], {})


def component(verdict: checks.Verdict, now: float, restarts: Restarts, since: Since) -> Document:
    """Describe one program; *blocked_by* is there only when it is blocked."""
    described: Document = {
        "name": verdict.name,
        "status": verdict.status,
        "sentence": verdict.sentence,
        "since": _ms(since.note(verdict.name, verdict.status, now)),
        "restarts_last_hour": restarts.last_hour(verdict.name, now),
        "needed_for_ready": BY_NAME[verdict.name].is_needed_for_ready,
    }
    if verdict.blocked_by:
        described["blocked_by"] = verdict.blocked_by
    return described


def spool(appliance: Appliance) -> Document:
    """Describe what waits on disk, in all and by writer, and how far the consumers are behind."""
    parts = {writer: part._asdict() for writer, part in appliance.spools.items()}
    return {
        "bytes": sum(part.bytes for part in appliance.spools.values()),
        "unread_bytes": sum(part.unread_bytes for part in appliance.spools.values()),
        "writers": parts,
        "lag_ms": appliance.lag_ms,
    }


def live(silent_seconds: float) -> tuple[int, Document]:
    """Answer "does the checker itself turn?"."""
    if silent_seconds > STUCK_SECONDS:
        reason = f"the checker's loop has not turned for {silent_seconds:.0f} s"
        return 503, {"status": "down", "reason": reason}
    return 200, {"status": "ok"}


def ready(seen: View | None) -> tuple[int, Document]:
    """Answer "may traffic come?"."""
    if seen is None:
        return 503, {"status": "starting", "reason": "nothing was looked at yet"}
    if seen.not_ready:
        return 503, {"status": seen.deep["status"], "reason": "; ".join(seen.not_ready)}
    return 200, {"status": "ok"}


def deep(seen: View | None) -> tuple[int, Document]:
    """Answer with everything; 503 only when a program needed for ready is not well."""
    if seen is None:
        return 503, {"status": "down", "reason": "nothing was looked at yet"}
    return (503 if seen.deep["status"] == "down" else 200), seen.deep


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
