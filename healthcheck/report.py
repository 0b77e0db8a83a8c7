"""Shape verdicts as the health endpoints promise them."""

from typing import Any, NamedTuple

from healthcheck import checks
from healthcheck.heal import Healing
from healthcheck.history import Since, Starts
from healthcheck.observations import Appliance
from qlines.programs import BY_NAME

Document = dict[str, Any]

# The loop pauses for a second at most, and an iteration takes 2 s per program that does not answer.
STUCK_SECONDS = 30.0


class View(NamedTuple):
    """The last iteration, judged: the deep report, why it is not ready, counters by program."""

    deep: Document
    not_ready: list[str]
    counters: dict[str, dict[str, float]]
    healing: Healing = Healing()


def view(
    appliance: Appliance,
    verdicts: list[checks.Verdict],
    starts: Starts,
    since: Since,
    healing: Healing,
    version: str,
) -> View:
    """Build the view of one iteration."""
    supervisord = [appliance.supervisord_error] if appliance.supervisord_error else []
    notices = [*supervisord, *healing.given_up]
    whole = checks.overall(verdicts, appliance.disk, appliance.lag_ms, notices)
    deep: Document = {
        "status": whole.status,
        "since": _ms(since.note("", whole.status, appliance.at)),
        "problems": whole.problems,
        "components": [component(verdict, appliance, starts, since) for verdict in verdicts],
        # The message that the appliance will send itself is not built yet, so nothing is known.
        "canary": {"age_seconds": None, "latency_ms": None},
        "spool": spool(appliance),
        "disk": {
            "total_bytes": appliance.disk.total_bytes,
            "free_bytes": appliance.disk.free_bytes,
        },
        "healing": {
            "restarts": [
                restart._asdict() | {"at": _ms(restart.at)} for restart in healing.restarts
            ],
            "given_up": list(healing.given_up),
        },
        "backup": None,
        "version": version,
    }
    counters = {
        name: observation.heartbeat.counters
        for name, observation in appliance.programs.items()
        if observation.heartbeat
    }
    return View(deep, checks.not_ready(verdicts), counters, healing)


def stopping(last: View | None) -> View:
    """Return the view of an appliance that is being stopped: traffic must go elsewhere."""
    deep = {**(last.deep if last else {"components": []}), "status": "down"}
    return View(deep, ["the appliance is being stopped"], {})


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


def spool(appliance: Appliance) -> Document:
    """Describe what waits on disk, in total and by writer, and how far the consumers lag."""
    parts = {writer: part._asdict() for writer, part in appliance.spools.items()}
    return {
        "bytes": sum(part.bytes for part in appliance.spools.values()),
        "unread_bytes": sum(part.unread_bytes for part in appliance.spools.values()),
        "writers": parts,
        "lag_ms": appliance.lag_ms,
    }


def live(silent_seconds: float) -> tuple[int, Document]:
    """Answer "does the checker's own loop run?"."""
    if silent_seconds > STUCK_SECONDS:
        reason = f"the checker's loop has been stuck for {silent_seconds:.0f} s"
        return 503, {"status": "down", "reason": reason}
    return 200, {"status": "ok"}


def ready(last: View | None) -> tuple[int, Document]:
    """Answer "may traffic come here?"."""
    if last is None:
        return 503, {"status": "starting", "reason": "nothing has been checked yet"}
    if last.not_ready:
        return 503, {"status": last.deep["status"], "reason": "; ".join(last.not_ready)}
    return 200, {"status": "ok"}


def deep(last: View | None) -> tuple[int, Document]:
    """Answer with everything; 503 only when a program needed for ready is not well."""
    if last is None:
        return 503, {"status": "down", "reason": "nothing has been checked yet"}
    return (503 if last.deep["status"] == "down" else 200), last.deep


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
