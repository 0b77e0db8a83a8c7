"""`qlines twins`: which side is active, how far each is behind, and what to do, if anything.

`qlines twins promote` makes this side active when the other one is gone and there is no witness.
`qlines twins caught-up` is for scripts: whether this side has what it can have.
"""

import argparse
import sys
from typing import Any

from appliance.shared import twin
from qlines import role
from qlines.cli.console import DONE, FAILED, table
from qlines.cli.context import Context
from qlines.cli.health import fetch_report
from qlines.role import HAS_ALL_DATA, UNKNOWN
from qlines.twin.handover import NotNowError, promote, refusal, warning
from qlines.twin.members import host_of
from qlines.twin.replica_set import ReplicaSet

NO_TWIN = "there is no twin: `make twin-invite` makes one"
# As the writer reports it: a restart over there takes less.
UNANSWERED_SECONDS = 15.0
BEHIND_SECONDS = 30.0
# What the fastest senders measured bring in a second. Until the first of many waiting records is
# stored, nothing is known of their age.
BEHIND_RECORDS = 20_000
DRAINED = "This side is drained: `make resume` takes it back."
NOTHING_TO_DO = "Nothing needs to be done."


def add_parser(groups: Any) -> None:
    """Add the command `qlines twins`."""
    parser = groups.add_parser(
        "twins", help="which of two VMs is active; exit 1 when anything needs to be done"
    )
    parser.set_defaults(run=run)
    verbs = parser.add_subparsers(metavar="VERB")
    catching_up = verbs.add_parser(
        "caught-up", help="exit 0 once this side has everything that the other one can give it"
    )
    catching_up.set_defaults(run=run_caught_up)
    promoting = verbs.add_parser("promote", help="make this side active, the other one is gone")
    promoting.add_argument("--yes", action="store_true", help="do not ask")
    promoting.set_defaults(run=run_promote)


def run_promote(args: argparse.Namespace, context: Context) -> int:
    """Make this side active; ask first, with what may be lost. Raise QLinesError for a refusal."""
    pairing = twin.read(context.settings.data_dir)
    if pairing is None:
        raise NotNowError(NO_TWIN)
    seen = role.read(context.settings.run_dir, context.clock.now_us() / 1e6)
    reason = refusal(seen)
    if reason:
        raise NotNowError(reason)
    if not args.yes and not _is_confirmed(warning(pairing, seen)):
        context.console.error("nothing was changed")
        return FAILED
    promote(ReplicaSet(host_of(pairing.side)), pairing, seen)
    context.console.answer({"promoted": pairing.side}, [f"side {pairing.side} is active now"])
    return DONE


def _is_confirmed(question: str) -> bool:
    sys.stderr.write(f"{question}\nType yes to continue: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"


def run(_args: argparse.Namespace, context: Context) -> int:
    """Print what the health checker knows of the twins; return FAILED unless all is well."""
    document = _fetch(context)
    if document is None:
        return FAILED
    context.console.answer(document, lines(document))
    return DONE if is_well(document) else FAILED


def run_caught_up(_args: argparse.Namespace, context: Context) -> int:
    """Print the same; return FAILED until this side has everything that it can have now."""
    pairing, document = twin.read(context.settings.data_dir), _fetch(context)
    if pairing is None or document is None:
        return FAILED
    context.console.answer(document, lines(document))
    return DONE if has_caught_up(document, pairing.side) else FAILED


def _fetch(context: Context) -> dict[str, Any] | None:
    """Return what the health checker knows of the twins; print why when that is nothing."""
    report = fetch_report()
    document: dict[str, Any] | None = report.get("twin")
    if document is None:
        context.console.error(report.get("reason", NO_TWIN))
        return None
    return document | {"maintenance": report.get("maintenance")}


def lines(document: dict[str, Any]) -> list[str]:
    """Return the report as text."""
    rows = [(one["side"], one["state"].lower(), _behind(one)) for one in document["members"]]
    advice = NOTHING_TO_DO if is_well(document) else "`qlines health` says what is wrong."
    sentence = document["sentence"]
    drained = [DRAINED] if document["maintenance"] else []
    return [
        f"{sentence[0].upper()}{sentence[1:]}.", *drained, "",
        *table(("SIDE", "STATE", "BEHIND"), rows), *_of_readings(document), "", advice,
    ]  # fmt: skip


def is_well(document: dict[str, Any]) -> bool:
    """Return whether one side is active, all members have their data, and this one serves."""
    states = [one["state"] for one in document["members"]]
    catch_up, telemetry = document["catch_up"], document["telemetry"]
    return (
        document["role"] != UNKNOWN
        and not document["maintenance"]
        and all(one in HAS_ALL_DATA for one in states)
        and not (catch_up and catch_up["is_needed"])
        and not (telemetry and _is_late(telemetry))
    )


def has_caught_up(document: dict[str, Any], side: str) -> bool:
    """Return whether *side*, which the document is of, has everything that it can have now.

    Other members do not count, and from a side that is gone nothing can be fetched. What is not
    known yet, as in the first seconds of a start, is not there yet.
    """
    own = next((one["state"] for one in document["members"] if one["side"] == side), "")
    catch_up, telemetry = document["catch_up"], document["telemetry"]
    if own not in HAS_ALL_DATA or not telemetry:
        return False
    if _is_unanswered(telemetry):
        return True
    is_answered = telemetry["unanswered_seconds"] == 0
    return is_answered and not _is_late(telemetry) and not (catch_up and catch_up["is_needed"])


def _is_late(telemetry: dict[str, float]) -> bool:
    return (
        _is_unanswered(telemetry)
        or telemetry["lag_seconds"] >= BEHIND_SECONDS
        or telemetry["behind_records"] >= BEHIND_RECORDS
    )


def _is_unanswered(telemetry: dict[str, float] | None) -> bool:
    return bool(telemetry and telemetry["unanswered_seconds"] >= UNANSWERED_SECONDS)


def _of_readings(document: dict[str, Any]) -> list[str]:
    """Return in sentences how far this side is behind the readings of the other one."""
    catch_up, telemetry = document["catch_up"], document["telemetry"]
    found = []
    if telemetry and _is_unanswered(telemetry):
        silent_seconds = telemetry["unanswered_seconds"]
        found = [f"The other side's Kafka has not answered for {silent_seconds:.0f} s."]
    elif telemetry:
        found = [f"Readings of the other side: {telemetry['lag_seconds']:.0f} s behind."]
    if catch_up and catch_up["is_needed"]:
        done = f"{catch_up['partitions_done']} of {catch_up['partitions']} partitions"
        found.append(f"Fetching what was missed, {done}: {catch_up['sentence']}.")
    return ["", *found] if found else []


def _behind(member: dict[str, Any]) -> str:
    seconds = member["behind_seconds"]
    return "-" if seconds is None else f"{seconds:.0f} s"
