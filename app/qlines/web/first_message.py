"""What arrived of a device that is being set up, and if nothing did, the nearest cause; pure.

Each sentence says what the server has seen and no more; the time and the values come beside it.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from qlines.store.presence import Presence
from qlines.store.rejected import Rejected
from qlines.store.unregistered import UnregisteredDocument
from qlines.web.auth.network import network_of
from qlines.web.rejection_remedies import remedy_of
from qlines.web.times import ms_of, ms_of_us

State = Literal["received", "rejected", "attributes", "silent", "left", "wrong_token", "nothing"]

# What the button of the first steps sends for a person without a device at hand. The server sees
# where it came from, but no device: it is not the first message that is waited for.
TEST_KEY = "qlines_test"
FROM = "from "  # ingest begins the sample of an unknown token so; the address follows
ALIKE_CHARACTERS = 6
LOCAL_PREFIX_BITS = 24  # what a router at home or in a workshop gives out
PUBLISH = "Publish to the topic v1/devices/me/telemetry"


class Evidence(NamedTuple):
    """What the stores know about the device, and where the person who asks is.

    *newest_us* is the time of its newest value but the test's, *attributes_ms* of its newest
    attribute, *unknown_tokens* are recent sightings, the newest first.
    """

    token: str
    newest_us: int | None
    rejected: Sequence[Rejected]
    attributes_ms: int | None
    presence: Presence | None
    unknown_tokens: Iterable[UnregisteredDocument]
    address: str


class FirstMessage(NamedTuple):
    """How far the device is: when that was, why, what to do, and the message that was rejected."""

    state: State
    at_ms: int | None = None
    cause: str = ""
    remedy: str = ""
    payload: str = ""


def first_message(seen: Evidence) -> FirstMessage:
    """Return the first of these that is true.

    1. A value was stored.
    2. A message was rejected: the newest of them.
    3. Attributes arrived, but no values.
    4. The device is connected, or was, with the right token.
    5. An unknown token was used that is like the device's, or that came from the person's network.
    6. Nothing arrived.
    """
    if seen.newest_us is not None:
        return FirstMessage("received", ms_of_us(seen.newest_us))
    if seen.rejected:
        return _rejected(seen.rejected[0])
    if seen.attributes_ms is not None:
        cause = "Attributes arrived, but no values."
        return FirstMessage("attributes", seen.attributes_ms, cause, f"{PUBLISH} to send values.")
    if seen.presence:
        return _connected(seen.presence)
    for sighting in seen.unknown_tokens:
        if is_alike(sighting["name"], seen.token):
            return _wrong_token(sighting, "It is much like the token of this device.")
        if is_near(_address(sighting), seen.address):
            return _wrong_token(sighting, "If that was this device, its token is wrong.")
    return FirstMessage("nothing", cause="Nothing has arrived from this device.")


def _rejected(message: Rejected) -> FirstMessage:
    cause = f"A message arrived but could not be stored: {message.reason}"
    remedy = remedy_of(message.reason)
    return FirstMessage("rejected", message.ts_ms, cause, remedy, message.payload)


def _connected(presence: Presence) -> FirstMessage:
    at_ms = ms_of_us(presence.changed_us)
    by = f"with the right token{f' from {presence.address}' if presence.address else ''}"
    if presence.connected:
        cause = f"The device is connected {by}, but it has sent nothing."
        return FirstMessage("silent", at_ms, cause, f"{PUBLISH}: the connection works.")
    cause = f"The device was connected {by}, but it left without a message ({presence.reason})."
    remedy = f"{PUBLISH} with QoS 1, and wait for the acknowledgement before you disconnect."
    return FirstMessage("left", at_ms, cause, remedy)


def _wrong_token(sighting: UnregisteredDocument, why: str) -> FirstMessage:
    by = "over HTTP" if sighting["source"] == "http" else "over MQTT"
    cause = f"A device at {_address(sighting)} used a token {by} that no device has. {why}"
    remedy = "Copy the token again, the whole of it, and use it as the MQTT user name."
    if sighting["source"] == "http":
        remedy = "Copy the token again, the whole of it, into the address."
    return FirstMessage("wrong_token", ms_of(sighting["last_seen"]), cause, remedy)


def _address(sighting: UnregisteredDocument) -> str:
    return sighting["sample"].removeprefix(FROM)


def is_alike(unknown: str, token: str) -> bool:
    """Return whether somebody meant *token*: it is cut short, quoted, or has a wrong end."""
    cleaned = unknown.strip("\"'<>{}$ \t\r\n")
    if cleaned == token:
        return True
    if len(token) <= ALIKE_CHARACTERS:
        return False  # a part of it would be no evidence
    return cleaned.startswith(token[:ALIKE_CHARACTERS]) or cleaned.endswith(
        token[-ALIKE_CHARACTERS:]
    )


def is_near(one: str, other: str) -> bool:
    """Return whether the addresses are of one site: the same one, or of one private network."""
    if not one or not other:
        return False
    if network_of(one) == network_of(other):
        return True
    try:
        first, second = (ipaddress.ip_address(network_of(address)) for address in (one, other))
    except ValueError:  # no address, or the network of an IPv6 site
        return False
    site = ipaddress.ip_network((int(first), LOCAL_PREFIX_BITS), strict=False)
    return first.is_private and second in site
