"""Run the twin's program: ``python -m qlines.twin``."""

import os
import sys
from functools import partial

from appliance.shared import twin
from appliance.shared.twin import Twin
from qlines import logs, maintenance, role
from qlines.clock import Clock, SystemClock
from qlines.heartbeat import Heartbeat
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.twin import copy_again, other_side
from qlines.twin.catch_up_starter import CatchUpStarter
from qlines.twin.loop import TwinLoop
from qlines.twin.members import host_of
from qlines.twin.moving import Moving
from qlines.twin.replica_set import ReplicaSet

IDLE_SECONDS = 0.5


def moving_of(settings: Settings, pairing: Twin, clock: Clock) -> Moving:
    """Return what moves the clients to the other broker while this VM is drained."""

    def drained_since() -> float | None:
        found = maintenance.read(settings.data_dir)
        return found.since if found else None

    return Moving(
        settings.run_dir, settings.drain_clients_per_second, clock=clock,
        drained_since=drained_since, status_of_other=partial(other_side.status, pairing),
    )  # fmt: skip


def main() -> int:
    """Follow the set of the twins until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    pairing = twin.read(settings.data_dir)
    if pairing is None:
        sys.stderr.write("there is no twin: `make twin-invite` on this VM makes one\n")
        return 1
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "twin", clock)
    loop = TwinLoop(
        pairing, ReplicaSet(host_of(pairing.side)), partial(role.write, settings.run_dir),
        heartbeat=heartbeat, clock=clock,
        mark_to_copy_again=partial(copy_again.mark, settings.data_dir),
        is_draining=lambda: maintenance.read(settings.data_dir) is not None,
    )  # fmt: skip
    catching_up = CatchUpStarter(settings.data_dir, clock)
    moving = moving_of(settings, pairing, clock)

    def iterate() -> bool:
        if "clickhouse" in settings.roles:  # the witness has none
            catching_up.run_once()
        if "mosquitto" in settings.roles:
            moving.run_once()
        return loop.run_once()

    run(iterate, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=IDLE_SECONDS)
    catching_up.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
