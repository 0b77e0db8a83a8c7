"""Keep the registry file in sync with MongoDB: rebuild it at the start, then apply changes.

=============  ==========================================  =====================================
state          event                                       next
=============  ==========================================  =====================================
no stream      MongoDB answers                             following: the stream is opened, then
                                                           the file is rebuilt from MongoDB
following      changes                                     following, with the changes applied
following      MongoDB does not answer                     waiting, then following from the token
                                                           of the last change: a failover of the
                                                           replica set loses nothing
following      MongoDB no longer has the changes after     no stream
               the token, or the collection was dropped
=============  ==========================================  =====================================

The stream begins at a change that a majority had before the file is rebuilt, and the file is
rebuilt from what a majority has, that change included: a server that has just taken the lead may
not know yet what a majority has, and would answer with less. So no change is missed between the
two, and the file holds none that a failover takes back. A change seen by both is applied twice,
which is idempotent. A device that the file lacks loses what it sends: ingest takes it for one that
was removed. So the rebuild waits until a majority has what the server has newest; the file stays as
it is until then, since a device too many harms nobody.

The token is not stored on disk: a rebuild at each start takes 0.2 s for 10,000 devices and repairs
the file whatever was wrong with it.
"""

import logging
from collections import Counter
from typing import Any, NamedTuple

from bson.timestamp import Timestamp
from pymongo.errors import ExecutionTimeout, OperationFailure
from pymongo.read_concern import ReadConcern

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.registry.change_stream import ChangeStreamReader
from qlines.registry.counters import COUNTERS
from qlines.registry.events import ChangeEvent, changes_of
from qlines.store.registry_file import FIELDS, RegistryFileWriter

log = logging.getLogger(__name__)

MAX_READ_SECONDS = 1.0
FIND_BATCH_DEVICES = 5_000
NEVER = Timestamp(0, 0)
MAX_WAIT_MS = 3_000  # for a majority, of one attempt


class Times(NamedTuple):
    """Up to where a server has all changes: that a majority has, and that it has itself.

    *cluster* is what a session has to know of before it may wait for such a time.
    """

    majority: Timestamp
    newest: Timestamp
    cluster: Any


class RegistrySync:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self,
        db: Documents,
        file: RegistryFileWriter,
        *,
        heartbeat: Heartbeat,
        clock: Clock,
        max_read_seconds: float = MAX_READ_SECONDS,
    ) -> None:
        self._db = db
        self._file = file
        self._heartbeat = heartbeat
        self._clock = clock
        self._max_read_seconds = max_read_seconds
        self._stream: ChangeStreamReader | None = None
        self._resume_token: Any = None  # of the last change in the file; None needs a rebuild
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def run_once(self) -> bool:
        """Apply the changes since the last iteration; always return True, because it waits itself.

        Raise StoreUnavailableError when MongoDB does not answer; the file stays as it is.
        """
        stream = self._stream or self._open()
        try:
            events = stream.read(self._max_read_seconds)
        except StoreUnavailableError:
            self._close()
            raise
        except OperationFailure as error:
            log.warning("rebuilding the registry file, the change stream broke: %s", error)
            self._close()
            self._resume_token = None
            return True
        if events:
            self._apply(events, stream.resume_token)
        self._heartbeat.beat("following device changes in MongoDB", counters=self.counters)
        return True

    def _open(self) -> ChangeStreamReader:
        if self._resume_token is not None:
            try:
                self._stream = ChangeStreamReader(self._db, resume_after=self._resume_token)
            except OperationFailure as error:
                log.warning("rebuilding the registry file, changes were missed: %s", error)
                self._resume_token = None
            else:
                return self._stream
        times = self._times()
        stream = ChangeStreamReader(self._db, start_at=times.majority)
        try:
            self._rebuild(times)
        except StoreUnavailableError:
            stream.close()
            raise
        self._stream, self._resume_token = stream, stream.resume_token
        return stream

    def _times(self) -> Times:
        with raising_unavailable():
            hello = self._db.client.admin.command("hello")
        written = hello.get("lastWrite", {})
        majority: Timestamp = written.get("majorityOpTime", {}).get("ts", NEVER)
        if majority == NEVER:
            # It copies its data from the other side, or has just started.
            no_time = LookupError("it does not know yet what a majority of its set has")
            raise StoreUnavailableError("mongodb", no_time)
        newest: Timestamp = written.get("opTime", {}).get("ts", majority)
        return Times(majority, max(newest, majority), hello.get("$clusterTime"))

    def _rebuild(self, times: Times) -> None:
        with raising_unavailable():
            try:
                devices = self._devices(times)
            except ExecutionTimeout as error:
                not_yet = LookupError("what it has newest is not with a majority of its set yet")
                raise StoreUnavailableError("mongodb", not_yet) from error
        count = self._file.rebuild(devices, self._clock.now_us())
        self.counters["rebuilds"] += 1
        log.info("rebuilt the registry file with %s devices", count)

    def _devices(self, times: Times) -> list[dict[str, Any]]:
        """Return all devices as a majority has them, with every change that the server has."""
        of_majority = self._db.devices.with_options(read_concern=ReadConcern("majority"))
        with self._db.client.start_session(causal_consistency=True) as session:
            if times.cluster:
                session.advance_cluster_time(times.cluster)
            session.advance_operation_time(times.newest)
            found = of_majority.find({}, FIELDS, session=session).batch_size(FIND_BATCH_DEVICES)
            return list(found.max_time_ms(MAX_WAIT_MS))

    def _apply(self, events: list[ChangeEvent], resume_token: Any) -> None:
        changes = changes_of(events)
        if changes.needs_rebuild:
            self._close()
            self._resume_token = None
            return
        self._file.change(changes.documents, changes.deleted)
        self._resume_token = resume_token
        self.counters["changes"] += len(changes.documents) + len(changes.deleted)

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
