"""Decide what a CSV file of devices asks for: what is added, what is there already, what is wrong.

Pure: the lines and what the registry holds come in, the plan comes out.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from qlines.errors import FieldError
from qlines.store.device_rules import checked_name, checked_tags, checked_token

REQUIRED = ("name", "owner")
COLUMNS = (*REQUIRED, "token", "gateway", "tags")
TRUE = frozenset({"true", "yes", "1"})
FALSE = frozenset({"", "false", "no", "0"})


class Wrong(NamedTuple):
    """A line that cannot become a device, and why."""

    line: int
    reason: str


class NewDevice(NamedTuple):
    """A line that can; *token* is None when one is to be made."""

    line: int
    name: str
    owner: str
    token: str | None
    gateway: bool
    tags: list[str]


class Registry(NamedTuple):
    """What is there: user ids by address, devices by owner and name, every token in use or kept."""

    owners: dict[str, Any]
    devices: dict[tuple[Any, str], dict[str, Any]]
    tokens: frozenset[str]


class Plan(NamedTuple):
    """What is to be done with a file."""

    added: list[NewDevice]
    skipped: int
    errors: list[Wrong]


def registry_of(users: Iterable[dict[str, Any]], devices: Iterable[dict[str, Any]]) -> Registry:
    """Index what MongoDB holds."""
    by_name = {(device["owner"], device["name"]): device for device in devices}
    tokens = frozenset(
        token
        for device in by_name.values()
        for token in (device["token"], *(old["token"] for old in device["old_tokens"]))
    )
    return Registry({user["email"]: user["_id"] for user in users}, by_name, tokens)


def read(lines: Iterable[str]) -> tuple[list[NewDevice], list[Wrong]]:
    """Read the file; columns may be in any order, separated by commas or semicolons."""
    numbered = iter(lines)
    header_line = next(numbered, "")
    separator = ";" if header_line.count(";") > header_line.count(",") else ","
    first = next(csv.reader([header_line], delimiter=separator), [])
    header = [name.strip().lower() for name in first]
    wrong_header = _wrong_header(header)
    if wrong_header:
        return [], [Wrong(1, wrong_header)]
    rows = csv.reader(numbered, delimiter=separator, strict=True)
    found: list[NewDevice] = []
    errors: list[Wrong] = []
    while True:
        line = rows.line_num + 2  # where this row begins: a quoted cell may hold line ends
        try:
            cells = next(rows)
            if any(cell.strip() for cell in cells):
                found.append(_device(line, header, cells))
        except StopIteration:
            return found, errors
        except (FieldError, csv.Error) as error:
            errors.append(Wrong(line, str(error)))


def _wrong_header(header: list[str]) -> str | None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown or len(set(header)) != len(header):
        return (
            f"the first line must name the columns {', '.join(REQUIRED)} and may name token, "
            f"gateway and tags, each once, got {', '.join(header) or 'nothing'}"
        )
    return None


def _device(line: int, header: list[str], cells: list[str]) -> NewDevice:
    if len(cells) != len(header):
        raise FieldError("line", f"must have {len(header)} cells, got {len(cells)}")
    cell = dict(zip(header, (text.strip() for text in cells), strict=True))
    gateway = cell.get("gateway", "").lower()
    if gateway not in TRUE | FALSE:
        raise FieldError("gateway", f"must be true or false, got {cell['gateway']!r}")
    tags = [tag.strip() for tag in re.split(r"[,;|]", cell.get("tags", "")) if tag.strip()]
    token = cell.get("token") or None
    return NewDevice(
        line,
        checked_name(cell["name"]),
        cell["owner"].lower(),
        checked_token(token) if token else None,
        gateway in TRUE,
        checked_tags(tags),
    )


class _Above:
    """The devices of the lines above, by name and by token."""

    def __init__(self) -> None:
        self.names: dict[tuple[Any, str], NewDevice] = {}
        self.tokens: dict[str, int] = {}

    def note(self, owner: Any, device: NewDevice) -> None:
        """Note a device that is to be added."""
        self.names[owner, device.name] = device
        if device.token:
            self.tokens[device.token] = device.line


def plan(wanted: Iterable[NewDevice], registry: Registry) -> Plan:
    """Compare with what is there and with the lines above; an equal device is skipped."""
    added: list[NewDevice] = []
    errors: list[Wrong] = []
    skipped = 0
    above = _Above()
    for device in wanted:
        owner = registry.owners.get(device.owner)
        reason = _objection(device, owner, registry, above)
        if reason:
            errors.append(Wrong(device.line, reason))
        elif (owner, device.name) in registry.devices or (owner, device.name) in above.names:
            skipped += 1
        else:
            above.note(owner, device)
            added.append(device)
    return Plan(added, skipped, errors)


def _objection(device: NewDevice, owner: Any, registry: Registry, above: _Above) -> str | None:
    """Return why a line cannot be done, or None when it can, or is done already."""
    if owner is None:
        return f"there is no user with the address {device.owner!r}"
    registered = registry.devices.get((owner, device.name))
    if registered:
        if equals(device, registered):
            return None
        return f"the owner has a device named {device.name!r} already, and it differs"
    earlier = above.names.get((owner, device.name))
    if earlier:
        if device[1:] == earlier[1:]:
            return None
        return f"line {earlier.line} has the same owner and name, and differs"
    if device.token in above.tokens:
        return f"the token is that of line {above.tokens[device.token]}"
    if device.token in registry.tokens:
        return "the token belongs, or belonged a moment ago, to another device"
    return None


def equals(wanted: NewDevice, there: dict[str, Any]) -> bool:
    """Tell whether the registered device is what the line asks for; no token asks for any."""
    return (
        (wanted.token is None or wanted.token == there["token"])
        and wanted.gateway == there["gateway"]
        and wanted.tags == list(there["tags"])
    )
