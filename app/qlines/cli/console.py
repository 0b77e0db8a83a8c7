"""Say what was done: sentences for people, or one JSON document and nothing else."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

DONE = 0
FAILED = 1
WRONG_USAGE = 2


class Console:
    """Where answers go; ``with_json`` decides on their form."""

    def __init__(self, *, with_json: bool) -> None:
        self.with_json = with_json

    def answer(self, document: Any, lines: Iterable[str]) -> None:
        """Print the document, or the lines that say the same to a person."""
        if self.with_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        else:
            for line in lines:
                sys.stdout.write(f"{line}\n")

    def note(self, line: str) -> None:
        """Tell a person on the way; a program that reads JSON finds it on standard error."""
        (sys.stderr if self.with_json else sys.stdout).write(f"{line}\n")

    def error(self, sentence: str) -> None:
        """Say on standard error why it failed; a program that reads JSON gets it as well."""
        sys.stderr.write(f"{sentence}\n")
        if self.with_json:
            sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table, each column as wide as its widest cell."""
    cells = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
