"""What was observed of each program at one moment: plain data, which the checks judge."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qlines.backup_record import Record, Restore
from qlines.catch_up_record import CatchUp
from qlines.maintenance import Maintenance
from qlines.repairs import Repair
from qlines.role import Role
from qlines.spool.segments import SpoolUsage

# Of the time between two observations, at most so much counts. When the whole container was paused
# (`docker pause`, a suspended VM), every program was silent, and none is to blame.
MAX_STEP_SECONDS = 5.0


class Process(NamedTuple):
    """What supervisord says: *state* is its word (RUNNING, FATAL, …).

    *started_at* is in seconds of the checker's monotonic clock. *is_stopped*: the kernel has
    stopped the process or one of its children (SIGSTOP), which supervisord does not notice.
    """

    state: str
    pid: int = 0
    started_at: float = 0.0
    exit_status: int = 0
    spawn_error: str = ""
    is_stopped: bool = False

    @property
    def has_done_its_work(self) -> bool:
        """Return whether it has ended by itself, and well: what runs once does."""
        return self.state == "EXITED" and self.exit_status == 0


class Answer(NamedTuple):
    """The program's answer to its probe, or why there was no good one.

    *blocked_by* is what the program needs and cannot mend: another machine.
    """

    is_ok: bool
    sentence: str
    blocked_by: str | None = None


class Heartbeat(NamedTuple):
    """A program's heartbeat file (`qlines.heartbeat` documents it), and how old it is.

    *silent_seconds* were counted while this checker watched the file: times of the wall clock,
    which may jump, are only compared for equality.
    """

    pid: int
    beat_at: float
    waiting_for: str | None
    sentence: str
    counters: dict[str, float]
    silent_seconds: float = 0.0


class Observation(NamedTuple):
    """All that is known of one program; None where it was not asked or wrote nothing.

    *has_answered*: this very process has answered a probe before.
    """

    process: Process | None
    answer: Answer | None = None
    heartbeat: Heartbeat | None = None
    has_answered: bool = False


class Notes(NamedTuple):
    """What files in the data folder say: of repairs, a drain, backups, a restore and a move."""

    repairs: Sequence[Repair] = ()
    maintenance: Maintenance | None = None
    backups: Record = Record()
    restore: Restore | None = None
    moving: str = ""


class Disk(NamedTuple):
    """The file system of the data folder."""

    total_bytes: int
    free_bytes: int


class CanaryFailure(NamedTuple):
    """In which stage a message of the canary stopped, and why, as the end of a sentence."""

    stage: str
    reason: str


class Canary(NamedTuple):
    """The messages that the appliance sends itself; `healthcheck.canary` sends and reads them.

    *age_seconds* is how long ago the newest readable message was sent, *latency_seconds* how long
    it took from the publication until it was readable; None before the first. *quiet_seconds* is
    the same age, counted from the start before the first one. *doing* is the step that began
    *step_seconds* ago, *failure* how the last round failed, *failures* how many did by stage.
    *api_failing_seconds* is for how long /api/data has not answered, 0 when it has.
    """

    age_seconds: float | None
    latency_seconds: float | None
    quiet_seconds: float
    doing: str
    step_seconds: float
    sent: int
    failures: dict[str, int]
    failure: CanaryFailure | None
    api_failing_seconds: float


class Appliance(NamedTuple):
    """Everything observed at one moment.

    *at* is epoch seconds, for people. *now* is seconds of the monotonic clock, for durations: the
    wall clock may jump. *spools* is by writer. *supervisord_error*: why supervisord did not answer.
    *oom_kills* is the kernel's count, None where it does not say; *pids* are all processes of each
    program.
    *hanging* is for how many seconds a check of no program has not come back, by what it checks.
    *canary* is None where it does not run, and until the appliance was ready once. *backups* is
    what is known of backups and drills, *restore* one that runs or was killed halfway. *moving* is
    what a move to other stores does for which programs are stopped, or "". *role* and
    *catch_up* are None where there is no twin; *certificate_ends* is when the certificates of the
    links expire, in epoch seconds by their files.
    """

    at: float
    now: float
    programs: dict[str, Observation]
    spools: dict[str, SpoolUsage]
    disk: Disk
    lag_ms: dict[str, int]
    supervisord_error: str | None = None
    oom_kills: int | None = None
    pids: Mapping[str, frozenset[int]] = {}
    hanging: dict[str, float] = {}  # noqa: RUF012 - never changed in place
    canary: Canary | None = None
    repairs: Sequence[Repair] = ()
    maintenance: Maintenance | None = None
    backups: Record = Record()
    restore: Restore | None = None
    moving: str = ""
    role: Role | None = None
    catch_up: CatchUp | None = None
    certificate_ends: Mapping[str, float] = {}
