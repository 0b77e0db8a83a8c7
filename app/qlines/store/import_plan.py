"""Plan the import of a CSV file: which devices are new, which exist, which lines are invalid.

Pure: the text and the contents of the registry come in, the plan comes out.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bson import ObjectId

from qlines.errors import FieldError
from qlines.store.csv_cell import escape_formula, unescape_formula
from qlines.store.device_document import DeviceDocument
from qlines.store.device_rules import TAG_SEPARATORS, checked_name, checked_tags, checked_token

REQUIRED = ("name", "owner")
COLUMNS = (*REQUIRED, "token", "gateway", "tags")
ERROR = "error"  # a column of failed_lines(), which is not read
LINE = "line"  # the field of an error that is not one column's
TRUE = frozenset({"true", "yes", "1"})
FALSE = frozenset({"", "false", "no", "0"})


class LineError(NamedTuple):
    """A line that cannot become a device, why, and the column at fault, "" when it is not one."""

    line: int
    reason: str
    column: str = ""


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


def registry_of(owners: dict[str, ObjectId], devices: Iterable[DeviceDocument]) -> Registry:
    """Return an index of the documents of MongoDB; *owners* are user ids by address."""
    by_name = {(device["owner"], device["name"]): device for device in devices}
    tokens = frozenset(
        token
        for device in by_name.values()
        for token in (device["token"], *(old["token"] for old in device["old_tokens"]))
    )
    return Registry(owners, by_name, tokens)


def read(text: str, *, owner: str | None = None) -> tuple[list[DeviceLine], list[LineError]]:
    """Parse the file; return its devices and its invalid lines.

    Columns may be in any order, separated by commas or semicolons. With *owner* the file need not
    name one, and another one is an error.
    """
    try:
        first, rows = _rows(text)
    except csv.Error as error:  # a name of more than 131,072 characters
        return [], [LineError(1, str(error))]
    header = [name.strip().lower() for name in first]
    header_error = _header_error(header, owner)
    if header_error:
        return [], [LineError(1, header_error)]
    parsed: list[DeviceLine] = []
    errors: list[LineError] = []
    for line, cells in rows:
        try:
            if isinstance(cells, csv.Error):
                errors.append(LineError(line, str(cells)))
            elif any(cell.strip() for cell in cells):
                parsed.append(_device(line, header, cells, owner))
        except FieldError as error:
            errors.append(LineError(line, str(error), error.field if error.field != LINE else ""))
    return parsed, errors


def failed_lines(text: str, errors: Iterable[LineError]) -> str:
    """Return the lines with errors as a file that can be imported once they are corrected.

    The last column says what is wrong. A line that is not CSV has that column alone; one with too
    few or too many cells keeps its cells, so that it is wrong until somebody has corrected it. A
    text whose first line is wrong is returned as it is.
    """
    reasons = {error.line: error for error in errors}
    try:
        header, rows = _rows(text)
    except csv.Error:
        return text
    if 1 in reasons:
        return text
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    kept = [number for number, name in enumerate(header) if name.strip().lower() != ERROR]
    writer.writerow([*(header[number] for number in kept), ERROR])
    for line, cells in rows:
        if error := reasons.get(line):
            reason = escape_formula(f"line {line}: {error.reason}")
            writer.writerow([*_kept(cells, len(header), kept), reason])
    return file.getvalue()


def _kept(cells: list[str] | csv.Error, count: int, kept: list[int]) -> list[str]:
    """Return the cells that are *kept* of a row that should have *count*."""
    if isinstance(cells, csv.Error):
        return [""] * len(kept)
    return [cells[number] for number in kept] if len(cells) == count else cells


def _rows(text: str) -> tuple[list[str], Iterator[tuple[int, list[str] | csv.Error]]]:
    """Return the first line's cells, and each row's line and cells; raise csv.Error for the first.

    A row that is not CSV has the error in place of its cells.
    """
    numbered = io.StringIO(text, newline="")  # splitlines() knows more ends of lines than CSV has
    header_line = next(numbered, "")
    separator = ";" if header_line.count(";") > header_line.count(",") else ","
    first = next(csv.reader([header_line], delimiter=separator), [])
    return first, _numbered(csv.reader(numbered, delimiter=separator, strict=True))


def _numbered(rows: Any) -> Iterator[tuple[int, list[str] | csv.Error]]:
    while True:
        line = rows.line_num + 2  # where this row starts: a quoted cell may contain line breaks
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, error


def _header_error(header: list[str], owner: str | None) -> str | None:
    required = [name for name in REQUIRED if name != "owner" or owner is None]
    optional = [name for name in COLUMNS if name not in required]
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in (*COLUMNS, ERROR)]
    if missing or unknown or len(set(header)) != len(header):
        return (
            f"the first line must name the columns {', '.join(required)} and may name "
            f"{', '.join(optional[:-1])} and {optional[-1]}, each once, "
            f"got {', '.join(header) or 'nothing'}"
        )
    return None


def _device(line: int, header: list[str], cells: list[str], owner: str | None) -> DeviceLine:
    if len(cells) != len(header):
        raise FieldError(LINE, f"must have {len(header)} cells, got {len(cells)}")
    texts = (unescape_formula(text.strip()) for text in cells)
    cell = dict(zip(header, texts, strict=True))
    gateway = cell.get("gateway", "").lower()
    if gateway not in TRUE | FALSE:
        raise FieldError("gateway", f"must be true or false, got {cell['gateway']!r}")
    tags = [tag for tag in re.split(f"[{TAG_SEPARATORS}]", cell.get("tags", "")) if tag.strip()]
    token = cell.get("token") or None
    return DeviceLine(
        line,
        checked_name(cell["name"]),
        _owner(cell.get("owner", "").lower(), owner),
        checked_token(token) if token else None,
        gateway in TRUE,
        checked_tags(tags),
    )


def _owner(named: str, owner: str | None) -> str:
    if owner is None:
        return named
    if named not in ("", owner):
        raise FieldError("owner", f"must be your address {owner} or empty, got {named!r}")
    return owner


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
        conflict = _conflict(device, owner, registry, earlier)
        if conflict:
            errors.append(LineError(device.line, *conflict))
        elif (owner, device.name) in registry.devices or (owner, device.name) in earlier.names:
            skipped += 1
        else:
            earlier.note(owner, device)
            added.append(device)
    return Plan(added, skipped, errors)


def _conflict(
    device: DeviceLine, owner: Any, registry: Registry, earlier: _Earlier
) -> tuple[str, str] | None:
    """Return why the device cannot be added, and the column; None when it can be, or exists."""
    if owner is None:
        return f"there is no user with the address {device.owner!r}", "owner"
    registered = registry.devices.get((owner, device.name))
    if registered:
        if equals(device, registered):
            return None
        return f"the owner already has a device named {device.name!r} with other properties", "name"
    same_name = earlier.names.get((owner, device.name))
    if same_name:
        if device[1:] == same_name[1:]:
            return None
        reason = f"line {same_name.line} has the same owner and name but other properties"
        return reason, "name"
    if device.token in earlier.tokens:
        return f"line {earlier.tokens[device.token]} has the same token", "token"
    if device.token in registry.tokens:
        return "the token belongs to another device, or belonged to it until a moment ago", "token"
    return None


def equals(line: DeviceLine, registered: DeviceDocument) -> bool:
    """Return whether the device is as the line says; a line without a token matches any."""
    return (
        (line.token is None or line.token == registered["token"])
        and line.gateway == registered["gateway"]
        and line.tags == list(registered["tags"])
    )
