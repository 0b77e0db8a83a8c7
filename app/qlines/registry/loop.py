"""Keep the registry file equal to MongoDB: rebuild it at the start, then follow the changes.

=============  ==========================================  =====================================
state          event                                       next
=============  ==========================================  =====================================
no stream      MongoDB answers                             the stream is open, then the file is
                                                           rebuilt from what MongoDB holds
following      changes                                     they are in the file
following      MongoDB goes away                           waits, then goes on after the token of
                                                           the last change: a failover of the
                                                           replica set loses nothing
following      the token is too old, or the collection     no stream
               was dropped
=============  ==========================================  =====================================

The stream is opened before the file is rebuilt, so no change falls between the two; one that is
seen in both is put twice, which changes nothing. The token is not kept on the disk: a rebuild at
each start takes 0.2 s for 10,000 devices and heals whatever was wrong with the file.
"""

import logging
from collections import Counter
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure

from qlines.clients.mongodb import raising_unavailable
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.registry.events import changes_of
from qlines.registry.follow import Follower
from qlines.store.registry_file import RegistryFileWriter

log = logging.getLogger(__name__)

TURN_SECONDS = 1.0
BATCH_DEVICES = 5_000
FIELDS = {"owner": 1, "name": 1, "gateway": 1, "token": 1, "old_tokens": 1}
COUNTERS = {
    "rebuilds": "times the registry file was built from all of MongoDB's devices",
    "changes": "devices added, changed or removed since this program started",
}


class RegistryKeeper:
    """The loop's state; turn() is called again and again."""

    def __init__(
        self,
        db: Database[dict[str, Any]],
        file: RegistryFileWriter,
        *,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self._db = db
        self._file = file
        self._heartbeat = heartbeat
        self._clock = clock
        self._follower: Follower | None = None
        self._token: Any = None
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def turn(self) -> bool:
        """Bring the file up to date with what happened since the last turn."""
        follower = self._follower or self._begin()
        try:
            events = follower.take(TURN_SECONDS)
        except StoreUnavailableError:
            self._leave()
            raise
        except OperationFailure as error:
            log.warning("the change stream cannot go on, the file is rebuilt: %s", error)
            self._leave()
            self._token = None
            return True
        if events:
            self._apply(events, follower.token)
        self._heartbeat.beat("keeps the registry file equal to MongoDB", counters=self.counters)
        return True

    def _begin(self) -> Follower:
        if self._token is not None:
            try:
                self._follower = Follower(self._db, resume_after=self._token)
            except OperationFailure as error:
                log.warning("changes were missed, the file is rebuilt: %s", error)
                self._token = None
            else:
                return self._follower
        follower = Follower(self._db)
        try:
            self._rebuild()
        except StoreUnavailableError:
            follower.close()
            raise
        self._follower, self._token = follower, follower.token
        return follower

    def _rebuild(self) -> None:
        with raising_unavailable():
            devices = list(self._db.devices.find({}, FIELDS).batch_size(BATCH_DEVICES))
        count = self._file.rebuild(devices, self._clock.now_us())
        self.counters["rebuilds"] += 1
        log.info("built the registry file: %s devices", count)

    def _apply(self, events: list[dict[str, Any]], token: Any) -> None:
        changes = changes_of(events)
        if changes.is_void:
            self._leave()
            self._token = None
            return
        self._file.change(changes.documents, changes.deleted)
        self._token = token
        self.counters["changes"] += len(changes.documents) + len(changes.deleted)

    def _leave(self) -> None:
        if self._follower is not None:
            self._follower.close()
            self._follower = None
