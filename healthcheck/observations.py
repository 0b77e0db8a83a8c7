"""What was observed of each program at one moment: plain data, which the checks judge."""

from typing import NamedTuple

from qlines.spool.segments import SpoolUsage


class Process(NamedTuple):
    """What supervisord says: *state* is its word (RUNNING, FATAL, …), times are epoch seconds."""

    state: str
    pid: int = 0
    started_at: float = 0.0
    exit_status: int = 0
    spawn_error: str = ""


class Answer(NamedTuple):
    """The program's answer to its probe, or why there was no good one."""

    is_ok: bool
    sentence: str


class Heartbeat(NamedTuple):
    """The content of a program's heartbeat file; `qlines.heartbeat` documents it."""

    beat_at: float
    waiting_for: str | None
    sentence: str
    counters: dict[str, float]


class Observation(NamedTuple):
    """All that is known of one program; None where it was not asked or wrote nothing."""

    process: Process | None
    answer: Answer | None = None
    heartbeat: Heartbeat | None = None


class Disk(NamedTuple):
    """The file system of the data folder."""

    total_bytes: int
    free_bytes: int


class Appliance(NamedTuple):
    """Everything observed at one moment; *at* is epoch seconds, *spools* is by writer."""

    at: float
    programs: dict[str, Observation]
    spools: dict[str, SpoolUsage]
    disk: Disk
    lag_ms: dict[str, int]
