"""`qlines device import`: many devices from a CSV file, all or nothing."""

import argparse
import sys
from pathlib import Path
from typing import Any

from qlines.cli import import_plan
from qlines.cli.console import DONE, FAILED
from qlines.cli.context import Context
from qlines.cli.import_plan import Plan, Wrong
from qlines.cli.registry_wait import wait_for_device
from qlines.errors import QLinesError
from qlines.store import device_batches, devices, users

STDIN = "-"
SHOWN_TO_PEOPLE = 20


class UnreadableFileError(QLinesError):
    """The file cannot be read as text."""


def add_parser(commands: Any) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "import",
        help="add the devices of a CSV file: name, owner, token, gateway, tags",
        description="Adds all devices of the file, or none when a line is wrong. A device that is "
        "registered already with the same owner, name, token, gateway and tags is skipped. "
        "Tags are separated by | within their cell (or by , or ; where it is quoted).",
    )
    parser.add_argument("file", metavar="FILE.csv", help="- reads standard input")
    parser.add_argument(
        "--skip-errors", action="store_true", help="add the good lines although others are wrong"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Read, plan, add."""
    wanted, unreadable = import_plan.read(read_text(args.file).splitlines(keepends=True))
    registry = import_plan.registry_of(users.list_all(context.db), devices.list_all(context.db))
    plan = import_plan.plan(wanted, registry)
    plan = plan._replace(errors=sorted(unreadable + plan.errors))
    if plan.errors and not args.skip_errors:
        plan = plan._replace(added=[])
    added = device_batches.add_all(
        context.db,
        [
            device_batches.NewDevice(
                registry.owners[new.owner], new.name, new.token, new.gateway, new.tags
            )
            for new in plan.added
        ],
    )
    if added:
        wait_for_device(context, added[-1])
    context.console.answer(document(plan), lines(plan))
    return DONE if args.skip_errors or not plan.errors else FAILED


def read_text(file: str) -> str:
    """Return the file's text; a byte order mark, which spreadsheets write, is left out."""
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{file} must be text in UTF-8, and is not at byte {error.start}"
        ) from None


def document(plan: Plan) -> dict[str, Any]:
    """Return the report as JSON has it."""
    return {
        "added": len(plan.added),
        "skipped": plan.skipped,
        "errors": [wrong._asdict() for wrong in plan.errors],
    }


def lines(plan: Plan) -> list[str]:
    """Return the report as a person reads it."""
    told = [f"added {len(plan.added)}, skipped {plan.skipped} that are there already"]
    told += [_line(wrong) for wrong in plan.errors[:SHOWN_TO_PEOPLE]]
    if len(plan.errors) > SHOWN_TO_PEOPLE:
        told.append(f"and {len(plan.errors) - SHOWN_TO_PEOPLE} more: --json shows all")
    if plan.errors and not plan.added:
        told.append("nothing was added: correct the lines, or add the others by --skip-errors")
    return told


def _line(wrong: Wrong) -> str:
    return f"line {wrong.line}: {wrong.reason}"
