"""Run an appliance under load and random faults, and audit every acknowledged message.

`make soak` takes half an hour, SOAK_MINUTES=120 two hours. The container may use SOAK_MEMORY (1g)
and no swap. SOAK_RATE (1000) messages a second come from fifty devices at QoS 1. SOAK_SEED repeats
an order of faults. It prints a table and ends with 1 when a message was lost, or the appliance was
not whole again WHOLE_SECONDS after a fault.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.container import memory_mb
from tests.bench.senders import new_tokens
from tests.harness.appliance import Appliance, image_under_test
from tests.harness.deadline import DeadlineError, assert_none_lost
from tests.harness.docker import HARDENED, remove_leftovers
from tests.harness.load_generator import Load, stored_numbers
from tests.soak.faults import WHOLE_SECONDS, Fault, in_random_order
from tests.soak.tally import NOT_WHOLE, Audit, Tally

CONNECTIONS = 50
PAUSE_SECONDS = 15  # between two faults: the hit points come back, the budget is not used up
STRETCH_SECONDS = 300  # a load of its own, so that an audit has few enough numbers for memory
NUMBERS_PER_STRETCH = 10_000_000


class Soak:
    """One appliance, its load in stretches, and what happens to it."""

    def __init__(self, appliance: Appliance, rate: int, folder: Path) -> None:
        self._appliance = appliance
        self._rate = rate
        self._folder = folder
        self._tokens = new_tokens(appliance, CONNECTIONS)
        self._first = 1
        self.tally = Tally()

    def run(self, minutes: float, seed: int) -> None:
        """Repeat stretches of load with faults in them until the time is over."""
        end = time.monotonic() + minutes * 60
        following = in_random_order(seed)
        while (left := end - time.monotonic()) > 0:
            load = self._new_load()
            try:
                stretch_end = time.monotonic() + min(STRETCH_SECONDS, left)
                while time.monotonic() < stretch_end:
                    self._suffer(following())
                load.interrupt()
            finally:
                load.stop()
            self._audit(load.acknowledged())

    def _new_load(self) -> Load:
        return Load(
            self._appliance.mqtt_port, self._tokens, self._folder,
            "--connections", str(CONNECTIONS), "--rate", str(self._rate), "--seconds", "3600",
            "--first-seq", str(self._first), "--reconnect",
        )  # fmt: skip

    def _suffer(self, fault: Fault) -> None:
        began_at = time.monotonic()
        try:
            fault.do(self._appliance)
            self._appliance.wait_well(WHOLE_SECONDS)
            seconds = time.monotonic() - began_at
        except DeadlineError as error:
            sys.stderr.write(f"{error}\n")
            seconds = NOT_WHOLE
        self.tally.recovered(fault.name, seconds)
        self.tally.used(memory_mb(self._appliance))
        sys.stderr.write(f"  {fault.name}: {seconds:.0f} s\n")
        time.sleep(PAUSE_SECONDS)

    def _audit(self, acknowledged: set[int]) -> None:
        first = self._first
        self._first += NUMBERS_PER_STRETCH

        def stored() -> set[int]:
            return stored_numbers(self._appliance, first, NUMBERS_PER_STRETCH)

        lost = 0
        try:
            assert_none_lost(acknowledged, stored, seconds=60)
        except AssertionError as error:
            sys.stderr.write(f"{error}\n")
            lost = len(acknowledged - stored())
        self.tally.audited(Audit(len(acknowledged), lost))
        sys.stderr.write(f"  {len(acknowledged):,} acknowledged, {lost} lost\n")


def main() -> int:
    """Soak one appliance, print the table, and return 1 unless all is good."""
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seed = int(os.environ.get("SOAK_SEED", str(int(time.time()))))
    memory = os.environ.get("SOAK_MEMORY", "1g")
    sys.stderr.write(f"soaking for {minutes:g} minutes with {memory} of memory, seed {seed}\n")
    remove_leftovers()
    limit = ("--memory", memory, "--memory-swap", memory)
    appliance = Appliance(image_under_test(), options=(*HARDENED, *limit))
    with tempfile.TemporaryDirectory() as folder:
        try:
            soak = Soak(appliance.start().wait_well(), rate(), Path(folder))
            soak.run(minutes, seed)
        finally:
            appliance.remove()
    sys.stdout.write(f"{soak.tally.table()}\n")
    return 0 if soak.tally.is_good else 1


def rate() -> int:
    """Return the messages a second that SOAK_RATE asks for."""
    return int(os.environ.get("SOAK_RATE", "1000"))


if __name__ == "__main__":
    sys.exit(main())
