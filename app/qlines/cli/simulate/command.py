"""`qlines simulate`: register simulated devices and let them send until interrupted."""

import argparse
import json
import logging
import time
from pathlib import Path
from typing import Any

from qlines import demo
from qlines.cli.console import DONE, FAILED, counted
from qlines.cli.context import Context
from qlines.cli.simulate import calls, demo_alarm, fleet
from qlines.cli.simulate.publisher import Publisher
from qlines.clock import Clock
from qlines.demo import MAIL_PAGE
from qlines.errors import FieldError, NotFoundError, QLinesError, StoreUnavailableError
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store import devices, users
from qlines.store.registry_file import RegistryFile
from qlines.store.registry_wait import wait_for_registry
from qlines.store.users import UserDocument

log = logging.getLogger(__name__)

SEED = 20
MAX_DEVICES = 5_000
MAX_RATE = 100_000.0
# Messages that are generated before the connections are served again.
MAX_BURST = 200
MAX_REGISTRY_LAG_SECONDS = 30.0
MAX_ACKNOWLEDGEMENT_SECONDS = 5.0
PROGRESS_EVERY_SECONDS = 10.0
# A rate is kept when at least this share of its messages was sent.
MIN_RATE_SHARE = 0.98


class RegistryLagError(QLinesError):
    """The broker did not learn of the new devices in time."""


def add_parser(groups: Any) -> None:
    """Add the command `qlines simulate`."""
    parser = groups.add_parser(
        "simulate",
        help="let simulated devices send realistic data",
        description="Registers devices of five kinds for the admin and lets them send over MQTT, "
        "each at its own interval: weather stations every 5 s, water meters every 10 s, GPS "
        "trackers and machines every 2 s, door contacts when they move. They obey commands, such "
        "as setValve, setSpeed and reboot. Stop it with Ctrl-C.",
    )
    parser.add_argument("--devices", type=int, default=20, metavar="N")
    parser.add_argument(
        "--rate",
        type=float,
        metavar="MSG_PER_SECOND",
        help="messages of all devices together; then none is ever silent",
    )
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after this time")
    parser.add_argument(
        "--owner", metavar="EMAIL", help="the owner of the devices; default: the first admin"
    )
    parser.add_argument(
        "--demo",
        action="store_true",
        help="with a pump that overheats every four minutes, a rule for it, and a channel to its "
        "owner; while there is no mail server the mails are on the page " + MAIL_PAGE,
    )
    parser.add_argument("--mqtt", default="127.0.0.1:1883", metavar="HOST:PORT")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Register the devices, let them send, and print how many messages were acknowledged.

    Return FAILED when messages were left unacknowledged.
    """
    host, port = check(args)
    stop = Stop().on_signals()
    simulated = fleet.make(args.devices, SEED)
    if args.demo:
        simulated.append(fleet.make_pump(SEED))
    owner = users.find_by_email(context.db, args.owner) if args.owner else first_admin(context)
    tokens = register(context, simulated, owner)
    if args.demo:
        begin_demo(context, owner, simulated[-1].name)
    wait_until_accepted(context.settings, tokens[-1], context.clock)
    publisher = Publisher(
        host,
        port,
        dict(enumerate(tokens)),
        lambda index, payload: calls.answer(simulated[index].model, payload),
    )
    publisher.connect()
    context.console.note(
        f"sending to {host}:{port} as {counted(len(tokens), 'device')}; press Ctrl-C to stop"
    )
    started = time.monotonic()
    send(publisher, simulated, args, stop, context)
    seconds = time.monotonic() - started
    wait_for_acknowledgements(publisher)
    publisher.close()
    return print_summary(context, publisher, args.rate, seconds)


def check(args: argparse.Namespace) -> tuple[str, int]:
    """Return the broker's host and port; raise FieldError for an invalid argument."""
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


def register(context: Context, simulated: list[fleet.Simulated], owner: UserDocument) -> list[str]:
    """Add the devices that are missing; return the tokens of all, in the order of *simulated*."""
    tokens = {
        device["name"]: device["token"]
        for device in devices.list_all(context.db)
        if device["owner"] == owner["_id"]
    }
    return [
        tokens.get(device.name)
        or str(devices.add(context.db, owner["_id"], device.name, tags=["simulated"])["token"])
        for device in simulated
    ]


def begin_demo(context: Context, owner: UserDocument, pump: str) -> None:
    """Make the rule for the pump and the channel to its owner, unless they were made before."""
    [device] = [
        one
        for one in devices.list_all(context.db)
        if (one["owner"], one["name"]) == (owner["_id"], pump)
    ]
    for made in demo_alarm.make(context.db, owner, device["_id"], context.clock):
        context.noted(f"added {made} for the demo")
    demo.note_running(context.settings.run_dir)
    if not context.settings.smtp_url:
        address = context.settings.public_url.rstrip("/")
        context.console.note(f"without a mail server, mails about its alarms: {address}{MAIL_PAGE}")


def first_admin(context: Context) -> UserDocument:
    """Return the admin whom the settings name, else the first one.

    Raise NotFoundError when there is no admin.
    """
    admins = [user for user in users.list_all(context.db) if user["admin"]]
    if not admins:
        raise NotFoundError("there is no admin: add one with 'qlines user add EMAIL --admin'")
    preferred = [user for user in admins if user["email"] == context.settings.admin_email]
    return (preferred or admins)[0]


def wait_until_accepted(settings: Settings, token: str, clock: Clock) -> None:
    """Wait until the registry file, which the broker reads, has the newest token.

    A device that connects earlier would be reported as unregistered. A container without the
    program registry has no such file. Raise RegistryLagError after 30 s.
    """
    if "registry" not in settings.roles:
        return

    def is_accepted() -> bool:
        return has_token(settings.data_dir / "registry", token, clock.now_us())

    wait_for_registry(is_accepted, clock, MAX_REGISTRY_LAG_SECONDS)
    if not is_accepted():
        raise RegistryLagError(
            f"the broker did not learn of the new devices within {MAX_REGISTRY_LAG_SECONDS:.0f} s: "
            "check the program registry with 'qlines health'"
        )


def has_token(folder: Path, token: str, now_us: int) -> bool:
    """Return whether the registry file has the token; False while the file was never built."""
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
    """Send each device's messages when they are due, until *stop* is set or the time is over.

    With a rate a silent device repeats its last message: the rate counts, not the data.
    """
    started = time.monotonic()
    schedule = fleet.Schedule(simulated, args.rate, started)
    ends_at = started + args.seconds if args.seconds else float("inf")
    printed_at = started
    last_payload: dict[int, str] = {}
    while not stop.is_set and (now := time.monotonic()) < ends_at:
        for index in schedule.take(now, MAX_BURST):
            values = simulated[index].model.message(context.clock.now_us() / 1e6)
            if values is not None:
                last_payload[index] = json.dumps(values, separators=(",", ":"))
            elif args.rate is None or index not in last_payload:
                continue
            publisher.publish(index, last_payload[index])
        publisher.serve(min(schedule.next_at(), ends_at, now + 0.5))
        if now - printed_at >= PROGRESS_EVERY_SECONDS:
            printed_at = now
            if args.demo:
                demo.note_running(context.settings.run_dir)
            context.console.note(f"sent {publisher.sent}, acknowledged {publisher.acknowledged}")


def wait_for_acknowledgements(publisher: Publisher) -> None:
    """Serve the connections until every message is acknowledged, for at most 5 s."""
    until = time.monotonic() + MAX_ACKNOWLEDGEMENT_SECONDS
    while publisher.acknowledged < publisher.sent and time.monotonic() < until:
        publisher.serve(min(until, time.monotonic() + 0.1))


def print_summary(
    context: Context, publisher: Publisher, rate: float | None, seconds: float
) -> int:
    """Print the counts, and whether *rate* was kept; return FAILED when PUBACKs are missing."""
    actual_rate = publisher.sent / seconds if seconds else 0.0
    counts = f"sent {publisher.sent}, acknowledged {publisher.acknowledged}"
    if publisher.answered:
        counts += f", answered {counted(publisher.answered, 'command')},"
    lines = [f"{counts} in {seconds:.0f} s ({actual_rate:.1f} messages per second)"]
    if rate and actual_rate < rate * MIN_RATE_SHARE:
        lines.append(f"could not keep the rate of {rate:.0f} messages per second")
    document = {
        "sent": publisher.sent,
        "acknowledged": publisher.acknowledged,
        "held_back": publisher.held_back,
        "answered": publisher.answered,
        "messages_per_second": round(actual_rate, 1),
    }
    context.console.answer(document, lines)
    return DONE if publisher.acknowledged == publisher.sent else FAILED
