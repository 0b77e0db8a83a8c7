"""`qlines api-key`: keys for programs that call the API."""

import argparse
from typing import Any

from qlines.cli.console import DONE
from qlines.cli.context import Context
from qlines.clock import utc_datetime
from qlines.store import api_keys, users


def add_parser(groups: Any) -> None:
    """Add the commands `qlines api-key …`."""
    group = groups.add_parser("api-key", help="manage keys for the API")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="create a key; it is shown only once")
    add.add_argument("email", metavar="EMAIL", help="the user on whose behalf the key acts")
    add.add_argument("--name", metavar="N", default="command line", help="what the key is for")
    add.set_defaults(run=run_add)


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Create a key and print it; raise NotFoundError for an unknown user."""
    user = users.find_by_email(context.db, args.email)
    now = utc_datetime(context.clock.now_us())
    key = api_keys.add(context.db, user["_id"], args.name, now=now)
    context.noted(f"added the API key {args.name!r} of {user['email']}")
    context.console.answer({"email": user["email"], "key": key}, [f"{key} (shown only once)"])
    return DONE
