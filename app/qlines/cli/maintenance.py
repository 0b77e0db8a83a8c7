"""`qlines drain` and `qlines resume`: send users elsewhere while the operator works here."""

import argparse
import http.client
import json
from contextlib import suppress
from typing import Any

from appliance.shared import twin
from appliance.shared.twin import Twin
from qlines import maintenance, role
from qlines.cli.console import DONE, FAILED
from qlines.cli.context import Context
from qlines.cli.moving import Moved, Report
from qlines.clock import Clock
from qlines.errors import FieldError, StoreUnavailableError
from qlines.health_report import HOST, PORT
from qlines.maintenance import Maintenance
from qlines.role import Role
from qlines.twin import other_side
from qlines.twin.handover import hand_over, require_other
from qlines.twin.members import host_of
from qlines.twin.replica_set import ReplicaSet

TIMEOUT_SECONDS = 10.0
MAX_REASON_CHARACTERS = 200


def add_parser(groups: Any) -> None:
    """Add the commands `qlines drain` and `qlines resume`."""
    drain = groups.add_parser(
        "drain", help="send users elsewhere: /health/ready answers 503 until `qlines resume`"
    )
    drain.add_argument("--reason", default="maintenance", help="shown by /health/ready")
    drain.set_defaults(run=run_drain)
    resume = groups.add_parser("resume", help="end the drain: users may come again")
    resume.set_defaults(run=run_resume)


def run_drain(args: argparse.Namespace, context: Context) -> int:
    """Drain, and return when /health/ready says so; devices and running requests continue.

    A side of a pairing also hands over to the other, and returns when it carries no traffic.
    Raise FieldError for a reason that cannot be shown, and NotNowError before anything is changed
    when the other side could not take over.
    """
    reason = args.reason.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARACTERS or not reason.isprintable():
        raise FieldError(
            "reason", f"must have 1 to {MAX_REASON_CHARACTERS} printable characters, got {reason!r}"
        )
    pairing = twin.read(context.settings.data_dir)
    if pairing:
        require_other(pairing, _seen(context))
    report = _report(context, pairing) if pairing else None
    since_us = context.clock.now_us()
    maintenance.begin(context.settings.data_dir, Maintenance(since_us / 1e6, reason))
    context.noted(f"drained the appliance: {reason}")
    is_seen = _wait_for(context.clock, is_draining=True)
    has_handed_over = _hand_over(context, pairing)
    document = {"draining": True, "since": since_us // 1000, "reason": reason}
    line = f"draining ({reason}): /health/ready answers 503 until `qlines resume`"
    line += "; the other side becomes active" if has_handed_over else ""
    if not (pairing and report and is_seen):
        return _answer(context, document, line, is_seen)
    context.console.note(line)
    return _answer_moved(context, document, pairing, report.wait())


def run_resume(_args: argparse.Namespace, context: Context) -> int:
    """End the drain, and return when /health/ready no longer says that it is draining."""
    was_draining = maintenance.end(context.settings.data_dir)
    _let_be_elected(context)
    is_seen = _wait_for(context.clock, is_draining=False)
    if was_draining:
        context.noted("ended the drain of the appliance")
    line = "resumed: users may come again" if was_draining else "it was not draining"
    return _answer(context, {"draining": False}, line, is_seen)


def _report(context: Context, pairing: Twin) -> Report:
    settings = context.settings
    return Report(
        pairing, settings.run_dir, context.console, context.clock,
        clients_per_second=settings.drain_clients_per_second,
        status_of_other=lambda: other_side.status(pairing),
    )  # fmt: skip


def _answer_moved(context: Context, document: dict[str, Any], pairing: Twin, moved: Moved) -> int:
    document |= {"moved": moved.devices, "left": moved.left}
    if moved.left:
        context.console.error(
            f"{moved.left}. The drain continues: repeat `qlines drain` to see how far it is"
        )
        return FAILED
    context.console.answer(document, [f"{pairing.side} carries no traffic"])
    return DONE


def _hand_over(context: Context, pairing: Twin | None) -> bool:
    """Let the twin become active, where there is one; return whether this side was."""
    if pairing is None:
        return False
    return hand_over(ReplicaSet(host_of(pairing.side)), pairing, _seen(context))


def _seen(context: Context) -> Role:
    return role.read(context.settings.run_dir, context.clock.now_us() / 1e6)


def _let_be_elected(context: Context) -> None:
    """End what a hand-over has left, so that this side may take the role at once."""
    pairing = twin.read(context.settings.data_dir)
    if pairing is not None:
        with suppress(StoreUnavailableError):  # it is let by itself, seconds later
            ReplicaSet(host_of(pairing.side)).thaw()


def _answer(context: Context, document: dict[str, Any], line: str, is_seen: bool) -> int:
    context.console.answer(document, [line])
    if is_seen:
        return DONE
    context.console.error(
        f"the health checker has not taken note within {TIMEOUT_SECONDS:g} s; see `qlines health`"
    )
    return FAILED


def _wait_for(clock: Clock, *, is_draining: bool) -> bool:
    give_up_at = clock.monotonic() + TIMEOUT_SECONDS
    while clock.monotonic() < give_up_at:
        status = ready_status()
        if status is not None and (status == "draining") == is_draining:
            return True
        clock.sleep(0.2)
    return False


def ready_status() -> str | None:
    """Return the status that /health/ready gives, or None when the checker does not answer."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return str(json.loads(connection.getresponse().read())["status"])
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None
    finally:
        connection.close()
