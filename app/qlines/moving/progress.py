"""Note how far the move is: to be shown, and to continue there after a kill."""

from collections.abc import Callable
from pathlib import Path

from qlines import move_record
from qlines.clock import Clock
from qlines.move_record import Record

SAY_EVERY_SECONDS = 5.0


class MoveProgress:
    """The record of the move, written with each change; *say* shows a sentence to the operator."""

    def __init__(
        self, data_dir: Path, record: Record, say: Callable[[str], None], clock: Clock
    ) -> None:
        self._data_dir = data_dir
        self._say = say
        self._clock = clock
        self._said_at = float("-inf")
        self.record = record
        move_record.write(data_dir, record)

    def note(self, **changes: object) -> None:
        """Change fields of the record; a new sentence is shown, every few seconds at most."""
        changed = self.record._replace(**changes)  # type: ignore[arg-type]  # its own fields
        is_new = changed.sentence != self.record.sentence
        move_record.write(self._data_dir, changed)
        self.record = changed  # only now: who reads it relies on what the file says
        now = self._clock.monotonic()
        if is_new and now - self._said_at >= SAY_EVERY_SECONDS:
            self._said_at = now
            self._say(self.record.sentence)

    def tell(self, sentence: str, **changes: object) -> None:
        """Show a sentence in any case, as of a step that begins."""
        self._said_at = float("-inf")
        self.note(sentence=sentence, **changes)
