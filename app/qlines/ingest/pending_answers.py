"""Buffer what devices answered to commands until MongoDB has it; pure but for flush()."""

from collections.abc import Iterable
from itertools import islice

from qlines.clients.mongodb import Documents
from qlines.store import command_delivery
from qlines.store.command_delivery import Answer

# Answers are acknowledged and must not be dropped: beyond this ingest pauses, the spool grows. Each
# may have 65,536 bytes, so their characters are counted, with OVERHEAD for the rest of each.
MAX_CHARACTERS = 16 * 1024 * 1024
OVERHEAD = 200
# A flush may take a second: so many of them, and a tenth of a second later the next.
ANSWERS_PER_FLUSH = 500


class PendingAnswers:
    """What MongoDB does not have yet; of several answers to a command the first one."""

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        self._answers: dict[tuple[str, int], Answer] = {}
        self._characters = 0
        self.add(answers)

    def add(self, answers: Iterable[Answer]) -> None:
        """Add answers; a further one to the same command changes nothing."""
        for answer in answers:
            if (answer.device, answer.number) not in self._answers:
                self._answers[answer.device, answer.number] = answer
                self._characters += len(answer.text) + OVERHEAD

    def __len__(self) -> int:
        """Return how many are pending."""
        return len(self._answers)

    @property
    def is_full(self) -> bool:
        """Return whether nothing may be added before a flush."""
        return self._characters >= MAX_CHARACTERS

    def flush(self, db: Documents) -> None:
        """Write some of them to MongoDB, and drop those; idempotent.

        Raise StoreUnavailableError when MongoDB is away; all then stay pending.
        """
        some = list(islice(self._answers.values(), ANSWERS_PER_FLUSH))
        command_delivery.answer(db, some)
        for answer in some:
            del self._answers[answer.device, answer.number]
            self._characters -= len(answer.text) + OVERHEAD

    def to_json(self) -> list[Answer]:
        """Return all, for the state file."""
        return list(self._answers.values())
