"""The faults of a soak: each is done to a running appliance, and all must leave it whole."""

import random
import time
from collections.abc import Callable
from typing import NamedTuple

from qlines.programs import STORES
from tests.harness.appliance import Appliance
from tests.harness.docker import run
from tests.harness.recovery import LASTING, Recovery

AWAY_SECONDS = 20
WHOLE_SECONDS = 90


class Fault(NamedTuple):
    """A fault by its name in the table, and how to bring it about."""

    name: str
    do: Callable[[Appliance], object]


def hurt(appliance: Appliance, program: str, signal: str) -> None:
    """Send a signal to one program, and wait until the appliance is whole again."""
    Recovery(appliance, program).hurt(signal).wait(WHOLE_SECONDS)


def kill(program: str) -> Fault:
    """Return the death of one program."""
    return Fault(f"kill -9 {program}", lambda appliance: hurt(appliance, program, "KILL"))


def stop(program: str) -> Fault:
    """Return the standstill of one program."""
    return Fault(f"SIGSTOP {program}", lambda appliance: hurt(appliance, program, "STOP"))


def away(store: str) -> Fault:
    """Return the absence of one store for AWAY_SECONDS."""

    def do(appliance: Appliance) -> None:
        appliance.supervisor("stop", store)
        time.sleep(AWAY_SECONDS)
        appliance.supervisor("start", store)

    return Fault(f"{store} away for {AWAY_SECONDS} s", do)


def kill_container(appliance: Appliance) -> None:
    """Kill every process at once, and start the container again."""
    appliance.kill()
    appliance.start_again()


def stop_container(appliance: Appliance) -> None:
    """Stop the container with Docker's default of 10 s, and start it again."""
    appliance.stop(grace_seconds=10)
    appliance.start_again()


def pause(appliance: Appliance) -> None:
    """Freeze every process for a while, as a hypervisor does that moves a machine."""
    run("docker", "pause", appliance.name)
    time.sleep(AWAY_SECONDS)
    run("docker", "unpause", appliance.name)


FAULTS = (
    *map(kill, LASTING),
    *map(stop, LASTING),
    *map(away, (*STORES, "redis")),
    Fault("docker kill", kill_container),
    Fault("docker stop", stop_container),
    Fault(f"docker pause for {AWAY_SECONDS} s", pause),
)


def in_random_order(seed: int) -> Callable[[], Fault]:
    """Return a function that gives the next fault: all of them once, shuffled, then again."""
    chance = random.Random(seed)
    waiting: list[Fault] = []

    def following() -> Fault:
        if not waiting:
            waiting.extend(FAULTS)
            chance.shuffle(waiting)
        return waiting.pop()

    return following
