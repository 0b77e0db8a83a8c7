"""Print each program's output with its name before every line.

supervisord has no setting for this. A filter behind each program's pipe would cost one process
per program; here the lines get their prefix where supervisord reads them anyway.
"""

import os
from collections import deque
from typing import Any

from supervisor.dispatchers import POutputDispatcher

# A longer line is printed in pieces: a program that prints no newline must not fill the memory.
_MAX_LINE_BYTES = 16384
_MAX_LAST_LINES = 20
_STDOUT = 1
_HIDDEN = {
    # mongod has no setting that leaves out its informational messages, some sixty at each start.
    "mongodb": (b'"s":"I"',),
    # Each try to reach a twin that is away, several a second: the health report says that it is.
    # And that nobody answers about the certificates of an authority that is the pairing's own.
    "links": (
        b"s_connect: ",
        b"No more addresses",
        b"Error resolving",
        b"No remote host",
        b"No OCSP stapling",
    ),
}

# The newest lines by program, hidden ones included: they may say why a program ended.
last_lines: dict[str, deque[str]] = {}


class PrefixedOutput(POutputDispatcher):  # type: ignore[misc]  # supervisor has no types
    """Reads one program's output; holds back a line until it is complete or the program ends."""

    _unfinished = b""

    def _log(self, data: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        if len(self._unfinished) > _MAX_LINE_BYTES:
            lines.append(self._unfinished)
            self._unfinished = b""
        self._print(lines)

    def finish_line(self) -> None:
        """Print what a program left without a newline when it ended."""
        if self._unfinished:
            self._print([self._unfinished])
            self._unfinished = b""

    def close(self) -> None:
        """Print the unfinished line before the pipe is closed."""
        self.finish_line()
        super().close()

    def _print(self, lines: list[bytes]) -> None:
        name = self.process.config.name
        prefix = name.encode().ljust(10) + b" | "
        newest = last_lines.setdefault(name, deque(maxlen=_MAX_LAST_LINES))
        newest.extend(line.decode(errors="replace") for line in lines)
        hidden = _HIDDEN.get(name, ())
        shown = [line for line in lines if not any(part in line for part in hidden)]
        _write_all(b"".join(prefix + line + b"\n" for line in shown))


def _write_all(data: bytes) -> None:
    """Write all of *data*; a slow reader of the log makes programs wait and loses no line."""
    while data:
        data = data[os.write(_STDOUT, data) :]


def finish_lines(process: Any) -> None:
    """Print the unfinished lines of a program that ended."""
    for dispatcher in process.dispatchers.values():
        if isinstance(dispatcher, PrefixedOutput):
            dispatcher.finish_line()
