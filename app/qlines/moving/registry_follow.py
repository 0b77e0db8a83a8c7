"""Bring MongoDB's collections into the target's, and what is changed in them in the meantime."""

from pymongo.errors import OperationFailure

from qlines.clients.mongodb import Documents
from qlines.errors import StoreUnavailableError
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.store import document_copy
from qlines.store.document_copy import Changes

ROUNDS = 5


class RegistryFollow:
    """Complete copies, kept so by follow(); prove() says that nothing differs."""

    def __init__(self, source: Documents, target: Documents, progress: MoveProgress) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._changes: Changes | None = None

    def copy(self) -> None:
        """Copy every collection; what is changed from here on is followed."""
        self.close()
        self._changes = Changes(self._source)
        try:
            for name in document_copy.differing(self._source, self._target):
                self._progress.note(sentence=f"copying {name}")
                document_copy.complete(self._source, self._target, name)
        except BaseException:  # without what is missing, changes would follow on half a copy
            self.close()
            raise

    def follow(self) -> int:
        """Bring over what was changed since the last call; return how many changes."""
        if self._changes is None:
            self.copy()
            return 1
        try:
            return self._changes.apply(self._target)
        except OperationFailure:  # MongoDB has forgotten what follows
            self.copy()
            return 1
        except StoreUnavailableError:  # what was read of the changes may not be written
            self.close()
            raise

    def prove(self) -> None:
        """Return when both are equal, once nothing changes the source; raise MoveError if not."""
        while self.follow():
            pass
        for _ in range(ROUNDS):
            differing = document_copy.differing(self._source, self._target)
            written = [
                document_copy.complete(self._source, self._target, name) for name in differing
            ]
            if not any(written):
                return
        raise MoveError(
            "the target's MongoDB must become equal to this one, and"
            f" {', '.join(differing)} still differ after {ROUNDS} copies: see whether another"
            " program writes there"
        )

    def close(self) -> None:
        """End the following."""
        if self._changes is not None:
            self._changes.close()
            self._changes = None
