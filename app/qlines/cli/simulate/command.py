"""`qlines simulate`: register the simulated devices and let them send until told to stop."""

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

from qlines.cli.console import DONE, FAILED
from qlines.cli.context import Context
from qlines.cli.simulate import fleet
from qlines.cli.simulate.publisher import Publisher
from qlines.clock import Clock
from qlines.errors import FieldError, NotFoundError, QLinesError, StoreUnavailableError
from qlines.stop import Stop
from qlines.store import devices, users
from qlines.store.registry_file import RegistryFile

log = logging.getLogger(__name__)

SEED = 20
MAX_DEVICES = 5_000
MAX_RATE = 100_000.0
# As many messages as are made before the connections are served again.
BURST = 200
KNOWN_WITHIN_SECONDS = 30.0
LAST_ACKNOWLEDGEMENTS_SECONDS = 5.0
TOLD_EVERY_SECONDS = 10.0
KEPT_SHARE = 0.98


class NotKnownError(QLinesError):
    """The broker does not know the new devices in time."""


def add_parser(groups: Any) -> None:
    """Describe the command."""
    parser = groups.add_parser(
        "simulate",
        help="let simulated devices send believable data",
        description="Registers devices of five kinds for the admin and lets them send by MQTT, "
        "each by its own pace: weather stations every 5 s, water meters every 10 s, GPS trackers "
        "and machines every 2 s, door contacts when they move. Ends by Ctrl-C.",
    )
    parser.add_argument("--devices", type=int, default=20, metavar="N")
    parser.add_argument(
        "--rate",
        type=float,
        metavar="MSG_PER_SECOND",
        help="messages of all devices together; none is ever silent then",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    parser.add_argument("--owner", metavar="EMAIL", help="whose devices; default: the first admin")
    parser.add_argument("--mqtt", default="127.0.0.1:1883", metavar="HOST:PORT")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Register, connect, send, count."""
    host, port = check(args)
    stop = Stop().on_signals()
    simulated = fleet.make(args.devices, SEED)
    tokens = register(context, simulated, args.owner)
    wait_until_known(context.settings.data_dir / "registry", tokens[-1], context.clock)
    publisher = Publisher(host, port, dict(enumerate(tokens)))
    publisher.connect()
    context.console.note(f"{len(tokens)} devices send to {host}:{port}; Ctrl-C ends it")
    started = time.monotonic()
    send(publisher, simulated, args, stop, context)
    seconds = time.monotonic() - started
    wait_for_acknowledgements(publisher)
    publisher.close()
    return tell(context, publisher, args.rate, seconds)


def check(args: argparse.Namespace) -> tuple[str, int]:
    """Refuse what makes no sense; return the broker's address."""
    if not 1 <= args.devices <= MAX_DEVICES:
        raise FieldError("--devices", f"must be from 1 to {MAX_DEVICES}, got {args.devices}")
    if args.rate is not None and not 0 < args.rate <= MAX_RATE:
        raise FieldError("--rate", f"must be above 0, at most {MAX_RATE:.0f}, got {args.rate}")
    if args.seconds is not None and not args.seconds > 0:
        raise FieldError("--seconds", f"must be above 0, got {args.seconds}")
    host, _, port = args.mqtt.rpartition(":")
    if not host or not port.isdigit():
        raise FieldError("--mqtt", f"must be host:port, got {args.mqtt!r}")
    return host, int(port)


def register(context: Context, simulated: list[fleet.Simulated], owner: str | None) -> list[str]:
    """Add the devices that are not there yet; return everybody's token, in their order."""
    user = users.find_by_email(context.db, owner) if owner else first_admin(context)
    known = {
        device["name"]: device["token"]
        for device in devices.list_all(context.db)
        if device["owner"] == user["_id"]
    }
    return [
        known.get(device.name)
        or str(devices.add(context.db, user["_id"], device.name, tags=["simulated"])["token"])
        for device in simulated
    ]


def first_admin(context: Context) -> dict[str, Any]:
    """Return the admin of the settings, or whoever is an admin."""
    admins = [user for user in users.list_all(context.db) if user["admin"]]
    if not admins:
        raise NotFoundError("there is no admin yet: add one by 'qlines user add EMAIL --admin'")
    named = [user for user in admins if user["email"] == context.settings.admin_email]
    return (named or admins)[0]


def wait_until_known(folder: Path, token: str, clock: Clock) -> None:
    """Wait until the broker's registry file has the newest token.

    A device that connects before would be listed as unregistered.
    """
    until = clock.monotonic() + KNOWN_WITHIN_SECONDS
    while clock.monotonic() < until:
        if is_known(folder, token, clock.now_us()):
            return
        clock.sleep(0.1)
    raise NotKnownError(
        f"the broker does not know the new devices after {KNOWN_WITHIN_SECONDS:.0f} s: "
        "see by 'qlines health' whether the program registry is well"
    )


def is_known(folder: Path, token: str, now_us: int) -> bool:
    """Tell whether the registry file has the token."""
    try:
        file = RegistryFile(folder)
    except StoreUnavailableError:
        return False
    try:
        return file.device_by_token(token, now_us) is not None
    finally:
        file.close()


def send(
    publisher: Publisher,
    simulated: list[fleet.Simulated],
    args: argparse.Namespace,
    stop: Stop,
    context: Context,
) -> None:
    """Send each device's messages when they are due, until the end."""
    started = time.monotonic()
    schedule = fleet.Schedule(simulated, args.rate, started)
    ends_at = started + args.seconds if args.seconds else float("inf")
    told_at = started
    last: dict[int, str] = {}
    while not stop.is_set and (now := time.monotonic()) < ends_at:
        for index in schedule.take(now, BURST):
            found = simulated[index].model.message(context.clock.now_us() / 1e6)
            if found is not None:
                last[index] = json.dumps(found, separators=(",", ":"))
            elif args.rate is None or index not in last:
                continue
            publisher.publish(index, last[index])
        publisher.serve(min(schedule.next_at(), ends_at, now + 0.5))
        if now - told_at >= TOLD_EVERY_SECONDS:
            told_at = now
            context.console.note(f"sent {publisher.sent}, acknowledged {publisher.acknowledged}")


def wait_for_acknowledgements(publisher: Publisher) -> None:
    """Give the broker a moment for what is on its way."""
    until = time.monotonic() + LAST_ACKNOWLEDGEMENTS_SECONDS
    while publisher.acknowledged < publisher.sent and time.monotonic() < until:
        publisher.serve(min(until, time.monotonic() + 0.1))


def tell(context: Context, publisher: Publisher, rate: float | None, seconds: float) -> int:
    """Report; a rate that was asked for and not kept is said, and so is what was not answered."""
    kept = publisher.sent / seconds if seconds else 0.0
    counts = f"sent {publisher.sent}, acknowledged {publisher.acknowledged}"
    lines = [f"{counts} in {seconds:.0f} s ({kept:.1f} messages a second)"]
    if rate and kept < rate * KEPT_SHARE:
        lines.append(f"could not keep the rate of {rate:.0f} messages a second")
    document = {
        "sent": publisher.sent,
        "acknowledged": publisher.acknowledged,
        "held_back": publisher.held_back,
        "messages_per_second": round(kept, 1),
    }
    context.console.answer(document, lines)
    return DONE if publisher.acknowledged == publisher.sent else FAILED
