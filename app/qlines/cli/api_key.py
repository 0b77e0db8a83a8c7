"""`qlines api-key`: keys for programs that call the API."""

import argparse
from typing import Any

from qlines.cli.console import DONE
from qlines.cli.context import Context
from qlines.clock import utc_datetime
from qlines.store import api_keys, users


def add_parser(groups: Any) -> None:
    """Describe the commands of this group."""
    group = groups.add_parser("api-key", help="make a key for the API")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="make a key; it is shown once")
    add.add_argument("email", metavar="EMAIL", help="the key may do what this user may")
    add.add_argument("--name", metavar="N", default="command line", help="to tell keys apart")
    add.set_defaults(run=run_add)


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Make a key."""
    user = users.find_by_email(context.db, args.email)
    now = utc_datetime(context.clock.now_us())
    key = api_keys.add(context.db, user["_id"], args.name, now=now)
    context.console.answer({"email": user["email"], "key": key}, [f"{key} (shown once)"])
    return DONE
