"""`qlines device import`: many devices from a CSV file, all or nothing."""

import argparse
import sys
from pathlib import Path
from typing import Any

from qlines.cli.console import DONE, FAILED
from qlines.cli.context import Context
from qlines.cli.registry_wait import wait_for_device
from qlines.errors import QLinesError
from qlines.store import device_batches, devices, import_plan, users
from qlines.store.device_document import NewDevice, named_all
from qlines.store.import_plan import LineError, Plan

STDIN = "-"
MAX_ERRORS_AS_TEXT = 20


class UnreadableFileError(QLinesError):
    """The file cannot be read as text."""


def add_parser(commands: Any) -> None:
    """Add the command `qlines device import`."""
    parser = commands.add_parser(
        "import",
        help="add the devices of a CSV file: name, owner, token, gateway, tags",
        description="Adds all devices of the file, or none when a line is invalid. A device that "
        "is already registered with the same owner, name, token, gateway and tags is skipped. "
        "Tags are separated by | within their cell (or by , or ; where it is quoted).",
    )
    parser.add_argument("file", metavar="FILE.csv", help="the file; - for standard input")
    parser.add_argument(
        "--skip-errors", action="store_true", help="add the valid lines even if others are invalid"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Import the file; return FAILED when a line is invalid, unless it may be skipped."""
    new_lines, unreadable = import_plan.read(read_text(args.file))
    owners = {user["email"]: user["_id"] for user in users.list_all(context.db)}
    registry = import_plan.registry_of(owners, devices.list_all(context.db))
    plan = import_plan.plan(new_lines, registry)
    plan = plan._replace(errors=sorted(unreadable + plan.errors))
    if plan.errors and not args.skip_errors:
        plan = plan._replace(added=[])
    added = device_batches.add_all(
        context.db,
        [
            NewDevice(registry.owners[new.owner], new.name, new.token, new.gateway, new.tags)
            for new in plan.added
        ],
    )
    if added:
        context.noted(f"imported from a file {named_all(added)}")
        wait_for_device(context, str(added[-1]["_id"]))
    context.console.answer(document(plan), lines(plan))
    return DONE if args.skip_errors or not plan.errors else FAILED


def read_text(file: str) -> str:
    """Return the text of the file without the byte order mark that spreadsheets write.

    Raise UnreadableFileError when it cannot be read or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{file} must be UTF-8 text, but byte {error.start} is not"
        ) from None


def document(plan: Plan) -> dict[str, Any]:
    """Return the report as JSON."""
    return {
        "added": len(plan.added),
        "skipped": plan.skipped,
        "errors": [error._asdict() for error in plan.errors],
    }


def lines(plan: Plan) -> list[str]:
    """Return the report as text."""
    text = [f"added {len(plan.added)}, skipped {plan.skipped} that already exist"]
    text += [_line(error) for error in plan.errors[:MAX_ERRORS_AS_TEXT]]
    if len(plan.errors) > MAX_ERRORS_AS_TEXT:
        text.append(f"and {len(plan.errors) - MAX_ERRORS_AS_TEXT} more: --json shows all")
    if plan.errors and not plan.added:
        text.append("nothing was added: correct these lines, or add the others with --skip-errors")
    return text


def _line(error: LineError) -> str:
    return f"line {error.line}: {error.reason}"
