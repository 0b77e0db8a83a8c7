"""What is copied, and kept equal until the switch: readings and MongoDB's collections."""

from qlines.clients import clickhouse, mongodb
from qlines.clients.kafka import PositionLostError
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.heartbeat import read_lag_ms
from qlines.moving import export_files, readings_follow
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.moving.readings_copy import Pair, ReadingsCopy
from qlines.moving.readings_follow import ReadingsFollow
from qlines.moving.registry_follow import RegistryFollow
from qlines.settings import Settings
from qlines.store import point_copy, readings, trusted_line
from qlines.store.peer_points import COPY_SETTINGS
from qlines.store.retention_cutoff import cutoff_us

ANSWER_SECONDS = 600  # of a statement that compares a large block
BUSY_LAG_MS = 1_000


def target_settings(target: Settings) -> dict[str, int]:
    """Return ClickHouse's settings for what is copied; pure.

    A replicated table ignores a block that equals one of the last hundred, also when its rows were
    deleted since: a copy that is begun again after the target was emptied would lack them.
    """
    repeats = {"insert_deduplicate": 0} if target.clickhouse_cluster else {}
    return target.clickhouse_insert_settings | repeats


class Followed:
    """Copies by copy(), kept by run_once(); prove() says that nothing differs.

    Stores that stay where they are cost nothing.
    """

    def __init__(
        self, source: Settings, target: Settings, moving: list[str],
        progress: MoveProgress, clock: Clock,
    ) -> None:  # fmt: skip
        self._source = source
        self._target = target
        self._has_documents = "mongodb" in moving
        self._has_readings = "clickhouse" in moving
        self._progress = progress
        self._clock = clock
        self.source_db: Documents = mongodb.connect(source.mongodb)
        self.target_db: Documents = mongodb.connect(target.mongodb)
        self._registry = RegistryFollow(self.source_db, self.target_db, progress)
        self._pair = Pair(
            clickhouse.connect(
                source.clickhouse, answer_seconds=ANSWER_SECONDS, settings=COPY_SETTINGS
            ),
            clickhouse.connect(
                target.clickhouse,
                answer_seconds=ANSWER_SECONDS,
                settings=target_settings(target),
            ),
        )
        self._has_copied_readings = False
        self._follow: ReadingsFollow | None = None

    def copy(self) -> None:
        """Copy everything that is there; safe to repeat.

        Raise MoveError when the target does not keep it, and StoreUnavailableError.
        """
        if self._has_readings:
            self._copy_readings()
        if self._has_documents:
            self._progress.tell("copying users, devices and all that is not a reading")
            self._registry.copy()
            export_files.copy(self.source_db, self.target_db, self._target)

    def run_once(self) -> int:
        """Bring over what came since the last call; return how much was or is left, 0 for none."""
        changed = self._registry.follow() if self._has_documents else 0
        return changed + (self._follow_readings() if self._has_readings else 0)

    def prove(self) -> None:
        """Return when nothing differs; else raise MoveError. Nothing may write until then."""
        if self._has_readings:
            self._prove_newest()
        if self._has_documents:
            self._registry.prove()

    def close(self) -> None:
        """Close every connection."""
        self._registry.close()
        if self._follow is not None:
            self._follow.close()
        for client in self._pair:
            client.disconnect()
        for db in (self.source_db, self.target_db):
            db.client.close()

    def _copy_readings(self) -> None:
        if not self._progress.record.offsets:
            self._progress.note(offsets=readings_follow.committed(self._source))
        if self._source.clickhouse_cluster:
            point_copy.wait_for_replicas(self._pair.source)
        cutoff = cutoff_us(
            self._clock.now_us(),
            readings.newest_us(self._pair.source),
            trusted_line.read_us(self._source.data_dir),
            self._source.retention_days,
        )
        copy = ReadingsCopy(
            self._pair, self._progress, is_busy=self._is_busy, cutoff_us=cutoff, clock=self._clock
        )
        try:
            copy.run()
        except BaseException:  # the rest of an answer may be unread
            for client in self._pair:
                client.disconnect()
            raise
        self._has_copied_readings = True

    def _is_busy(self) -> bool:
        return read_lag_ms(self._source.run_dir, "writer") > BUSY_LAG_MS

    def _follow_readings(self) -> int:
        if not self._has_copied_readings:  # a store went away in the middle of it
            self._copy_readings()
        if self._follow is None:
            self._follow = ReadingsFollow(self._source, self._target, self._progress, self._clock)
        try:
            return self._follow.run_once()
        except PositionLostError:
            # The copy took longer than Kafka keeps its log: compare again, which is quick.
            self._follow.close()
            self._follow = None
            self._has_copied_readings = False
            self._progress.note(offsets={}, done=())
            return self._follow_readings()

    def _prove_newest(self) -> None:
        if self._is_newest_equal():
            return
        point_copy.copy_latest(*self._pair)
        if not self._is_newest_equal():
            raise MoveError(
                "the target's ClickHouse must have the newest point of every key, and it has"
                " others: see whether another program writes there"
            )

    def _is_newest_equal(self) -> bool:
        return point_copy.newest(self._pair.source) == point_copy.newest(self._pair.target)
