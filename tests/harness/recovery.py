"""Hurt one program, and measure how long the appliance needs until it is whole again."""

import time

from qlines.programs import PROGRAMS
from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually
from tests.harness.programs import FOR_SEVERAL

# A one-shot has ended before anything could hurt it; what is for several does not run in one alone.
LASTING = tuple(
    program.name
    for program in PROGRAMS
    if not program.is_one_shot and program.name not in FOR_SEVERAL
)


class Recovery:
    """The recovery from one signal.

    The report may be a second old: it is believed only once it has seen the restart. The health
    checker forgets its own, so there its process alone counts.
    """

    def __init__(self, appliance: Appliance, program: str) -> None:
        self._appliance = appliance
        self._program = program
        self._restarts = self._count()
        self._hurt_at = 0.0
        self._pid = 0

    def hurt(self, signal: str) -> "Recovery":
        """Send the signal to the program, for example KILL or STOP."""
        self._pid = self._appliance.kill_program(self._program, signal)
        self._hurt_at = time.monotonic()
        return self

    def wait(self, seconds: float) -> float:
        """Wait until everything is well, and return how many seconds that took.

        Raise DeadlineError when it takes longer than *seconds*.
        """
        self._appliance.wait_for_program(self._program, other_than=self._pid, seconds=seconds)
        eventually(
            lambda: self._program == "healthd" or self._count() != self._restarts,
            seconds,
            f"the report has seen that {self._program} was restarted",
        )
        self._appliance.wait_well(seconds)
        return time.monotonic() - self._hurt_at

    def _count(self) -> int:
        return int(self._appliance.component(self._program)["restarts_last_hour"])
