"""Plan the import of a CSV file: which devices are new, which exist, which lines are invalid.

Pure: the lines and the contents of the registry come in, the plan comes out.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from bson import ObjectId

from qlines.errors import FieldError
from qlines.store.device_document import DeviceDocument
from qlines.store.device_rules import checked_name, checked_tags, checked_token
from qlines.store.users import UserDocument

REQUIRED = ("name", "owner")
COLUMNS = (*REQUIRED, "token", "gateway", "tags")
TRUE = frozenset({"true", "yes", "1"})
FALSE = frozenset({"", "false", "no", "0"})


class LineError(NamedTuple):
    """A line that cannot become a device, and why."""

    line: int
    reason: str


class DeviceLine(NamedTuple):
    """A line that can; *token* is None when the device gets a random one."""

    line: int
    name: str
    owner: str
    token: str | None
    gateway: bool
    tags: list[str]


class Registry(NamedTuple):
    """What is registered: user ids by address, devices by owner and name, tokens, old ones too."""

    owners: dict[str, ObjectId]
    devices: dict[tuple[ObjectId, str], DeviceDocument]
    tokens: frozenset[str]


class Plan(NamedTuple):
    """The result of a check: devices to add, how many exist already, and the lines with errors."""

    added: list[DeviceLine]
    skipped: int
    errors: list[LineError]


def registry_of(users: Iterable[UserDocument], devices: Iterable[DeviceDocument]) -> Registry:
    """Return an index of the documents of MongoDB."""
    by_name = {(device["owner"], device["name"]): device for device in devices}
    tokens = frozenset(
        token
        for device in by_name.values()
        for token in (device["token"], *(old["token"] for old in device["old_tokens"]))
    )
    return Registry({user["email"]: user["_id"] for user in users}, by_name, tokens)


def read(lines: Iterable[str]) -> tuple[list[DeviceLine], list[LineError]]:
    """Parse the file; return its devices and its invalid lines.

    Columns may be in any order, separated by commas or semicolons.
    """
    numbered = iter(lines)
    header_line = next(numbered, "")
    separator = ";" if header_line.count(";") > header_line.count(",") else ","
    first = next(csv.reader([header_line], delimiter=separator), [])
    header = [name.strip().lower() for name in first]
    header_error = _header_error(header)
    if header_error:
        return [], [LineError(1, header_error)]
    rows = csv.reader(numbered, delimiter=separator, strict=True)
    parsed: list[DeviceLine] = []
    errors: list[LineError] = []
    while True:
        line = rows.line_num + 2  # where this row starts: a quoted cell may contain line breaks
        try:
            cells = next(rows)
            if any(cell.strip() for cell in cells):
                parsed.append(_device(line, header, cells))
        except StopIteration:
            return parsed, errors
        except (FieldError, csv.Error) as error:
            errors.append(LineError(line, str(error)))


def _header_error(header: list[str]) -> str | None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    if missing or unknown or len(set(header)) != len(header):
        return (
            f"the first line must name the columns {', '.join(REQUIRED)} and may name token, "
            f"gateway and tags, each once, got {', '.join(header) or 'nothing'}"
        )
    return None


def _device(line: int, header: list[str], cells: list[str]) -> DeviceLine:
    if len(cells) != len(header):
        raise FieldError("line", f"must have {len(header)} cells, got {len(cells)}")
    cell = dict(zip(header, (text.strip() for text in cells), strict=True))
    gateway = cell.get("gateway", "").lower()
    if gateway not in TRUE | FALSE:
        raise FieldError("gateway", f"must be true or false, got {cell['gateway']!r}")
    tags = [tag.strip() for tag in re.split(r"[,;|]", cell.get("tags", "")) if tag.strip()]
    token = cell.get("token") or None
    return DeviceLine(
        line,
        checked_name(cell["name"]),
        cell["owner"].lower(),
        checked_token(token) if token else None,
        gateway in TRUE,
        checked_tags(tags),
    )


class _Earlier:
    """The new devices of earlier lines, by owner and name and by token."""

    def __init__(self) -> None:
        self.names: dict[tuple[Any, str], DeviceLine] = {}
        self.tokens: dict[str, int] = {}

    def note(self, owner: Any, device: DeviceLine) -> None:
        """Remember a device that will be added."""
        self.names[owner, device.name] = device
        if device.token:
            self.tokens[device.token] = device.line


def plan(lines: Iterable[DeviceLine], registry: Registry) -> Plan:
    """Compare the lines with the registry and with earlier lines; skip devices that are equal."""
    added: list[DeviceLine] = []
    errors: list[LineError] = []
    skipped = 0
    earlier = _Earlier()
    for device in lines:
        owner = registry.owners.get(device.owner)
        reason = _conflict(device, owner, registry, earlier)
        if reason:
            errors.append(LineError(device.line, reason))
        elif (owner, device.name) in registry.devices or (owner, device.name) in earlier.names:
            skipped += 1
        else:
            earlier.note(owner, device)
            added.append(device)
    return Plan(added, skipped, errors)


def _conflict(device: DeviceLine, owner: Any, registry: Registry, earlier: _Earlier) -> str | None:
    """Return why the device cannot be added, None when it can be or already exists."""
    if owner is None:
        return f"there is no user with the address {device.owner!r}"
    registered = registry.devices.get((owner, device.name))
    if registered:
        if equals(device, registered):
            return None
        return f"the owner already has a device named {device.name!r} with other properties"
    same_name = earlier.names.get((owner, device.name))
    if same_name:
        if device[1:] == same_name[1:]:
            return None
        return f"line {same_name.line} has the same owner and name but other properties"
    if device.token in earlier.tokens:
        return f"line {earlier.tokens[device.token]} has the same token"
    if device.token in registry.tokens:
        return "the token belongs to another device, or belonged to it until a moment ago"
    return None


def equals(line: DeviceLine, registered: DeviceDocument) -> bool:
    """Return whether the device is as the line says; a line without a token matches any."""
    return (
        (line.token is None or line.token == registered["token"])
        and line.gateway == registered["gateway"]
        and line.tags == list(registered["tags"])
    )
