"""Report to the health checker what was decided and how far the copies are; pure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from blog.twin.role import Word
from blog.twin.view import Decision, Replication, Role


class Told(NamedTuple):
    """What was decided, and what an operator wants to know besides.

    *seconds_alone* is for how long nothing has come from the primary, *files_at* when the files
    were fetched last, in seconds since 1970, and *kept* the folders with what only this side had.
    """

    word: Word
    decision: Decision
    replication: Replication | None
    seconds_alone: float
    copy_progress: str
    files_at: float | None
    files_error: str
    kept: Sequence[Path]

    def document(self) -> dict[str, Any]:
        """Return role, sentence, problem, seconds_behind, files_at, files_error and kept."""
        sentence = self.decision.sentence
        if self.copy_progress:
            sentence += f", {self.copy_progress}"
        if self.word.role is Role.READ_ONLY and self.word.sentence:
            sentence += f": {self.word.sentence}"
        return {
            "role": str(self.word.role),
            "sentence": sentence,
            "is_problem": self.decision.is_problem,
            "seconds_behind": self._seconds_behind(),
            "files_at": self.files_at,
            "files_error": self.files_error if self.word.role is Role.REPLICA else "",
            "kept": [str(path) for path in self.kept],
        }

    def _seconds_behind(self) -> int | None:
        if self.word.role is not Role.REPLICA or self.replication is None:
            return None
        return self.replication.seconds_behind if self.replication.is_whole else round(
            self.seconds_alone
        )  # fmt: skip
