"""Ends the container when a program that it needs will not run, after writing why to /data.

supervisord gives up on such a program for ever and stays; Docker restarts containers that ended,
not ones that are unhealthy. This runs inside supervisord as an extension, so no process is spent
on it and it cannot die alone.
"""

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supervisor import events
from supervisor.states import SupervisorStates

from appliance.shared.supervise import output

_ONE_SHOT_TRIES = 5
_LOG_BYTES = 1 << 20

_reasons: list[str] = []


def make_extension(supervisord: Any, essential: str, one_shot: str, file: str) -> None:
    """Watch for programs that end; the names and the file are in supervisord.conf."""
    watch = _Watch(supervisord, essential.split(","), one_shot, Path(file))
    events.subscribe(events.ProcessStateEvent, watch.on_change)


def exit_code() -> int:
    """Say 0 after an orderly stop, 1 when a program's end was the reason."""
    return 1 if _reasons else 0


class _Watch:
    def __init__(
        self, supervisord: Any, essential: Iterable[str], one_shot: str, file: Path
    ) -> None:
        self._supervisord = supervisord
        self._essential = frozenset(essential)
        self._one_shot = one_shot
        self._file = file
        self._failures = 0

    def on_change(self, event: Any) -> None:
        output.finish_lines(event.process)
        name = event.process.config.name
        if isinstance(event, events.ProcessStateFatalEvent) and name in self._essential:
            self._end(name, f"{name} would not stay up, and QLines cannot run without it")
        elif isinstance(event, events.ProcessStateExitedEvent) and name == self._one_shot:
            self._failures += not event.expected
            if self._failures == _ONE_SHOT_TRIES:
                self._end(name, f"{name} failed {_ONE_SHOT_TRIES} times, and the rest waits for it")

    def _end(self, name: str, sentence: str) -> None:
        if _reasons:
            return
        _reasons.append(sentence)
        _say(f"the container ends: {sentence}. The reason is in {self._file}")
        text = _report(datetime.now(UTC), sentence, output.last_lines.get(name, ()))
        try:
            _append(self._file, text)
        except OSError as error:
            _say(f"could not write {self._file}: {error}")
        self._supervisord.options.mood = SupervisorStates.SHUTDOWN


def _report(now: datetime, sentence: str, lines: Iterable[str]) -> str:
    quoted = "".join(f"    {line}\n" for line in lines)
    return f"{now:%Y-%m-%d %H:%M:%SZ}  {sentence}. Its last lines:\n{quoted}\n"


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    # A container that ends and starts all night must not fill the volume.
    mode = "a" if not file.exists() or file.stat().st_size < _LOG_BYTES else "w"
    with file.open(mode) as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _say(sentence: str) -> None:
    sys.stdout.write(f"supervisord | {sentence}\n")
    sys.stdout.flush()
