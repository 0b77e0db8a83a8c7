"""Keep what a fault scenario measured, and write it into the operator's table.

A scenario calls record(); `make outcomes` replaces the table in healthcheck/README.md by the newest
measurement of each event. An event that was not measured again keeps its row.
"""

import json
import math
import re
import sys
from collections.abc import Iterable
from typing import NamedTuple

from tests.harness.docker import ROOT

FILE = ROOT / "build" / "outcomes.jsonl"
README = ROOT / "healthcheck" / "README.md"
TITLES = ("event", "what the report says", "what it does by itself", "whole in", "lost", "you do")
HEADER = (f"| {' | '.join(TITLES)} |", "|---|---|---|---|---|---|")
BEGIN, END = "<!-- measured by the scenarios; `make outcomes` writes it -->", "<!-- measured -->"


class Outcome(NamedTuple):
    """One row: *seconds* until the appliance was whole again, *lost* acknowledged messages.

    *report* is what the health report said, as it was read, or "" where no report could be read.
    """

    event: str
    report: str
    by_itself: str
    seconds: float
    lost: int
    you_do: str


def record(outcome: Outcome) -> None:
    """Append the outcome to the file in the build folder, and print it."""
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps(outcome._asdict()) + "\n")
    print(row(outcome))  # noqa: T201 - pytest shows it with -s, and when the test fails


def row(outcome: Outcome) -> str:
    """Return the outcome as a row of the table; seconds are rounded up."""
    event, report, by_itself, seconds, lost, you_do = outcome
    quoted = f"`{report}`" if report else "–"
    cells = (event, quoted, by_itself, f"{max(1, math.ceil(seconds))} s", str(lost), you_do)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def merged(rows: Iterable[str], outcomes: Iterable[Outcome]) -> list[str]:
    """Return the rows with the newest outcome of each event: old events keep their places."""
    by_event = {event_of(line): line for line in rows}
    by_event |= {event_of(line): line for line in map(row, outcomes)}
    return list(by_event.values())


def event_of(line: str) -> str:
    """Return the first cell of a row."""
    return re.split(r"(?<!\\)\|", line)[1].strip()


def updated(text: str, outcomes: Iterable[Outcome]) -> str:
    """Return the document with its table brought up to date."""
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    rows = [line for line in table.splitlines() if line.startswith("|")][len(HEADER) :]
    return "\n".join([before + BEGIN, "", *HEADER, *merged(rows, outcomes), "", END + after])


def main() -> int:
    """Write the outcomes of the build folder into the README."""
    if not FILE.exists():
        sys.stderr.write("nothing was measured: run `make scenarios` first\n")
        return 1
    outcomes = [Outcome(**json.loads(line)) for line in FILE.read_text().splitlines()]
    README.write_text(updated(README.read_text(), outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
