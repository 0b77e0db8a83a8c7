"""End the container when a program that it needs cannot be started, and write why to /data.

supervisord gives up on such a program forever and stays; Docker restarts containers that ended,
not unhealthy ones. This is an extension inside supervisord: it costs no process and cannot die
alone. A program that does not start with the container, as a store that a move back has started
beside those in use, is not needed by it: the move sees that the store does not answer.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.states import SupervisorStates

from appliance.shared.supervise import output

_MAX_ONE_SHOT_FAILURES = 5
_MAX_LOG_BYTES = 1 << 20

_reasons: list[str] = []


def make_extension(
    supervisord: Any, ends_container: str, one_shot: str, file: str, stopped_in_order: str = ""
) -> "ProgramEndListener":
    """Subscribe to programs that end; the arguments are those of supervisord.conf.

    supervisord publishes the public methods of what is returned by XML-RPC. *stopped_in_order*, if
    given, is a file that is created when somebody stops the container.
    """
    listener = ProgramEndListener(supervisord, ends_container.split(","), one_shot, Path(file))
    events.subscribe(events.ProcessStateEvent, listener.on_change)
    if stopped_in_order:
        listener.note_orderly_stops(Path(stopped_in_order))
    return listener


def exit_code() -> int:
    """Return 0 after an orderly stop, 1 when a program ended the container."""
    return 1 if _reasons else 0


class ProgramEndListener:
    """Ends supervisord when a program of *ends_container* is FATAL, or *one_shot* keeps failing."""

    def __init__(
        self, supervisord: Any, ends_container: Iterable[str], one_shot: str, file: Path
    ) -> None:
        self._supervisord = supervisord
        self._ends_container = frozenset(ends_container)
        self._one_shot = one_shot
        self._file = file
        self._failures = 0

    def end(self, name: str, reason: str) -> bool:
        """End the container for the sake of program *name*; the health checker calls it."""
        self._end(name, reason)
        return True

    def note_orderly_stops(self, file: Path) -> None:
        """Create *file* when supervisord stops for no reason of this listener."""

        def note(_event: Any) -> None:
            if not _reasons:
                # A full or read-only disk must not keep supervisord from stopping the stores.
                with suppress(OSError):
                    file.touch()

        events.subscribe(events.SupervisorStoppingEvent, note)

    def on_change(self, event: Any) -> None:
        """Handle one ProcessStateEvent of supervisord."""
        output.finish_lines(event.process)
        name, is_needed = event.process.config.name, event.process.config.autostart
        if isinstance(event, events.ProcessStateFatalEvent):
            if is_needed and name in self._ends_container:
                self._end(name, f"{name} could not be started, and QLines cannot run without it")
        elif isinstance(event, events.ProcessStateExitedEvent) and name == self._one_shot:
            self._failures += not event.expected
            if self._failures == _MAX_ONE_SHOT_FAILURES:
                times = _MAX_ONE_SHOT_FAILURES
                self._end(name, f"{name} failed {times} times, and other programs wait for it")

    def _end(self, name: str, reason: str) -> None:
        if _reasons:
            return
        _reasons.append(reason)
        _log(f"ending the container: {reason}. The reason is in {self._file}")
        text = _report(datetime.now(UTC), reason, output.last_lines.get(name, ()))
        try:
            _append(self._file, text)
        except OSError as error:
            _log(f"could not write {self._file}: {error}")
        self._supervisord.options.mood = SupervisorStates.SHUTDOWN


def _report(now: datetime, reason: str, lines: Iterable[str]) -> str:
    quoted = "".join(f"    {line}\n" for line in lines)
    return f"{now:%Y-%m-%d %H:%M:%SZ}  {reason}. Its last lines:\n{quoted}\n"


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    # A container that restarts all night must not fill the volume.
    mode = "a" if not file.exists() or file.stat().st_size < _MAX_LOG_BYTES else "w"
    with file.open(mode) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _log(sentence: str) -> None:
    sys.stdout.write(f"supervisord | {sentence}\n")
    sys.stdout.flush()
