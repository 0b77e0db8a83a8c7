"""What a rule would have seen: the readings of devices in the past, as evaluation takes them.

The SQL is here and runs on ClickHouse 18.16 and on today's, as that of readings.py does. Times are
microseconds since 1970; ranges include both ends.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.evaluation.columns import Column, Columns, column_of, pieces
from qlines.evaluation.dry_run import OutOfTimeError
from qlines.evaluation.rule import Rule
from qlines.store.point_time import BLOCK_IN_RANGE, TS
from qlines.store.points import EXACT_BELOW, NUMBER, value_of
from qlines.store.rule_stretches import ANY_KEY, Grid, Stretch, heard_in, parts

DEVICES_AT_A_TIME = 10  # whose stretches one query counts: decoding 6,720 takes 15 ms or so
ROWS_AT_A_TIME = 65_000  # of a device at 10 s a week has 60,480; decoding them takes 5 ms or so
# A stretch is fetched whole, and of a rule about days of silence it lasts for days: 400 bytes each.
MAX_ROWS_OF_STRETCH = 300_000
READINGS_AT_A_TIME = 2_000  # at most 40 ms of evaluation, where each of them changes something
STRETCHES_AT_A_TIME = 5_000

_OF_DEVICES = f" PREWHERE device IN %(devices)s{{}} AND {BLOCK_IN_RANGE}"
_IN_RANGE = " WHERE ts BETWEEN %(from_us)s AND %(to_us)s"
_WITH_KEYS = " AND key IN %(keys)s"
_NUMBERS = (
    "countIf(kind = 'number'), minIf(number, kind = 'number'), maxIf(number, kind = 'number')"
)
_SLOTS = "uniqExact(intDiv(ts, %(slot_us)s))"


def _counting(key: str, slots: str, of_devices: str) -> str:
    return (
        f"SELECT device, {key} AS of_key, intDiv({TS} AS ts, %(stretch_us)s) AS position, count(),"  # noqa: S608 - constants only
        f" {_NUMBERS}, {slots} FROM points{of_devices}{_IN_RANGE}"
        " GROUP BY device, of_key, position"
    )


STRETCHES = _counting("key", "toUInt64(1)", _OF_DEVICES.format(_WITH_KEYS))
STRETCHES_WITH_SLOTS = _counting("key", _SLOTS, _OF_DEVICES.format(_WITH_KEYS))
STRETCHES_OF_ANY_KEY = _counting("''", _SLOTS, _OF_DEVICES.format(""))
_IN_STRETCHES = f" AND {BLOCK_IN_RANGE}{_IN_RANGE} AND intDiv(ts, %(stretch_us)s) IN %(positions)s"
_OF_KEY = f" FROM points PREWHERE device = %(device)s AND key = %(key)s{_IN_STRETCHES} ORDER BY ts"
NUMBERS = f"SELECT {TS} AS ts, number" + _OF_KEY
VALUES = f"SELECT {TS} AS ts, number, toInt8(kind), text" + _OF_KEY
MOMENTS = (
    f"SELECT DISTINCT {TS} AS ts FROM points PREWHERE device = %(device)s{_IN_STRETCHES}"  # noqa: S608 - constants only
    " ORDER BY ts"
)


class Range(NamedTuple):
    """The past that is looked at, from *from_us* to *to_us*, and how it is cut."""

    from_us: int
    to_us: int
    grid: Grid

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of a query over all of it."""
        return {"from_us": max(self.from_us, 0), "to_us": self.to_us, **self.grid._asdict()}


def stretches_of(
    client: Client, rule: Rule, devices: Sequence[str], past: Range
) -> dict[str, list[Stretch]]:
    """Return what there is of the rule's keys per device; a device without any is absent."""
    parameters = {**past.parameters(), "devices": tuple(devices), "keys": tuple(rule.keys)}
    queries = [STRETCHES_OF_ANY_KEY] if rule.needs_any_reading else []
    if rule.keys:
        queries.append(STRETCHES_WITH_SLOTS if rule.is_silence else STRETCHES)
    found: dict[str, list[Stretch]] = {}
    for query in queries:
        for count, (device, *stretch) in enumerate(_rows(client, query, parameters)):
            if count % STRETCHES_AT_A_TIME == 0:
                give_way()
            found.setdefault(device, []).append(Stretch(*stretch))
    return found


def pieces_of(
    client: Client,
    rule: Rule,
    device: str,
    past: Range,
    stretches: Sequence[Stretch],
    positions: Sequence[int],
) -> Iterator[Columns]:
    """Yield the readings of a device in these stretches in order, some in memory at a time.

    Raise OutOfTimeError at a stretch with more than MAX_ROWS_OF_STRETCH.
    """
    rows = Counter[int]()
    for one in stretches:
        rows[one.position] += one.values
    for part in parts(rule, stretches, positions, ROWS_AT_A_TIME):
        if not part.is_fetched:
            columns = heard_in(rule, past.grid, part.positions)
        elif max(rows[position] for position in part.positions) > MAX_ROWS_OF_STRETCH:
            raise OutOfTimeError
        else:
            columns = _fetched(client, rule, device, past, stretches, part.positions)
        for piece in pieces(columns, READINGS_AT_A_TIME):
            give_way()
            yield piece


def _fetched(
    client: Client,
    rule: Rule,
    device: str,
    past: Range,
    stretches: Sequence[Stretch],
    positions: Sequence[int],
) -> Columns:
    stretch_us, chosen = past.grid.stretch_us, frozenset(positions)
    parameters = {
        "device": device,
        "from_us": max(past.from_us, positions[0] * stretch_us, 0),
        "to_us": min(past.to_us, (positions[-1] + 1) * stretch_us - 1),
        "stretch_us": stretch_us,
        "positions": tuple(positions),
    }
    found: dict[str, Column] = {}
    if rule.needs_any_reading:
        [times] = _columns(client, MOMENTS, parameters) or [()]
        found[ANY_KEY] = Column(times, [0] * len(times))
    for key in rule.keys:
        here = [one for one in stretches if one.key == key and one.position in chosen]
        query = NUMBERS if all(map(_has_plain_numbers, here)) else VALUES
        give_way()
        found[key] = _column(_columns(client, query, {**parameters, "key": key}))
    return found


def _has_plain_numbers(one: Stretch) -> bool:
    """Return whether all values are numbers without a text of their digits."""
    has_digits = max(-one.lowest, one.highest) >= EXACT_BELOW
    return one.numbers == one.values and not has_digits


def _column(columns: Sequence[Sequence[Any]]) -> Column:
    if not columns:
        return Column((), ())
    times, numbers, *rest = columns
    if not rest:
        return column_of(times, numbers)
    values = [
        number if kind == NUMBER and not text else value_of(kind, number, text)
        for number, kind, text in zip(numbers, *rest, strict=True)
    ]
    return column_of(times, values)


@raising_unavailable()
def _rows(client: Client, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = client.execute(query, parameters)
    return rows


@raising_unavailable()
def _columns(client: Client, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    columns: list[tuple[Any, ...]] = client.execute(query, parameters, columnar=True)
    return columns


def give_way() -> None:
    """Let the others of a process with green threads have their turn."""
    time.sleep(0)
