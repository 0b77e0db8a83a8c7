"""Begin to read the twin's Kafka where it is safe, and ask for what that Kafka no longer has.

What ClickHouse lost is found once, at the writer's start (recovery.py), and concerns both logs. The
own one is rewound at once; the twin may be away for days, so until then the list is in a file.
"""

import json
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition

from appliance.shared.files import write_atomically
from qlines import catch_up_record
from qlines.clients import kafka
from qlines.clock import Clock
from qlines.store.part_list import Part
from qlines.writer.loop import Commit
from qlines.writer.peer_mark import Mark
from qlines.writer.peer_start import PeerStart, peer_start
from qlines.writer.recovery import Commits, Note
from qlines.writer.rewind import CommitHistory


class LostParts:
    """The parts that ClickHouse lost and whose rows were not read from the twin's Kafka again."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "twin" / "lost-parts.json"

    def add(self, parts: list[Part]) -> None:
        """Note parts that were found lost; safe to repeat."""
        if parts:
            known = sorted({*self.read(), *parts})
            write_atomically(self._file, json.dumps(known), is_synced=True)

    def read(self) -> list[Part]:
        """Return the parts; of a file that cannot be understood a part that may hold anything."""
        try:
            return [Part(*part) for part in json.loads(self._file.read_bytes())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            return [Part("points", "unknown_0_0_0", 0.0)]

    def forget(self) -> None:
        """Note that their rows will be read again."""
        self._file.unlink(missing_ok=True)


class PeerRecovery:
    """Decides where to begin, each time that the twin's Kafka is there after it was not."""

    def __init__(self, data_dir: Path, *, boot_id: str, clock: Clock, note: Note) -> None:
        self._data_dir = data_dir
        self._boot_id = boot_id
        self._clock = clock
        self._note = note
        self._mark = Mark(data_dir)
        self.lost = LostParts(data_dir)

    def resume(self, consumer: KafkaConsumer) -> Commit:
        """Seek to where the writer has to start, and return what commits from there on.

        Raise StoreUnavailableError when the twin's Kafka does not answer; safe to repeat.
        """
        begun: dict[TopicPartition, PeerStart] = {}
        ids = {part: f"{self._boot_id} {epoch}" for part, epoch in kafka.epochs(consumer).items()}
        lost = self.lost.read()
        for part, found in kafka.positions(consumer).items():
            mark = self._mark.offset(part.partition)
            begun[part] = peer_start(found, mark, log_id=ids[part], lost=lost)
        self._tell(begun)
        offsets = {part: begin.offset for part, begin in begun.items()}
        histories = {part: CommitHistory(begin.safe) for part, begin in begun.items()}
        commits = Commits(ids, histories, self._clock)

        def commit(consumer: KafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
            commits.commit(consumer, offsets)
            stored = {part.partition: offset for part, offset in offsets.items()}
            self._mark.note(stored, self._clock.monotonic())

        commit(consumer, offsets)
        self._mark.write(self._clock.monotonic())
        kafka.seek(consumer, offsets)
        self.lost.forget()
        return commit

    def _tell(self, begun: dict[TopicPartition, PeerStart]) -> None:
        """Ask for what is missing before the commit says that nothing is."""
        missing = sorted({begin.missing for begin in begun.values() if begin.missing})
        if missing:
            catch_up_record.ask(self._data_dir, "; ".join(missing), self._clock.now_us() / 1e6)
        for part, begin in begun.items():
            if begin.reason:
                place = f"partition {part.partition} of the twin, from {begin.offset}"
                self._note(f"{begin.reason}: reading records again ({place})")
