"""`qlines user`: who may sign in."""

import argparse
import sys
from typing import Any

from qlines.cli.console import DONE, table
from qlines.cli.context import Context
from qlines.store import passwords, users


def add_parser(groups: Any) -> None:
    """Describe the commands of this group."""
    group = groups.add_parser("user", help="add and list users, reset a password")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="add a user; without --password-stdin one is made")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--admin", action="store_true", help="may see every user's devices")
    _add_password_argument(add)
    add.set_defaults(run=run_add)
    commands.add_parser("list", help="list all users").set_defaults(run=run_list)
    reset = commands.add_parser(
        "reset-password", help="give a user a new password and end their sessions"
    )
    reset.add_argument("email", metavar="EMAIL")
    _add_password_argument(reset)
    reset.set_defaults(run=run_reset_password)


def _add_password_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Add a user."""
    password = _password(args)
    users.add(context.db, args.email, passwords.hash_password(password), admin=args.admin)
    return _tell(
        args, context, {"email": args.email.strip().lower(), "admin": args.admin}, password
    )


def run_list(args: argparse.Namespace, context: Context) -> int:
    """List everybody."""
    everybody = [described(user) for user in users.list_all(context.db)]
    rows = [(user["email"], "yes" if user["admin"] else "") for user in everybody]
    context.console.answer(everybody, table(("EMAIL", "ADMIN"), rows))
    return DONE


def run_reset_password(args: argparse.Namespace, context: Context) -> int:
    """Replace the password; whoever is signed in with the old one is signed out."""
    user = users.find_by_email(context.db, args.email)
    password = _password(args)
    users.set_password(context.db, user["_id"], passwords.hash_password(password))
    return _tell(args, context, described(user), password)


def described(user: dict[str, Any]) -> dict[str, Any]:
    """Return what may be told about a user."""
    return {"email": user["email"], "admin": bool(user["admin"])}


def _password(args: argparse.Namespace) -> str:
    if not args.password_stdin:
        return passwords.make_password()
    return users.checked_password(sys.stdin.readline().rstrip("\r\n"))


def _tell(args: argparse.Namespace, context: Context, user: dict[str, Any], password: str) -> int:
    line = f"{user['email']} can sign in"
    if not args.password_stdin:
        # Shown once: only its hash is kept.
        user["password"] = password
        line += f" with the password {password}"
    context.console.answer(user, [line])
    return DONE
