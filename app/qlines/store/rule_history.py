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
from qlines.evaluation.dry_run import OutOfTimeError
from qlines.evaluation.rule import Rule
from qlines.evaluation.sample import Sample
from qlines.store.point_time import BLOCK_IN_RANGE, TS
from qlines.store.points import NUMBER, value_of
from qlines.store.rule_stretches import Grid, Stretch, heard_in, parts

DEVICES_AT_A_TIME = 20  # whose stretches one query counts: 1.2 million readings of 10 s in a week
ROWS_AT_A_TIME = 50_000  # about as many are in memory
# A stretch is fetched whole, and of a rule about days of silence it lasts for days: 400 bytes each.
MAX_ROWS_OF_STRETCH = 300_000
SAMPLES_AT_A_TIME = 500  # some milliseconds of evaluation

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
_OF_DEVICE = (
    f" FROM points PREWHERE device = %(device)s{{}} AND {BLOCK_IN_RANGE}{_IN_RANGE}"
    " AND intDiv(ts, %(stretch_us)s) IN %(positions)s"
)
VALUES = f"SELECT {TS} AS ts, key, toInt8(kind), number, text" + _OF_DEVICE.format(_WITH_KEYS)
MOMENTS = f"SELECT DISTINCT {TS} AS ts" + _OF_DEVICE.format("")


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
        for device, *stretch in _rows(client, query, parameters):
            found.setdefault(device, []).append(Stretch(*stretch))
    return found


def samples_of(
    client: Client,
    rule: Rule,
    device: str,
    past: Range,
    stretches: Sequence[Stretch],
    positions: Sequence[int],
) -> Iterator[Sample]:
    """Yield the readings of a device in these stretches in order, some in memory at a time.

    Readings are taken for received when they were measured: when they were is not stored. Raise
    OutOfTimeError at a stretch with more than MAX_ROWS_OF_STRETCH.
    """
    for count, sample in enumerate(_samples(client, rule, device, past, stretches, positions)):
        if count % SAMPLES_AT_A_TIME == 0:
            time.sleep(0)  # in a process with green threads it is the others' turn
        yield sample


def _samples(
    client: Client,
    rule: Rule,
    device: str,
    past: Range,
    stretches: Sequence[Stretch],
    positions: Sequence[int],
) -> Iterator[Sample]:
    rows = Counter[int]()
    for one in stretches:
        rows[one.position] += one.values
    for part in parts(rule, stretches, positions, ROWS_AT_A_TIME):
        if part.is_fetched:
            if max(rows[position] for position in part.positions) > MAX_ROWS_OF_STRETCH:
                raise OutOfTimeError
            found = _values(client, rule, device, past, part.positions)
            yield from (Sample(ts_us, ts_us, found[ts_us]) for ts_us in sorted(found))
        else:
            for position in part.positions:
                yield from heard_in(rule, past.grid, position)


def _values(
    client: Client, rule: Rule, device: str, past: Range, positions: Sequence[int]
) -> dict[int, dict[str, Any]]:
    stretch_us = past.grid.stretch_us
    parameters = {
        "device": device,
        "keys": tuple(rule.keys),
        "from_us": max(past.from_us, positions[0] * stretch_us, 0),
        "to_us": min(past.to_us, (positions[-1] + 1) * stretch_us - 1),
        "stretch_us": stretch_us,
        "positions": tuple(positions),
    }
    found: dict[int, dict[str, Any]] = {}
    if rule.needs_any_reading:
        found = {ts_us: {} for (ts_us,) in _rows(client, MOMENTS, parameters)}
    for ts_us, key, kind, number, text in _rows(client, VALUES, parameters) if rule.keys else ():
        value = number if kind == NUMBER and not text else value_of(kind, number, text)
        found.setdefault(ts_us, {})[key] = value
    return found


@raising_unavailable()
def _rows(client: Client, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = client.execute(query, parameters)
    return rows
