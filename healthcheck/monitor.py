"""Observe everything repeatedly and keep the last view, from which the server answers."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from healthcheck import checks, report, schedule
from healthcheck.history import Restarts, Since
from healthcheck.observations import Answer, Appliance, Disk, Observation, Process
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
from healthcheck.probes.connection import ProbeError, ProbeTimeoutError
from qlines.clock import Clock
from qlines.programs import BY_NAME, PROGRAMS, Program
from qlines.settings import Settings
from qlines.spool import segments
from qlines.spool.segments import SpoolUsage

log = logging.getLogger(__name__)

PROBES: dict[str, ModuleType] = {
    "redis": redis,
    "mongodb": mongodb,
    "clickhouse": clickhouse,
    "kafka": kafka,
    "mosquitto": mosquitto,
    "gunicorn": gunicorn,
}
SPOOL_WRITERS = ("mqtt", "http")
MEASURE_EVERY_SECONDS = 5.0
UNMEASURED_DISK = Disk(1, 1)
ITSELF = Answer(True, "answers this request")


@dataclass
class Memory:
    """What earlier iterations have left."""

    processes: dict[str, Process] = field(default_factory=dict)
    supervisord_asked_at: float = float("-inf")
    running: supervisord.RunningProcesses = field(default_factory=supervisord.RunningProcesses)
    last_probes: dict[str, schedule.LastProbe] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    measured_at: float = float("-inf")
    spools: dict[str, SpoolUsage] = field(default_factory=dict)
    disk: Disk = UNMEASURED_DISK
    restarts: Restarts = field(default_factory=Restarts)
    since: Since = field(default_factory=Since)
    trouble_since: float | None = None


class Monitor:
    """The loop of the checker; *view* is the last result, replaced as a whole."""

    def __init__(self, settings: Settings, clock: Clock, version: str) -> None:
        self._settings = settings
        self._clock = clock
        self._version = version
        self._memory = Memory()
        self._logged: dict[str, str] = {}
        self.view: report.View | None = None
        self.iterated_at = clock.monotonic()

    def start(self) -> None:
        """Run the loop in a thread that ends with the process."""
        threading.Thread(target=self._run, name="monitor", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                self._clock.sleep(self.run_once())
        except supervisord.ShutdownError:
            log.info("stopped checking: supervisord is stopping everything")
            self.view = report.stopping(self.view)

    def run_once(self) -> float:
        """Observe what is due and judge it; return how many seconds to pause.

        Raise ShutdownError once supervisord is stopping everything.
        """
        memory, now = self._memory, self._clock.now_us() / 1e6
        self._ask_supervisord(now)
        self._measure_folders(now)
        appliance = Appliance(
            now,
            {program.name: self._observe(program, now) for program in self._programs()},
            memory.spools,
            memory.disk,
            heartbeat.read_lags_ms(self._settings.run_dir),
        )
        verdicts = checks.judge(appliance)
        self._log_changes(verdicts)
        all_well = all(verdict.status == "ok" for verdict in verdicts)
        memory.trouble_since = None if all_well else memory.trouble_since or now
        self.view = report.view(appliance, verdicts, memory.restarts, memory.since, self._version)
        self.iterated_at = self._clock.monotonic()
        return schedule.pause_seconds(all_well, now - (memory.trouble_since or now))

    def _programs(self) -> list[Program]:
        return [program for program in PROGRAMS if program.name in self._settings.roles]

    def _ask_supervisord(self, now: float) -> None:
        memory = self._memory
        all_well = self.view is not None and memory.trouble_since is None
        if not schedule.is_supervisord_due(
            memory.supervisord_asked_at, all_well, memory.running.all_run(), now
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
        memory.running.remember(
            process.pid
            for name, process in memory.processes.items()
            if process.pid and name in BY_NAME and not BY_NAME[name].is_one_shot
        )

    def _measure_folders(self, now: float) -> None:
        if now - self._memory.measured_at >= MEASURE_EVERY_SECONDS:
            self._memory.measured_at = now
            self._memory.spools = spools(self._settings.data_dir)
            self._memory.disk = disk.disk(self._settings.data_dir)

    def _observe(self, program: Program, now: float) -> Observation:
        memory = self._memory
        process = memory.processes.get(program.name)
        if process is None or process.state not in ("RUNNING", "STARTING"):
            memory.last_probes.pop(program.name, None)
            memory.answers.pop(program.name, None)
            return Observation(process)
        # Also of programs that are probed: their counters are in it. The stores write none.
        beat = heartbeat.read(self._settings.run_dir, program.name)
        if program.probe == "itself":
            return Observation(process, ITSELF, beat)
        if program.probe not in PROBES:
            return Observation(process, None, beat)
        if schedule.is_probe_due(memory.last_probes.get(program.name), process.started_at, now):
            self._probe(program, process.started_at, now)
        return Observation(process, memory.answers[program.name], beat)

    def _probe(self, program: Program, started_at: float, now: float) -> None:
        memory, name = self._memory, program.name
        last = memory.last_probes.get(name)
        timeout_seconds = schedule.timeout_seconds(last, started_at, now)
        answer, is_certain = ask(PROBES[program.probe].probe, program.ports[0], timeout_seconds)
        memory.last_probes[name] = schedule.LastProbe(now, answer.is_ok)
        # A busy program is slow now and then: no answer counts when it happens twice in a row.
        if answer.is_ok or is_certain or last is None or not last.was_ok:
            memory.answers[name] = answer

    def _log_changes(self, verdicts: list[checks.Verdict]) -> None:
        for verdict in verdicts:
            if self._logged.get(verdict.name) != verdict.status:
                self._logged[verdict.name] = verdict.status
                log.info("%s is %s: %s", verdict.name, verdict.status, verdict.sentence)


def spools(data_dir: Path) -> dict[str, SpoolUsage]:
    """Return the size of each writer's part of the spool."""
    return {writer: segments.usage(data_dir / "spool" / writer) for writer in SPOOL_WRITERS}


def ask(
    probe: Callable[[int, float], str], port: int, timeout_seconds: float
) -> tuple[Answer, bool]:
    """Probe once; return the answer and whether it is certain, which a timeout is not."""
    try:
        return Answer(True, probe(port, timeout_seconds)), True
    except ProbeTimeoutError as error:
        return Answer(False, str(error)), False
    except ProbeError as error:
        return Answer(False, str(error)), True
