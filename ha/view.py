"""What the controller sees of both VMs, and what it decides; pure.

A *side* is named as in the pairing, ``a`` or ``b``; *own* is the controller's, *other* its twin's.
Seconds are differences on one monotonic clock, so no two clocks are ever compared.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

# A claim to be active, and with it a blog's permission to be the primary, is good for this long.
LEASE_SECONDS = 10.0


class Condition(StrEnum):
    """What an app or a blog says of itself."""

    READY = "ready"
    DRAINING = "draining"
    UNREADY = "not ready"
    UNREACHABLE = "unreachable"


class Role(StrEnum):
    """What an app says of its MongoDB; the one with the primary is active."""

    ACTIVE = "active"
    STANDBY = "standby"
    UNKNOWN = "unknown"


class BlogRole(StrEnum):
    """What a blog is to be; at READ_ONLY it takes no writes, and changes nothing else."""

    PRIMARY = "primary"
    REPLICA = "replica"
    READ_ONLY = "read-only"


class Observation(NamedTuple):
    """One answer of an app or a blog, or that there was none; *at* is when it was asked.

    *role_since* identifies one reign of a MongoDB primary, as the app says it.
    """

    at: float
    condition: Condition
    role: Role = Role.UNKNOWN
    role_since: str = ""
    reason: str = ""


class Seen(NamedTuple):
    """An app after its observations, without what lasted for a moment only (``ha.steady``).

    *reign* names the time for which it has been active without anybody in between, "" when it says
    that it is not; *active_seconds* is how long that has lasted, *claimed_seconds_ago* the age of
    its newest claim.
    """

    condition: Condition
    role: Role = Role.UNKNOWN
    reign: str = ""
    active_seconds: float = 0.0
    claimed_seconds_ago: float = float("inf")
    reason: str = ""

    @property
    def is_active(self) -> bool:
        """Return whether its newest claim to be active is still good."""
        return self.claimed_seconds_ago <= LEASE_SECONDS


class View(NamedTuple):
    """Everything that is decided from; *own* and *other* are the names of the sides."""

    own: str
    other: str
    apps: Mapping[str, Seen]
    blogs: Mapping[str, Condition]
    is_link_up: bool = True


class Decision(NamedTuple):
    """Which sides serve what, the preferred one first and the others as its backups.

    *lease_seconds* is for how long the own blog may be the primary, in the reign *reign*; *reason*
    says why *app* begins with whom it does, *blog_reason* why the own blog's role is what it is.
    """

    app: tuple[str, ...]
    mqtt: tuple[str, ...]
    blog: tuple[str, ...]
    blog_role: BlogRole
    lease_seconds: float = LEASE_SECONDS
    reign: str = ""
    reason: str = ""
    blog_reason: str = ""

    @property
    def sentence(self) -> str:
        """Return the whole decision as one sentence."""
        return f"{self.reason}; {self.blog_reason}"
