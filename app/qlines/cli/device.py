"""`qlines device`: the registry of devices."""

import argparse
from typing import Any

from qlines.cli import device_import
from qlines.cli.console import DONE, table
from qlines.cli.context import CONSOLE, Context
from qlines.cli.registry_wait import wait_for_device
from qlines.clock import utc_datetime
from qlines.store import devices, gateway_notices, users
from qlines.store.device_document import DeviceDocument, named
from qlines.store.gateway_notices import Author


def add_parser(groups: Any) -> None:
    """Add the commands `qlines device …`."""
    group = groups.add_parser("device", help="add, list, remove and import devices")
    commands = group.add_subparsers(metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="add a device; without --token a token is generated")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--owner", metavar="EMAIL", required=True)
    add.add_argument("--token", metavar="T", help="1 to 64 printable characters")
    add.add_argument(
        "--gateway", action="store_true", help="may send for the owner's other devices"
    )
    add.set_defaults(run=run_add)
    listing = commands.add_parser("list", help="list devices with their tokens")
    listing.add_argument("--owner", metavar="EMAIL", help="only the devices of this owner")
    listing.set_defaults(run=run_list)
    remove = commands.add_parser("remove", help="remove a device; its token is rejected at once")
    remove.add_argument("id", metavar="ID")
    remove.set_defaults(run=run_remove)
    device_import.add_parser(commands)


def run_add(args: argparse.Namespace, context: Context) -> int:
    """Add a device and wait until the broker accepts its token."""
    owner = users.find_by_email(context.db, args.owner)
    device = devices.add(
        context.db, owner["_id"], args.name, gateway=args.gateway, token=args.token
    )
    context.noted(f"added {named(device)} of {owner['email']}")
    wait_for_device(context, str(device["_id"]))
    added = device_json(device, owner["email"])
    line = f"{added['name']} has the id {added['id']} and the token {added['token']}"
    context.console.answer(added, [line])
    return DONE


def run_list(args: argparse.Namespace, context: Context) -> int:
    """List the devices of all owners, or of one."""
    emails = {user["_id"]: user["email"] for user in users.list_all(context.db)}
    owner = users.find_by_email(context.db, args.owner)["_id"] if args.owner else None
    listed = [
        device_json(device, emails.get(device["owner"], ""))
        for device in devices.list_all(context.db)
        if owner is None or device["owner"] == owner
    ]
    rows = [
        (row["id"], row["name"], row["token"], row["owner"], "yes" if row["gateway"] else "")
        for row in listed
    ]
    context.console.answer(listed, table(("ID", "NAME", "TOKEN", "OWNER", "GATEWAY"), rows))
    return DONE


def run_remove(args: argparse.Namespace, context: Context) -> int:
    """Remove a device and wait until the broker rejects its token."""
    device = devices.find(context.db, args.id)
    owners = {user["_id"]: user["email"] for user in users.list_all(context.db)}
    author = Author(CONSOLE, utc_datetime(context.clock.now_us()))
    with gateway_notices.removing(context.db, [args.id], author):
        devices.remove(context.db, args.id, author.now)
    context.noted(f"removed {named(device)}")
    wait_for_device(context, args.id, is_there=False)
    removed = device_json(device, owners.get(device["owner"], ""))
    context.console.answer(removed, [f"{removed['name']} was removed"])
    return DONE


def device_json(device: DeviceDocument, owner_email: str) -> dict[str, Any]:
    """Return the device as JSON."""
    return {
        "id": str(device["_id"]),
        "name": device["name"],
        "token": device["token"],
        "owner": owner_email,
        "gateway": bool(device["gateway"]),
    }
