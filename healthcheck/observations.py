"""What is seen of a program at one moment: plain data, in which the checks find their verdicts."""

from typing import NamedTuple


class Process(NamedTuple):
    """What supervisord says: *state* is its word (RUNNING, FATAL, …), times are epoch seconds."""

    state: str
    pid: int = 0
    started_at: float = 0.0
    exit_status: int = 0
    spawn_error: str = ""


class Answer(NamedTuple):
    """What the program said to a probe, or why it said nothing."""

    is_ok: bool
    sentence: str


class Sign(NamedTuple):
    """The sign of life that a Python program wrote (qlines.heartbeat)."""

    beat_at: float
    waiting_for: str | None
    sentence: str
    counters: dict[str, float]


class Observation(NamedTuple):
    """All that is known about one program; what was not asked or not found is None."""

    process: Process | None
    answer: Answer | None = None
    sign: Sign | None = None


class Spool(NamedTuple):
    """The messages on disk that Kafka does not have yet."""

    bytes: int
    unread_bytes: int
    segments: int


class Disk(NamedTuple):
    """The file system of the data folder."""

    total_bytes: int
    free_bytes: int


class Appliance(NamedTuple):
    """One look at everything; *at* is epoch seconds."""

    at: float
    programs: dict[str, Observation]
    spools: dict[str, Spool]
    disk: Disk
    lag_ms: dict[str, int]
