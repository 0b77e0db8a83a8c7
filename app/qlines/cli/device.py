"""`qlines device`: the registry of devices."""

import argparse
from typing import Any

from qlines.cli import device_import
from qlines.cli.console import DONE, table
from qlines.cli.context import Context
from qlines.cli.registry_wait import wait_for_device
from qlines.store import devices, users


def add_parser(groups: Any) -> None:
    """Describe the commands of this group."""
    group = groups.add_parser("device", help="add, list, remove and import devices")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="add a device; without --token one is made")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--owner", metavar="EMAIL", required=True)
    add.add_argument("--token", metavar="T", help="1 to 64 printable characters")
    add.add_argument("--gateway", action="store_true", help="may speak for the owner's devices")
    add.set_defaults(run=run_add)
    listing = commands.add_parser("list", help="list devices with their tokens")
    listing.add_argument("--owner", metavar="EMAIL", help="only this owner's")
    listing.set_defaults(run=run_list)
    remove = commands.add_parser("remove", help="remove a device; its token dies at once")
    remove.add_argument("id", metavar="ID")
    remove.set_defaults(run=run_remove)
    device_import.add_parser(commands)


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Add a device."""
    owner = users.find_by_email(context.db, args.owner)
    device = devices.add(
        context.db, owner["_id"], args.name, gateway=args.gateway, token=args.token
    )
    wait_for_device(context, str(device["_id"]))
    told = described(device, owner["email"])
    context.console.answer(
        told, [f"{told['name']} has the id {told['id']} and the token {told['token']}"]
    )
    return DONE


def run_list(args: argparse.Namespace, context: Context) -> int:
    """List everybody's devices, or one owner's."""
    emails = {user["_id"]: user["email"] for user in users.list_all(context.db)}
    wanted = users.find_by_email(context.db, args.owner)["_id"] if args.owner else None
    found = [
        described(device, emails.get(device["owner"], ""))
        for device in devices.list_all(context.db)
        if wanted is None or device["owner"] == wanted
    ]
    rows = [
        (one["id"], one["name"], one["token"], one["owner"], "yes" if one["gateway"] else "")
        for one in found
    ]
    context.console.answer(found, table(("ID", "NAME", "TOKEN", "OWNER", "GATEWAY"), rows))
    return DONE


def run_remove(args: argparse.Namespace, context: Context) -> int:
    """Remove a device."""
    device = devices.find(context.db, args.id)
    owners = {user["_id"]: user["email"] for user in users.list_all(context.db)}
    devices.remove(context.db, args.id)
    wait_for_device(context, args.id, is_there=False)
    told = described(device, owners.get(device["owner"], ""))
    context.console.answer(told, [f"{told['name']} was removed"])
    return DONE


def described(device: dict[str, Any], owner_email: str) -> dict[str, Any]:
    """Return what is told about a device."""
    return {
        "id": str(device["_id"]),
        "name": device["name"],
        "token": device["token"],
        "owner": owner_email,
        "gateway": bool(device["gateway"]),
    }
