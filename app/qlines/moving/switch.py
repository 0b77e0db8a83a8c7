"""The switch: for some seconds nothing writes to the old stores, and then the new ones have it all.

1. Stop what writes: pages, jobs, ingest. Not the broker: what devices send waits in the spool.
2. Wait until the source's ClickHouse has all that its Kafka has, and bring the rest over.
3. Prove that nothing differs: the newest point of every key, and every document of MongoDB.
4. Write that everything has moved. From then on this container does not start beside the old
   stores any more, and the one that starts beside the new ones publishes what waits in the spool.

Until step 4 nothing has changed: after a failure the programs start again where they were. After a
kill the same command starts them, its `--abandon`, or the next start of the container.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from backup.programs import Programs
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.ingest.published import FILE as PUBLISHED
from qlines.move_record import COPYING, MOVED, SWITCHING
from qlines.moving import export_files, rules, waiting_jobs
from qlines.moving.error import MoveError
from qlines.moving.followed import Followed
from qlines.moving.progress import MoveProgress
from qlines.moving.readings_follow import has_stored_all
from qlines.settings import Settings
from qlines.store import presence

# In the order in which they start again.
HELD = ("ingest", "rqworker", "messenger", "cron", "gunicorn")
DRAIN_SECONDS = 120.0


def resume(source: Settings, clock: Clock) -> None:
    """Start what a switch has stopped; those that run are left alone."""
    Programs(source.run_dir, source.roles, clock).start(HELD)


def hold(source: Settings, clock: Clock) -> None:
    """Stop what writes, all at the same time; no one of them waits for another."""

    def stop(name: str) -> None:
        Programs(source.run_dir, source.roles, clock).stop([name])

    with ThreadPoolExecutor(len(HELD)) as pool:
        list(pool.map(stop, HELD))


class Switch:
    """One switch, from *source* to *target*; *db* are their MongoDBs, *moving* the stores."""

    def __init__(
        self, source: Settings, target: Settings, moving: list[str], *,
        followed: Followed, progress: MoveProgress, clock: Clock,
    ) -> None:  # fmt: skip
        self._source = source
        self._target = target
        self._moving = moving
        self._followed = followed
        self._progress = progress
        self._clock = clock

    def run(self) -> None:
        """Switch; raise MoveError or StoreUnavailableError with the programs running again."""
        began = self._clock.monotonic()
        with self._held():
            self._wait_until(lambda: has_stored_all(self._source), "ClickHouse has what Kafka has")
            self._wait_until(lambda: not self._followed.run_once(), "the target has it too")
            self._followed.prove()
            self._hand_over(self._followed.target_db)
            if "kafka" in self._moving:
                # It says how long the log was here, and the target's is another one.
                (self._source.data_dir / "spool" / PUBLISHED).unlink(missing_ok=True)
            if rules.own_stores(self._source, self._target):
                os.sync()  # ClickHouse 18.16 does not, and nobody would look again
            self._progress.tell(
                "everything has moved",
                phase=MOVED,
                pause_seconds=round(self._clock.monotonic() - began, 1),
            )
        if "redis" in self._moving:
            waiting_jobs.forget(self._source)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Stop what writes, and start it again unless everything has moved."""
        try:
            self._progress.tell(
                "switching: pages and jobs are stopped, devices continue over MQTT", phase=SWITCHING
            )
            hold(self._source, self._clock)
            yield
        finally:
            if self._progress.record.phase != MOVED:
                resume(self._source, self._clock)
                self._progress.note(phase=COPYING)

    def _hand_over(self, db: Documents) -> None:
        """Bring files and jobs of exports, which are not copied, and set everybody offline."""
        if "mongodb" in self._moving:
            files = export_files.copy(self._followed.source_db, db, self._target)
            export_files.note(db, files)
        presence.disconnect_everywhere(db, self._clock.now_us())
        if "redis" in self._moving:
            waiting_jobs.queue_again(self._source, self._target, db)

    def _wait_until(self, is_done: Callable[[], bool], what: str) -> None:
        give_up_at = self._clock.monotonic() + DRAIN_SECONDS
        while not is_done():
            if self._clock.monotonic() > give_up_at:
                raise MoveError(
                    f"the switch must take less than {DRAIN_SECONDS:.0f} s, and after that it is"
                    f" not so that {what}: see `qlines health`, and repeat the command"
                )
