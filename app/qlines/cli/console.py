"""Print results: sentences for people, or one JSON document and nothing else."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

DONE = 0
FAILED = 1
WRONG_USAGE = 2


class Console:
    """Standard output and standard error, as text or, ``with_json``, as JSON."""

    def __init__(self, *, with_json: bool) -> None:
        self.with_json = with_json

    def answer(self, document: Any, lines: Iterable[str]) -> None:
        """Print the document as JSON, or else the lines, which say the same as text."""
        if self.with_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
        else:
            for line in lines:
                sys.stdout.write(f"{line}\n")

    def note(self, line: str) -> None:
        """Print progress; with JSON it goes to standard error."""
        (sys.stderr if self.with_json else sys.stdout).write(f"{line}\n")

    def error(self, sentence: str) -> None:
        """Print the error to standard error; with JSON also ``{"error": …}`` to standard output."""
        sys.stderr.write(f"{sentence}\n")
        if self.with_json:
            sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")


def counted(count: int, word: str) -> str:
    """Return "1 rule", "3 rules"."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table whose columns are as wide as their widest cell."""
    cells = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
