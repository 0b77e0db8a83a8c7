"""What a program prints goes to the container's output, each line with the program's name first.

supervisord has no setting for this. A filter behind each program's pipe would cost a process per
program; here the lines are prefixed where supervisord reads them anyway.
"""

import os
from collections import deque
from typing import Any

from supervisor.dispatchers import POutputDispatcher

# Longer ones are cut in pieces: a program that prints no newline must not fill the memory.
_LONGEST_LINE_BYTES = 16384
_KEPT_LINES = 20
_STDOUT = 1
# mongod has no setting that leaves out its informational messages, some sixty at each start.
_HIDDEN = {"mongodb": b'"s":"I"'}

# The hidden ones too: they may say why a program ended.
last_lines: dict[str, deque[str]] = {}


class PrefixedOutput(POutputDispatcher):  # type: ignore[misc]  # supervisor has no types
    """Reads a program's output; holds a line back until its end comes, or the program's."""

    _unfinished = b""

    def _log(self, data: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if len(self._unfinished) > _LONGEST_LINE_BYTES:
            lines.append(self._unfinished)
            self._unfinished = b""
        self._print(lines)

    def finish_line(self) -> None:
        """Print what a program left without a newline when it ended."""
        if self._unfinished:
            self._print([self._unfinished])
            self._unfinished = b""

    def close(self) -> None:
        """Print the rest before the pipe goes."""
        self.finish_line()
        super().close()

    def _print(self, lines: list[bytes]) -> None:
        name = self.process.config.name
        prefix = name.encode().ljust(10) + b" | "
        kept = last_lines.setdefault(name, deque(maxlen=_KEPT_LINES))
        kept.extend(line.decode(errors="replace") for line in lines)
        hidden = _HIDDEN.get(name)
        shown = [line for line in lines if hidden is None or hidden not in line]
        _write_all(b"".join(prefix + line + b"\n" for line in shown))


def _write_all(data: bytes) -> None:
    """Write all of it: a slow reader of the log makes programs wait, it never loses a line."""
    while data:
        data = data[os.write(_STDOUT, data) :]


def finish_lines(process: Any) -> None:
    """Print the unfinished lines of a program that ended."""
    for dispatcher in process.dispatchers.values():
        if isinstance(dispatcher, PrefixedOutput):
            dispatcher.finish_line()
