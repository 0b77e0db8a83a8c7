"""Do what `heal` decided: kill a program, continue supervisord, or end the container."""

import logging
import os
import signal
from pathlib import Path

from healthcheck import heal, healing_budget
from healthcheck.checks import RUNNING_STATES, Verdict, is_disk_nearly_full
from healthcheck.heal import Patient
from healthcheck.observations import Appliance
from healthcheck.probes import supervisord
from healthcheck.probes.families import Families

log = logging.getLogger(__name__)


class Healer:
    """Restarts what fails by killing it: supervisord starts it again, and no data are lost.

    SIGKILL, since a stopped or hung process does not handle another signal.
    """

    def __init__(self, families: Families, run_dir: Path) -> None:
        self._families = families
        self._run_dir = run_dir
        self._state = healing_budget.load(run_dir)
        self.healing = heal.Healing()
        self.just_killed: tuple[str, ...] = ()

    def heal(self, appliance: Appliance, verdicts: list[Verdict]) -> None:
        """Act upon the verdicts of one observation; *just_killed* is what this call restarts."""
        self.just_killed = ()
        if appliance.supervisord_error:
            continue_supervisord()
            return  # nothing would start again what is killed now
        decision = heal.decide(
            self._state,
            verdicts,
            patients(appliance),
            appliance.now,
            is_disk_full=is_disk_nearly_full(appliance.disk),
        )
        self._state = decision.state
        self.healing = heal.healing(decision, self.healing, appliance.at)
        if decision.restart:
            log.warning("restarting %s: it %s", decision.restart.name, decision.restart.sentence)
            healing_budget.save(self._run_dir, self._state.programs)
            self._families.kill(decision.restart.name)
            self.just_killed = (decision.restart.name,)
        if decision.end_container_for:
            name, sentence = decision.end_container_for.name, decision.end_container_for.sentence
            times = heal.MAX_RESTARTS
            self.end_container(
                name, f"{name} was restarted {times} times and is not well again: it {sentence}"
            )

    def end_container(self, name: str, reason: str) -> None:
        """End the container for the sake of program *name*, so that Docker starts it again."""
        log.error("ending the container: %s", reason)
        try:
            supervisord.end_container(self._run_dir / "supervisor.sock", name, reason)
        except (supervisord.SupervisordError, supervisord.ShutdownError) as error:
            log.warning("the container does not end: %s", error)


def patients(appliance: Appliance) -> dict[str, Patient]:
    """Return the programs that have a running process."""
    running = {}
    for name, (process, _answer, beat, has_answered) in appliance.programs.items():
        if process is None or process.state not in RUNNING_STATES:
            continue
        has_beaten = beat is not None and beat.pid == process.pid
        runs_seconds = appliance.now - process.started_at
        running[name] = Patient(process.is_stopped, has_answered or has_beaten, runs_seconds)
    return running


def continue_supervisord() -> None:
    """Continue supervisord, our parent, if it was stopped (`docker kill --signal STOP`).

    SIGCONT continues even PID 1, which no other signal from inside the container reaches unless
    it has a handler; and one that runs ignores it.
    """
    os.kill(os.getppid(), signal.SIGCONT)
