"""Observe the programs, the spool and the disk: ask what is due, remember the rest."""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType

from appliance.shared import twin
from healthcheck import schedule
from healthcheck.bounded import Bounded, HangsError
from healthcheck.checks import QUIET_SECONDS
from healthcheck.history import Silences, Starts
from healthcheck.link_watch import LinkWatch
from healthcheck.observations import (
    Answer,
    Appliance,
    Disk,
    Heartbeat,
    Notes,
    Observation,
    Process,
)
from healthcheck.probes import (
    clickhouse,
    disk,
    gunicorn,
    heartbeat,
    kafka,
    mongodb,
    mosquitto,
    oom,
    redis,
    supervisord,
)
from healthcheck.probes.connection import BlockedError, ProbeError, ProbeTimeoutError
from healthcheck.probes.families import Families
from qlines import backup_record, catch_up_record, maintenance, move_record, repairs, role
from qlines.clock import Clock
from qlines.programs import BY_NAME, PROGRAMS, Program
from qlines.role import Role
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
# Not a module: it asks other machines, in a thread of its own.
LINKS = "links"
SPOOL_WRITERS = ("mqtt", "http")
MEASURE_EVERY_SECONDS = 5.0
MEASURE_WITHIN_SECONDS = 2.0
GRACE_SECONDS = 1.0  # how much longer than its timeout a check may take before it hangs
RUNNING_STATES = ("RUNNING", "STARTING")
SUPERVISORD = "supervisord"
ITSELF = Answer(True, "answers this request")


class Observer:
    """Observes one appliance repeatedly; *starts* counts its restarts."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._is_paired = twin.is_paired(settings.data_dir)
        self._clock = clock
        self.starts = Starts()
        self.families = Families()
        self._bounded = Bounded(clock.monotonic)
        self._silences = Silences()
        self._links = LinkWatch(settings.data_dir, clock)
        self._processes: dict[str, Process] = {}
        self._supervisord_asked_at = float("-inf")
        self._supervisord_error: str | None = None
        self._last_probes: dict[str, schedule.LastProbe] = {}
        self._answers: dict[str, Answer] = {}
        self._answered_pids: dict[str, int] = {}
        self._measured_at = float("-inf")
        self._spools: dict[str, SpoolUsage] = {}
        self._disk = Disk(1, 1)
        self._notes = Notes()

    def observe(self, *, all_well: bool) -> Appliance:
        """Return what is observed now; look seldom while *all_well*.

        Raise ShutdownError once supervisord is stopping everything.
        """
        now = self._clock.monotonic()
        self._ask_supervisord(now, all_well)
        self._measure_folders(now)
        states = self.families.states()
        return Appliance(
            self._clock.now_us() / 1e6,
            now,
            {
                program.name: self._observe(
                    program, "T" in states.get(program.name, {}).values(), now
                )
                for program in PROGRAMS
                if program.name in self._settings.roles
            },
            self._spools,
            self._disk,
            heartbeat.read_lags_ms(self._settings.run_dir),
            self._supervisord_error,
            oom.kills(),
            {name: frozenset(pids) for name, pids in states.items()},
            hanging={
                name: age
                for name, age in self._bounded.hanging().items()
                if name not in BY_NAME and name != SUPERVISORD  # these say so themselves
            },
            **self._notes._asdict(),
            role=self._role(),
            catch_up=catch_up_record.read(self._settings.data_dir) if self._is_paired else None,
            certificate_ends=self._links.certificate_ends,
        )

    def _role(self) -> Role | None:
        if not self._is_paired:
            return None
        return role.read(self._settings.run_dir, self._clock.now_us() / 1e6)

    def _ask_supervisord(self, now: float, all_well: bool) -> None:
        if not schedule.is_supervisord_due(
            self._supervisord_asked_at, all_well, self.families.all_run(), now
        ):
            return
        self._supervisord_asked_at = now
        try:
            processes = self._call_supervisord(now)
        except supervisord.SupervisordError as error:
            if self._supervisord_error is None:
                log.warning("%s", error)
            self._supervisord_error = str(error)
            self._processes = without_ended(self._processes, self.families.running())
            return
        self._supervisord_error = None
        self._processes = self.starts.note(processes, now)
        self.families.remember(
            {
                name: process.pid
                for name, process in self._processes.items()
                if process.pid and name in BY_NAME
            }
        )

    def _call_supervisord(self, now: float) -> dict[str, Process]:
        socket = self._settings.run_dir / "supervisor.sock"
        max_seconds = supervisord.TIMEOUT_SECONDS + GRACE_SECONDS
        try:
            return self._bounded.run(
                SUPERVISORD, lambda: supervisord.processes(socket, now), max_seconds
            )
        except HangsError as error:
            raise supervisord.SupervisordError(f"supervisord does not answer: {error}") from None

    def _measure_folders(self, now: float) -> None:
        if now - self._measured_at >= MEASURE_EVERY_SECONDS:
            self._measured_at = now
            with suppress(HangsError):  # it is among the checks that hang
                self._spools, self._disk = self._bounded.run(
                    "the data folder",
                    lambda: measure(self._settings.data_dir),
                    MEASURE_WITHIN_SECONDS,
                )
                self._notes = self._bounded.run(
                    "the data folder",
                    lambda: read_notes(
                        self._settings.data_dir, self._settings.stores, self._clock.now_us() / 1e6
                    ),
                    MEASURE_WITHIN_SECONDS,
                )

    def _observe(self, program: Program, is_stopped: bool, now: float) -> Observation:
        name = program.name
        process = self._processes.get(name)
        if process is None or process.state not in RUNNING_STATES:
            self._last_probes.pop(name, None)
            self._answers.pop(name, None)
            return Observation(process)
        process = process._replace(is_stopped=is_stopped)
        # Also of programs that are probed: their counters are in it. The stores write none.
        beat = self._silences.note(name, heartbeat.read(self._settings.run_dir, name), now)
        if program.probe == "itself":
            return Observation(process, ITSELF, beat)
        if program.probe not in PROBES and program.probe != LINKS:
            return Observation(process, None, beat)
        due = schedule.is_probe_due(self._last_probes.get(name), process.started_at, now)
        # A stopped program accepts the connection and never answers; that it is stopped says more.
        if due and not is_stopped:
            self._probe(program, process, beat, now)
        has_answered = self._answered_pids.get(name) == process.pid
        return Observation(process, self._answers.get(name), beat, has_answered)

    def _question(self, program: Program) -> Callable[[float], str]:
        if program.probe == LINKS:
            return self._links.probe
        return partial(PROBES[program.probe].probe, program.ports[0])

    def _probe(
        self, program: Program, process: Process, beat: Heartbeat | None, now: float
    ) -> None:
        name = program.name
        last = self._last_probes.get(name)
        timeout_seconds = schedule.timeout_seconds(last, process.started_at, now)
        probe = partial(ask, self._question(program), timeout_seconds)
        try:
            answer, is_certain = self._bounded.run(name, probe, timeout_seconds + GRACE_SECONDS)
        except HangsError as error:
            answer, is_certain = Answer(False, str(error)), False
        self._last_probes[name] = schedule.LastProbe(now, answer.is_ok)
        # A busy program is slow now and then: no answer counts when it happens twice in a row, and
        # not while its loop beats. The broker sleeps per message when it slows its senders down.
        is_busy = name in self._answers and beat is not None and beat.silent_seconds < QUIET_SECONDS
        is_repeated = last is None or not last.was_ok
        if answer.is_ok or is_certain or (is_repeated and not is_busy):
            self._answers[name] = answer
        if answer.is_ok:
            self._answered_pids[name] = process.pid


def without_ended(processes: dict[str, Process], running: frozenset[str]) -> dict[str, Process]:
    """Return what supervisord said last, corrected by which processes still run."""
    return {
        name: process._replace(state="GONE", pid=0)
        if process.state in RUNNING_STATES and name not in running
        else process
        for name, process in processes.items()
    }


def spools(data_dir: Path) -> dict[str, SpoolUsage]:
    """Return the size of each writer's part of the spool."""
    return {writer: segments.usage(data_dir / "spool" / writer) for writer in SPOOL_WRITERS}


def measure(data_dir: Path) -> tuple[dict[str, SpoolUsage], Disk]:
    """Return the size of each part of the spool, and of the file system."""
    return spools(data_dir), disk.disk(data_dir)


def read_notes(data_dir: Path, stores: Mapping[str, str], at: float) -> Notes:
    """Return what was repaired lately, a drain, and what is known of backups, restore and move."""
    return Notes(
        repairs.recent(data_dir, at),
        maintenance.read(data_dir),
        backup_record.read(data_dir),
        backup_record.read_restore(data_dir),
        move_record.in_the_way(move_record.read(data_dir), stores),
    )


def ask(probe: Callable[[float], str], timeout_seconds: float) -> tuple[Answer, bool]:
    """Probe once; return the answer and whether it is certain, which a timeout is not."""
    try:
        return Answer(True, probe(timeout_seconds)), True
    except ProbeTimeoutError as error:
        return Answer(False, str(error)), False
    except BlockedError as error:
        return Answer(False, str(error), error.blocked_by), True
    except ProbeError as error:
        return Answer(False, str(error)), True
