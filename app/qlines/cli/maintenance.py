"""`qlines drain` and `qlines resume`: send users elsewhere while the operator works here."""

import argparse
import http.client
import json
from contextlib import suppress
from typing import Any

from appliance.shared import twin
from qlines import maintenance, role
from qlines.cli.console import DONE, FAILED
from qlines.cli.context import Context
from qlines.cli.health import HOST, PORT
from qlines.clock import Clock
from qlines.errors import FieldError, StoreUnavailableError
from qlines.maintenance import Maintenance
from qlines.twin.handover import hand_over
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

    Raise FieldError for a reason that cannot be shown.
    """
    reason = args.reason.strip()
    if not 1 <= len(reason) <= MAX_REASON_CHARACTERS or not reason.isprintable():
        raise FieldError(
            "reason", f"must have 1 to {MAX_REASON_CHARACTERS} printable characters, got {reason!r}"
        )
    since_us = context.clock.now_us()
    maintenance.begin(context.settings.data_dir, Maintenance(since_us / 1e6, reason))
    is_seen = _wait_for(context.clock, is_draining=True)
    has_handed_over = _hand_over(context)
    document = {"draining": True, "since": since_us // 1000, "reason": reason}
    line = f"draining ({reason}): /health/ready answers 503 until `qlines resume`"
    line += "; the other side becomes active" if has_handed_over else ""
    return _answer(context, document, line, is_seen)


def run_resume(_args: argparse.Namespace, context: Context) -> int:
    """End the drain, and return when /health/ready no longer says that it is draining."""
    was_draining = maintenance.end(context.settings.data_dir)
    _let_be_elected(context)
    is_seen = _wait_for(context.clock, is_draining=False)
    line = "resumed: users may come again" if was_draining else "it was not draining"
    return _answer(context, {"draining": False}, line, is_seen)


def _hand_over(context: Context) -> bool:
    """Let the twin become active, where there is one; return whether this side was."""
    pairing = twin.read(context.settings.data_dir)
    if pairing is None:
        return False
    seen = role.read(context.settings.run_dir, context.clock.now_us() / 1e6)
    return hand_over(ReplicaSet(host_of(pairing.side)), pairing, seen)


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
