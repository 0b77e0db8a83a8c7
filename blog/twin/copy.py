"""Replace the databases here by those of the other side, with the position that they have there.

What is here is kept first: the posts of a side that was the primary may exist nowhere else. Then a
marker stands beside the pairing from before anything is deleted until the copy is complete: one
that was killed in between is known to be half, and is begun again.
"""

import fcntl
import logging
import subprocess
import tempfile
import threading
from pathlib import Path
from urllib.parse import quote

from appliance.shared.files import sync_folder, write_atomically
from blog.twin.kept import Kept, KeptError
from blog.twin.mariadb import Mariadb, MariadbError

log = logging.getLogger(__name__)

BLOCK_BYTES = 1 << 20
# As in my.cnf: with its default a larger row would end the dump.
MAX_ROW = "64M"
COMPLETE = b"-- Dump completed"
NOTHING_DELETED = "its own databases could not be kept, so nothing was deleted"


class Copy:
    """The one copy that may run at a time, in a thread of its own."""

    def __init__(self, own: Mariadb, other: Mariadb, kept: Kept, marker: Path, lock: Path) -> None:
        self._own = own
        self._other = other
        self._kept = kept
        self._marker = marker
        self._lock = lock
        self.error = ""
        self._thread: threading.Thread | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._is_cancelled = self._is_keeping = False
        self._copied = self._size = 0

    @property
    def is_complete(self) -> bool:
        """Whether the databases here are whole; False from their deletion to the end of a copy."""
        return not self._marker.exists()

    @property
    def is_running(self) -> bool:
        """Whether a copy is being made."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def progress(self) -> str:
        """How far it is, in words; a dump is a little larger than the rows."""
        if self._is_keeping:
            return f"and first keeps what it has in {self._kept.folder}"
        return f"{self._copied / 1e6:.0f} of about {max(self._size, self._copied) / 1e6:.0f} MB"

    def start(self) -> None:
        """Begin; the end is seen by is_running and is_complete, and error says why one failed."""
        self._is_cancelled, self._copied, self._size = False, 0, 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """End a copy that runs; what there is of it stays incomplete."""
        self._is_cancelled = True
        for process in self._processes:
            process.kill()
        if self._thread:
            self._thread.join()

    def _begun(self, *processes: "subprocess.Popen[bytes]") -> None:
        """Note what cancel() is to end; it may have come just before they began."""
        self._processes = list(processes)
        if self._is_cancelled:
            for process in processes:
                process.kill()

    def _run(self) -> None:
        try:
            with self._lock.open("a") as lock:
                # No dump for the backup is made of half of the tables.
                fcntl.flock(lock, fcntl.LOCK_EX)
                position = self._replace()
        except (MariadbError, KeptError, OSError) as error:
            log.warning("the copy of the other VM's databases failed: %s", error)
            self.error = str(error)
            return
        self.error = ""
        log.info("copied the other VM's databases, %.1f MB at %s", self._copied / 1e6, position)

    def _replace(self) -> str:
        schemas = self._other.schemas()
        self._size = self._other.size_bytes()
        # What is half already was kept before, or is not to be.
        if self.is_complete:
            self._keep()
        if self._is_cancelled:
            raise MariadbError("it was cancelled before anything was deleted")
        write_atomically(self._marker, "", is_synced=True)
        self._own.empty()
        self._load(schemas)
        position = self._own.take_history()
        self._marker.unlink()
        sync_folder(self._marker.parent)
        return position

    def _keep(self) -> None:
        """Dump the databases that are here; raise KeptError unless all of them are on the disk."""
        names = self._own.site_schemas()
        if not names:
            return
        self._is_keeping = True
        try:
            self._kept.refuse_without_room(self._own.size_bytes())
            place = self._kept.keep(lambda folder: self._dump(names, folder))
        except (KeptError, OSError) as error:
            raise KeptError(f"{NOTHING_DELETED}: {error}") from None
        finally:
            self._is_keeping = False
        log.warning("kept the databases of this VM in %s: %s", place, ", ".join(names))

    def _dump(self, names: list[str], folder: Path) -> None:
        for name in names:
            command = ["dump_database", name, str(folder / f"{quote(name, safe='')}.sql.gz")]
            # Not a pipe, which children of a killed program hold open.
            with tempfile.TemporaryFile("w+") as said:
                # S603: our own program, with the name of a database.
                self._begun(subprocess.Popen(command, stderr=said))  # noqa: S603
                status = self._processes[0].wait()
                said.seek(0)
                reason = " ".join(said.read().split())
            if status or self._is_cancelled:
                raise KeptError(f"the dump of {name} ended with {status} ({reason})")

    def _load(self, schemas: list[str]) -> None:
        """Pipe a dump of the other side into the own one; raise MariadbError unless it is whole."""
        dump = [
            "mariadb-dump", f"--defaults-file={self._other.file}", "--single-transaction", "--gtid",
            "--master-data=1", "--routines", "--events", f"--max-allowed-packet={MAX_ROW}",
            "--databases", *schemas,
        ]  # fmt: skip
        load = [
            "mariadb", f"--defaults-file={self._own.file}", f"--max-allowed-packet={MAX_ROW}",
            "--init-command=SET SESSION sql_log_bin = 0",
        ]  # fmt: skip
        # S603: the arguments are our own, and names of databases.
        source = subprocess.Popen(dump, stdout=subprocess.PIPE)  # noqa: S603
        target = subprocess.Popen(load, stdin=subprocess.PIPE)  # noqa: S603
        self._begun(source, target)
        last = self._pump(source, target)
        statuses = [process.wait() for process in self._processes]
        if self._is_cancelled or any(statuses) or COMPLETE not in last:
            raise MariadbError(f"the dump ended before it was complete (status {statuses})")

    def _pump(self, source: "subprocess.Popen[bytes]", target: "subprocess.Popen[bytes]") -> bytes:
        """Pass everything on, counting; return its end."""
        assert source.stdout
        assert target.stdin
        last = b""
        try:
            while block := source.stdout.read(BLOCK_BYTES):
                target.stdin.write(block)
                self._copied += len(block)
                last = (last + block)[-200:]
            target.stdin.close()
        except BrokenPipeError:
            source.kill()
        source.stdout.close()
        return last
