"""`qlines user`: the people who may sign in."""

import argparse
import sys
from typing import Any

from qlines.cli.console import DONE, table
from qlines.cli.context import Context
from qlines.store import passwords, users
from qlines.store.users import UserDocument


def add_parser(groups: Any) -> None:
    """Add the commands `qlines user …`."""
    group = groups.add_parser("user", help="add and list users, reset passwords")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser(
        "add", help="add a user; without --password-stdin a password is generated"
    )
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--admin", action="store_true", help="may see every user's devices")
    _add_password_argument(add)
    add.set_defaults(run=run_add)
    commands.add_parser("list", help="list all users").set_defaults(run=run_list)
    reset = commands.add_parser(
        "reset-password", help="replace a user's password and end their sessions"
    )
    reset.add_argument("email", metavar="EMAIL")
    _add_password_argument(reset)
    reset.set_defaults(run=run_reset_password)


def _add_password_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Add a user; raise FieldError or ConflictError for an invalid or a taken address."""
    password = _password(args)
    user = users.add(context.db, args.email, passwords.hash_password(password), admin=args.admin)
    context.noted(f"added {user['email']} as {'an admin' if user['admin'] else 'an owner'}")
    return _print_user(args, context, user_json(user), password)


def run_list(args: argparse.Namespace, context: Context) -> int:
    """Print all users, ordered by address; return the exit status."""
    all_users = [user_json(user) for user in users.list_all(context.db)]
    rows = [(user["email"], "yes" if user["admin"] else "") for user in all_users]
    context.console.answer(all_users, table(("EMAIL", "ADMIN"), rows))
    return DONE


def run_reset_password(args: argparse.Namespace, context: Context) -> int:
    """Replace the password and end the user's sessions; raise NotFoundError for an unknown user."""
    user = users.find_by_email(context.db, args.email)
    password = _password(args)
    users.set_password(context.db, user["_id"], passwords.hash_password(password))
    context.noted(f"replaced the password of {user['email']}")
    return _print_user(args, context, user_json(user), password)


def user_json(user: UserDocument) -> dict[str, Any]:
    """Return the user as JSON, without anything secret."""
    return {"email": user["email"], "admin": bool(user["admin"])}


def _password(args: argparse.Namespace) -> str:
    if not args.password_stdin:
        return passwords.make_password()
    return users.checked_password(sys.stdin.readline().rstrip("\r\n"))


def _print_user(
    args: argparse.Namespace, context: Context, user: dict[str, Any], password: str
) -> int:
    line = f"{user['email']} can sign in"
    if not args.password_stdin:
        # Shown only now: only its hash is stored.
        user["password"] = password
        line += f" with the password {password}"
    context.console.answer(user, [line])
    return DONE
