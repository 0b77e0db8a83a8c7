"""Write readings as CSV that a spreadsheet opens without running it as a formula."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

from qlines.store.csv_cell import escape_formula

HEADER = ("time", "ts", "key", "value")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write(file: TextIO, rows: Iterable[tuple[int, str, Any]]) -> int:
    """Write a header and one line per row (microseconds, key, value); return the row count."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    count = 0
    for ts_us, key, value in rows:
        writer.writerow((iso_time(ts_us), ts_us // 1000, escape_formula(key), cell(value)))
        count += 1
    return count


def iso_time(ts_us: int) -> str:
    """Return ISO 8601 in UTC, exact to the microsecond."""
    moment = EPOCH + timedelta(microseconds=ts_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def cell(value: Any) -> str:
    """Return text with formulas escaped, any other value as JSON."""
    if isinstance(value, str):
        return escape_formula(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
