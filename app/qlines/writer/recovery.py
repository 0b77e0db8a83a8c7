"""At the writer's start: find what its stores lost, and start where that is read again.

1. Compare ClickHouse's parts with those before its start; after an unclean end also read the recent
   ones, and set those aside that cannot be read (``store.clickhouse_parts``).
2. Decide for each partition where to start (``rewind``), seek and commit there.

A kill in between repeats it, but for parts set aside in step 1: so the list of lost parts is
written before they are, and removed at the end.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from clickhouse_driver import Client
from kafka import KafkaConsumer, TopicPartition

from qlines.clients import kafka
from qlines.clients.clickhouse import Pool
from qlines.clock import Clock
from qlines.store import clickhouse_migrate, part_list
from qlines.store import clickhouse_parts as parts
from qlines.store.part_list import Part, StartState
from qlines.writer.rewind import CommitHistory, CommitNote, SafeCommit, parse, start

Note = Callable[[str], None]
# In place of a machine's boot id: the stores of several nodes are on none of their machines, so no
# reboot of a node takes anything from them.
SHARED_STORES = "shared stores"


class Commits:
    """Commits offsets, each with a note of what is safe, for the next start."""

    def __init__(
        self,
        boot_ids: Mapping[TopicPartition, str],
        histories: dict[TopicPartition, CommitHistory],
        clock: Clock,
    ) -> None:
        self._boot_ids = boot_ids
        self._histories = histories
        self._clock = clock

    def commit(self, consumer: KafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        """Commit *offsets*; raise StoreUnavailableError when Kafka does not answer."""
        notes, now, at = {}, self._clock.monotonic(), self._clock.now_us() / 1e6
        for part, offset in offsets.items():
            history = self._histories.setdefault(part, CommitHistory(SafeCommit(0, 0.0)))
            history.add(SafeCommit(offset, at), now)
            notes[part] = CommitNote(self._boot_ids[part], history.safe).to_text()
        kafka.commit(consumer, offsets, notes)


def find_lost_parts(pool: Pool, data_dir: Path, run_dir: Path, *, note: Note) -> list[Part]:
    """Return the parts that ClickHouse lost at its last start, and set unreadable ones aside.

    Nothing when ClickHouse runs elsewhere. Raise StoreUnavailableError when it does not answer.
    """
    state = part_list.read_start_state(run_dir)
    with pool.client() as client:
        if state is not None:
            parts.attach_detached_tables(client, data_dir)
        clickhouse_migrate.require_current(client)
        if state is None:
            return []
        lost = part_list.lost(state.parts, parts.active(client))
        corrupt = []
        if state.is_unclean:
            corrupt = _set_aside_unreadable(client, data_dir, run_dir, state)
    for part in lost:
        note(f"ClickHouse lost the corrupt part {part.name} of {part.table}")
    for part in corrupt:
        note(f"set aside the part {part.name} of {part.table}, which ClickHouse could not read")
    return [*lost, *corrupt]


def _set_aside_unreadable(
    client: Client, data_dir: Path, run_dir: Path, state: StartState
) -> list[Part]:
    """Set aside the parts that cannot be read, until all can, and return them.

    In place of a merged part, ClickHouse uses the parts that were merged into it: it has not read
    them either.
    """
    corrupt: list[Part] = []
    while found := parts.unreadable(client):
        corrupt += found
        # The next start must find them in the list, and not in ClickHouse.
        kept = {*state.parts, *corrupt}
        part_list.write_start_state(run_dir, state._replace(parts=sorted(kept)))
        for part in found:
            parts.set_aside(client, data_dir, part)
    return corrupt


def forget_lost_parts(run_dir: Path) -> None:
    """Note that the rows of the lost parts will be read again."""
    (run_dir / part_list.FILE).unlink(missing_ok=True)


def resume(
    consumer: KafkaConsumer, lost: list[Part], *, boot_id: str, clock: Clock, note: Note
) -> Commits:
    """Seek to where the writer has to start, and return what commits from there on.

    Each partition that the consumer reads now is sought, because it may have fetched already what
    is not committed. Raise StoreUnavailableError when Kafka does not answer; safe to repeat.
    """
    histories, begun, rewound = {}, {}, {}
    positions = kafka.positions(consumer)
    for part, found in positions.items():
        if found.committed is None:
            begun[part] = found.first
            continue
        known = parse(found.note)
        begin = start(
            found.committed, known, boot_id=boot_id, first=found.first, end=found.end, lost=lost
        )
        safe = known.safe if known else SafeCommit(begin.offset, 0.0)
        histories[part] = CommitHistory(safe._replace(offset=min(safe.offset, begin.offset)))
        begun[part] = begin.offset
        if begin.reason:
            rewound[part] = begin.offset
            note(f"{begin.reason} (partition {part.partition}, from {begin.offset})")
    commits = Commits(dict.fromkeys(positions, boot_id), histories, clock)
    if rewound:
        commits.commit(consumer, rewound)
    kafka.seek(consumer, begun)
    return commits
