"""Write readings as CSV text that a spreadsheet opens without running it as a formula."""

import csv
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TextIO

HEADER = ("time", "ts", "key", "value")
# A cell that starts so is a formula to Excel, LibreOffice and Google Sheets (OWASP, "CSV
# injection"): a device's owner must not be attacked by their device's text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write(file: TextIO, readings: Iterable[tuple[int, str, Any]]) -> int:
    """Write a header and one line a reading (microseconds, key, value); return their number."""
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(HEADER)
    count = 0
    for ts_us, key, value in readings:
        lines.writerow((iso_time(ts_us), ts_us // 1000, guarded(key), cell(value)))
        count += 1
    return count


def iso_time(ts_us: int) -> str:
    """Return ISO 8601 in UTC, exact to the microsecond."""
    moment = EPOCH + timedelta(microseconds=ts_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def cell(value: Any) -> str:
    """Return a value as JSON writes it, text as it is (guarded)."""
    if isinstance(value, str):
        return guarded(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def guarded(text: str) -> str:
    """Return *text*, with a leading apostrophe when a spreadsheet would take it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text
