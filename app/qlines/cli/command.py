"""`qlines command`: call a method on a device, and list or cancel such commands."""

import argparse
from datetime import datetime, timedelta
from typing import Any, get_args

import orjson

from qlines.cli.command_words import command_json, has_succeeded, outcome, row, steps
from qlines.cli.console import DONE, FAILED, table
from qlines.cli.context import CONSOLE, Context
from qlines.clock import utc_datetime
from qlines.errors import FieldError, NotFoundError
from qlines.store import commands, device_document, devices
from qlines.store.command_document import (
    EXPIRES_IN_SECONDS,
    MAX_EXPIRES_IN_SECONDS,
    MAX_RETRIES,
    RETRIES,
    CommandDocument,
    NewCommand,
    State,
    named,
)
from qlines.value_rules import text_problem

MAX_LISTED = 200
READ_EVERY_SECONDS = 0.5
WHICH = "as `device list` shows it"
HEADER = ("NUMBER", "METHOD", "STATE", "MADE", "BY", "RESULT")


def add_parser(groups: Any) -> None:
    """Add the commands `qlines command …`."""
    group = groups.add_parser("command", help="call methods on devices, list and cancel such calls")
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    _add_send(verbs)
    listing = verbs.add_parser("list", help="list the commands of a device, the newest first")
    listing.add_argument("device", metavar="DEVICE_ID", help=WHICH)
    listing.add_argument("--state", choices=("open", *get_args(State)))
    listing.set_defaults(run=run_list)
    cancel = verbs.add_parser("cancel", help="cancel a command that has not ended")
    cancel.add_argument("device", metavar="DEVICE_ID", help=WHICH)
    cancel.add_argument("number", metavar="NUMBER", type=int, help="as `command list` shows it")
    cancel.set_defaults(run=run_cancel)


def _add_send(verbs: Any) -> None:
    send = verbs.add_parser(
        "send", help="call a method; with --wait exit 1 unless it ends well in that time"
    )
    send.add_argument("device", metavar="DEVICE_ID", help=WHICH)
    send.add_argument("method", metavar="METHOD", help="a name that the device knows")
    send.add_argument(
        "params", metavar="PARAMS_JSON", nargs="?", default="null",
        help="""such as '{"open": true}'; null without""",
    )  # fmt: skip
    send.add_argument("--one-way", action="store_true", help="the device need not answer")
    send.add_argument(
        "--expires-in", type=int, default=EXPIRES_IN_SECONDS, metavar="SECONDS",
        help="how long it waits for the device; default: %(default)s",
    )  # fmt: skip
    send.add_argument(
        "--retries", type=int, default=RETRIES, metavar="N", help="after it was not acknowledged"
    )
    send.add_argument("--wait", type=float, metavar="SECONDS", help="until it has ended")
    send.set_defaults(run=run_send)


def run_send(args: argparse.Namespace, context: Context) -> int:
    """Send a command; raise FieldError, NotFoundError, or ConflictError when too many are open."""
    new = new_command(args)
    device = devices.find(context.db, args.device)
    in_order = bool(device.get("commands_in_order"))
    command = commands.add(context.db, str(device["_id"]), new, _now(context), in_order=in_order)
    context.noted(f"sent {named(command)} to {device_document.named(device)}")
    if args.wait is not None:
        command = wait(context, command, args.wait)
    context.console.answer(command_json(command), [outcome(command)])
    return DONE if args.wait is None or has_succeeded(command) else FAILED


def new_command(args: argparse.Namespace) -> NewCommand:
    """Return the command that the arguments describe; raise FieldError for an invalid one."""
    if not 1 <= args.expires_in <= MAX_EXPIRES_IN_SECONDS:
        rule = f"must be from 1 to {MAX_EXPIRES_IN_SECONDS} seconds"
        raise FieldError("--expires-in", f"{rule}, got {args.expires_in}")
    if not 0 <= args.retries <= MAX_RETRIES:
        raise FieldError("--retries", f"must be from 0 to {MAX_RETRIES}, got {args.retries}")
    if args.wait is not None and not args.wait > 0:
        raise FieldError("--wait", f"must be above 0 seconds, got {args.wait}")
    try:
        params = orjson.loads(args.params)
    except orjson.JSONDecodeError as error:
        raise FieldError(
            "PARAMS_JSON",
            f"""must be JSON such as '{{"open": true}}', got {args.params!r}: {error}""",
        ) from None
    if problem := text_problem(args.params.encode()):
        raise FieldError("PARAMS_JSON", f"was refused: {problem}")
    expires_in = timedelta(seconds=args.expires_in)
    return NewCommand(
        args.method, params, not args.one_way, expires_in, args.retries, CONSOLE, key=None
    )


def wait(context: Context, command: CommandDocument, seconds: float) -> CommandDocument:
    """Return the command as it is once it has ended, or after *seconds*; note each state.

    Raise NotFoundError when it was removed with its device.
    """
    device, number = str(command["device"]), command["number"]
    give_up_at = context.clock.monotonic() + seconds
    noted: set[str] = set()
    while True:
        for step in steps(command):
            if step not in noted:
                context.console.note(step)
                noted.add(step)
        left = give_up_at - context.clock.monotonic()
        if "open" not in command or left <= 0:
            return command
        context.clock.sleep(min(left, READ_EVERY_SECONDS))
        found = commands.get(context.db, device, number)
        if found is None:
            raise NotFoundError(f"{named(command)} was removed together with its device")
        command = found


def run_list(args: argparse.Namespace, context: Context) -> int:
    """List the newest commands of a device; raise NotFoundError when there is no such device."""
    device = devices.find(context.db, args.device)
    found, total = commands.page(
        context.db, str(device["_id"]), state=args.state, page=1, per_page=MAX_LISTED
    )
    context.console.answer(list(map(command_json, found)), table(HEADER, map(row, found)))
    if total > len(found):
        context.console.note(f"these are the newest {len(found)} of {total:,}")
    return DONE


def run_cancel(args: argparse.Namespace, context: Context) -> int:
    """Cancel a command; raise NotFoundError, or ConflictError when it has ended."""
    device = devices.find(context.db, args.device)
    command = commands.cancel(context.db, str(device["_id"]), args.number, CONSOLE, _now(context))
    context.noted(f"cancelled {named(command)} to {device_document.named(device)}")
    line = f"{named(command)} is cancelled; the device may have got it before"
    context.console.answer(command_json(command), [line])
    return DONE


def _now(context: Context) -> datetime:
    return utc_datetime(context.clock.now_us())
