"""What the blog sees of itself and of the other VM's, and what it may do next; pure."""

from enum import StrEnum
from typing import NamedTuple

# All changes of a pair are numbered in this domain of GTIDs.
DOMAIN = 1
# "Error reading the binary log": this side's position is not in the history of the other one, which
# has diverged from it or deletes what is old. https://mariadb.com/kb/en/e1236/
NOT_IN_HISTORY = 1236


class Role(StrEnum):
    """What the proxy of this VM says that the blog is to be."""

    PRIMARY = "primary"
    REPLICA = "replica"
    READ_ONLY = "read-only"


class Step(StrEnum):
    """What is to be done next; each can be repeated."""

    FENCE = "take no more changes"
    OPEN = "take changes"
    FOLLOW = "follow the other side"
    RESUME = "follow it again"
    STOP_RECEIVING = "receive nothing more"
    PULL_FILES = "fetch its files once more"
    COPY = "copy its databases"
    CANCEL_COPY = "stop copying"


class Pull(StrEnum):
    """How far the last fetch of files has come since the blog is to be the primary."""

    DUE = "due"
    RUNNING = "running"
    OVER = "over"


class Replication(NamedTuple):
    """MariaDB's replication from the other side; *received* and *applied* are GTIDs.

    *is_receiving* holds while it is trying to connect too. *seconds_behind* is None while it does
    not know.
    """

    is_receiving: bool
    is_connected: bool
    is_applying: bool
    received: str = ""
    applied: str = ""
    seconds_behind: int | None = None
    receive_error: int = 0
    apply_error: int = 0
    error: str = ""

    @property
    def is_diverged(self) -> bool:
        """Whether no more can come of it: the histories differ, or the rows do."""
        return self.receive_error == NOT_IN_HISTORY or self.apply_error != 0

    @property
    def is_whole(self) -> bool:
        """Whether changes arrive and are applied."""
        return self.is_connected and self.is_applying

    @property
    def has_more(self) -> bool:
        """Whether something that was received is still being applied."""
        return self.is_applying and self.received not in ("", self.applied)


class Database(NamedTuple):
    """One side's MariaDB; *position* is the GTID of its last change, "" before the first.

    *is_confirmed* says whether the other side confirms each change (semi-sync) at the moment.
    """

    is_writable: bool
    position: str
    is_confirmed: bool = False
    replication: Replication | None = None

    @property
    def number(self) -> int:
        """The number of its last change in the pair's history."""
        for gtid in self.position.split(","):
            domain, _, rest = gtid.partition("-")
            if domain == str(DOMAIN):
                return int(rest.rpartition("-")[2])
        return 0


class Seen(NamedTuple):
    """Everything that a decision needs.

    *role* is READ_ONLY unless the proxy's word is still good. *is_complete* is False while the
    databases here are not those of the pair. *other* is None where it was not asked or did not
    answer. *may_copy* is False for a while after a copy was begun; *copy_error* says why the last
    one failed, "" if it did not.
    """

    role: Role
    own: Database
    other: Database | None
    is_complete: bool
    is_copying: bool
    may_copy: bool
    pull: Pull
    copy_error: str = ""


class Decision(NamedTuple):
    """The next step, None where all is as it should be, and what to tell an operator."""

    step: Step | None
    sentence: str
    is_problem: bool = False
