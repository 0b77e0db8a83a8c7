"""Look at everything again and again, and keep the last view; the server answers from it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

from healthcheck import checks, pace, report
from healthcheck.history import Restarts, Since
from healthcheck.observations import Answer, Appliance, Disk, Observation, Process, Spool
from healthcheck.probes import (
    clickhouse,
    disk,
    gunicorn,
    heartbeat,
    kafka,
    mongodb,
    mosquitto,
    redis,
    supervisord,
)
from healthcheck.probes import spool as spool_probe
from healthcheck.probes.connection import ProbeError, ProbeTimeoutError
from qlines.clock import Clock
from qlines.programs import BY_NAME, PROGRAMS, Program
from qlines.settings import Settings

log = logging.getLogger(__name__)

ASKED_BY_TCP: dict[str, ModuleType] = {
    "redis": redis,
    "mongodb": mongodb,
    "clickhouse": clickhouse,
    "kafka": kafka,
    "mosquitto": mosquitto,
    "gunicorn": gunicorn,
}
FOLDERS_EVERY_SECONDS = 5.0
UNSEEN_DISK = Disk(1, 1)
ITSELF = Answer(True, "answers you")


@dataclass
class Memory:
    """What the looks before have left."""

    processes: dict[str, Process] = field(default_factory=dict)
    supervisord_asked_at: float = float("-inf")
    watched: supervisord.Watched = field(default_factory=supervisord.Watched)
    asked: dict[str, pace.Asked] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    folders_seen_at: float = float("-inf")
    spools: dict[str, Spool] = field(default_factory=dict)
    disk: Disk = UNSEEN_DISK
    restarts: Restarts = field(default_factory=Restarts)
    since: Since = field(default_factory=Since)
    trouble_since: float | None = None


class Watch:
    """The loop of the checker; *view* is the last result, replaced as a whole."""

    def __init__(self, settings: Settings, clock: Clock, version: str) -> None:
        self._settings = settings
        self._clock = clock
        self._version = version
        self._memory = Memory()
        self._said: dict[str, str] = {}
        self.view: report.View | None = None
        self.turned_at = clock.monotonic()

    def start(self) -> None:
        """Begin to look, in a thread that ends with the process."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                self._clock.sleep(self.turn())
        except supervisord.ShutdownError:
            log.info("looks no more: supervisord stops everything")
            self.view = report.stopped(self.view)

    def turn(self) -> float:
        """Look once at all that is due; return for how many seconds to rest."""
        memory, now = self._memory, self._clock.now_us() / 1e6
        self._ask_supervisord(now)
        self._look_at_folders(now)
        appliance = Appliance(
            now,
            {program.name: self._observe(program, now) for program in self._programs()},
            memory.spools,
            memory.disk,
            heartbeat.lags_ms(self._settings.run_dir),
        )
        verdicts = checks.judge(appliance)
        self._log_changes(verdicts)
        all_well = all(verdict.status == "ok" for verdict in verdicts)
        memory.trouble_since = None if all_well else memory.trouble_since or now
        self.view = report.view(appliance, verdicts, memory.restarts, memory.since, self._version)
        self.turned_at = self._clock.monotonic()
        return pace.rest_seconds(all_well, now - (memory.trouble_since or now))

    def _programs(self) -> list[Program]:
        return [program for program in PROGRAMS if program.name in self._settings.roles]

    def _ask_supervisord(self, now: float) -> None:
        memory = self._memory
        all_well = self.view is not None and memory.trouble_since is None
        if not pace.is_supervisord_due(
            memory.supervisord_asked_at, all_well, memory.watched.all_run(), now
        ):
            return
        memory.supervisord_asked_at = now
        try:
            memory.processes = supervisord.processes(self._settings.run_dir / "supervisor.sock")
        except supervisord.SupervisordError as error:
            log.warning("%s", error)
            memory.processes = {
                name: process._replace(state="UNKNOWN")
                for name, process in memory.processes.items()
            }
        memory.restarts.note(memory.processes, now)
        memory.watched.remember(
            process.pid
            for name, process in memory.processes.items()
            if process.pid and name in BY_NAME and BY_NAME[name].probe != "once"
        )

    def _look_at_folders(self, now: float) -> None:
        if now - self._memory.folders_seen_at >= FOLDERS_EVERY_SECONDS:
            self._memory.folders_seen_at = now
            self._memory.spools = spool_probe.spools(self._settings.data_dir)
            self._memory.disk = disk.disk(self._settings.data_dir)

    def _observe(self, program: Program, now: float) -> Observation:
        process = self._memory.processes.get(program.name)
        if process is None or process.state not in ("RUNNING", "STARTING"):
            self._memory.asked.pop(program.name, None)
            self._memory.answers.pop(program.name, None)
            return Observation(process)
        if program.probe == "itself":
            return Observation(process, ITSELF)
        if program.probe not in ASKED_BY_TCP:
            return Observation(
                process, None, heartbeat.sign_of(self._settings.run_dir, program.name)
            )
        if pace.is_due(self._memory.asked.get(program.name), process.started_at, now):
            self._ask(program, process.started_at, now)
        return Observation(process, self._memory.answers[program.name])

    def _ask(self, program: Program, started_at: float, now: float) -> None:
        memory, name = self._memory, program.name
        before = memory.asked.get(name)
        timeout_seconds = pace.timeout_seconds(before, started_at, now)
        answer, is_certain = ask(
            ASKED_BY_TCP[program.probe].probe, program.ports[0], timeout_seconds
        )
        memory.asked[name] = pace.Asked(now, answer.is_ok)
        # Once in a while a busy program is slow: silence counts when it happens twice in a row.
        if answer.is_ok or is_certain or before is None or not before.was_ok:
            memory.answers[name] = answer

    def _log_changes(self, verdicts: list[checks.Verdict]) -> None:
        for verdict in verdicts:
            if self._said.get(verdict.name) != verdict.status:
                self._said[verdict.name] = verdict.status
                log.info("%s is %s: %s", verdict.name, verdict.status, verdict.sentence)


def ask(
    probe: Callable[[int, float], str], port: int, timeout_seconds: float
) -> tuple[Answer, bool]:
    """Ask once; return the answer and whether it is certain (silence is not)."""
    try:
        return Answer(True, probe(port, timeout_seconds)), True
    except ProbeTimeoutError as error:
        return Answer(False, str(error)), False
    except ProbeError as error:
        return Answer(False, str(error)), True
