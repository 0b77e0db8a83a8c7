"""Which of two twins is the active one, as the program `twin` last saw it; a small file.

The twin with MongoDB's primary is active: that election is the only one there is. An appliance
without a twin is active and has no such file.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared import twin
from appliance.shared.files import write_atomically
from qlines.clock import Clock

FILE = "role.json"  # in the run folder: after a restart nothing is known
ACTIVE, STANDBY, UNKNOWN = "active", "standby", "unknown"
HAS_ALL_DATA = ("PRIMARY", "SECONDARY")  # states of a member that could take over
# A primary without the majority steps down within two seconds; a role that nobody has confirmed for
# longer must not be believed (ha/decide.py relies on five).
STALE_SECONDS = 4.0


class Member(NamedTuple):
    """A member of MongoDB's set: its state in MongoDB's word, and how far it is behind."""

    side: str
    state: str
    behind_seconds: float | None


class Role(NamedTuple):
    """The role of this side *since* (epoch seconds), seen at *at*, in one sentence for people.

    *term* is MongoDB's: no two elections have the same one.
    """

    role: str
    since: float
    at: float
    sentence: str
    members: tuple[Member, ...] = ()
    term: int = 0


ALONE = Role(ACTIVE, 0.0, 0.0, "there is no twin")


def reader(data_dir: Path, run_dir: Path, clock: Clock) -> Callable[[], Role]:
    """Return what says the role of this appliance at any time; without a twin it is active."""
    if not twin.is_paired(data_dir):
        return lambda: ALONE
    return lambda: read(run_dir, clock.now_us() / 1e6)


def write(run_dir: Path, role: Role) -> None:
    """Replace the file."""
    document = role._asdict() | {"members": [member._asdict() for member in role.members]}
    write_atomically(run_dir / FILE, json.dumps(document))


def read(run_dir: Path, now: float) -> Role:
    """Return the role of a side that has a twin; *now* is epoch seconds.

    It is unknown before the program `twin` has seen it, and when that program is silent.
    """
    try:
        role = parse(json.loads((run_dir / FILE).read_text()))
    except FileNotFoundError:
        return Role(UNKNOWN, now, now, "the role is not known yet: MongoDB has not answered")
    except (ValueError, KeyError, TypeError) as error:
        return Role(UNKNOWN, now, now, f"the file of the role cannot be understood: {error}")
    return fresh(role, now)


def parse(document: Mapping[str, Any]) -> Role:
    """Return the role of a document; raise KeyError or TypeError for one that is not valid."""
    members = tuple(Member(**member) for member in document["members"])
    return Role(**{**document, "members": members})


def fresh(role: Role, now: float) -> Role:
    """Return the role, unknown when it was last seen too long ago; pure."""
    silent = now - role.at
    if silent <= STALE_SECONDS:
        return role
    return Role(UNKNOWN, role.at, now, f"the role was last seen {silent:.0f} s ago: see `twin`")
