"""What ingest knows from one batch to the next, and whether a restart would still know it."""

from qlines.ingest.batch import Batch
from qlines.ingest.state_file import SavedState, StateFile


class State:
    """Connections and pending writes; save_if_due() makes the state file equal to them.

    Whether the file is up to date follows from two versions, the current one and the saved one.
    A flush that writes only part of what is pending does not count as a change: the file then
    holds writes that MongoDB has already, and repeating them is harmless.
    """

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self.connections, self.pending = file.load()
        self._saved = self._version()

    def add(self, batch: Batch) -> None:
        """Add a batch whose readings are in Kafka."""
        self.pending.add(batch, self.connections.count(batch.connections))

    @property
    def is_saved(self) -> bool:
        """Return whether a restart would load exactly this state."""
        return self._version() == self._saved

    def save_if_due(self) -> bool:
        """Write the file if it is out of date and due; return whether it is up to date."""
        if self.is_saved:
            return True
        if not self._file.is_due():
            return False
        self._file.save(SavedState(self.connections, self.pending))
        self._saved = self._version()
        return True

    def _version(self) -> tuple[int, int]:
        """Return what identifies the content; the second number is 0 when nothing is pending."""
        return self.connections.as_of_us, self.pending.revision if self.pending else 0
