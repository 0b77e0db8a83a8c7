"""Run the program of a node that shares its stores: ``python -m qlines.node``."""

import os
import sys
from contextlib import suppress

import pymongo

from qlines import logs
from qlines.clients import mongodb
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.health_report import ask
from qlines.heartbeat import Heartbeat
from qlines.node.neighbours import Neighbours
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store import nodes
from qlines.store.nodes import Node

IDLE_SECONDS = 0.5
MONGODB_SECONDS = 2.0
GOODBYE_SECONDS = 1.0  # less than stopwaitsecs


def main() -> int:
    """Write for the other nodes how this one is, until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    if not settings.node:
        sys.stderr.write("this is not one of several nodes: QLINES_NODE gives it a name\n")
        return 1
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "node", clock)
    db = mongodb.connect(settings.mongodb)

    def note(status: str, problems: list[str]) -> None:
        with pymongo.timeout(MONGODB_SECONDS):
            nodes.note(db, settings.node, status, problems)

    def read() -> list[Node]:
        with pymongo.timeout(MONGODB_SECONDS):
            return nodes.read(db)

    neighbours = Neighbours(settings.run_dir, ask, note, read, clock)

    def iterate() -> bool:
        neighbours.run_once()
        sentence = f"{settings.node} is one of {neighbours.count} nodes"
        heartbeat.beat(sentence, counters={"nodes": neighbours.count})
        return False

    run(iterate, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=IDLE_SECONDS)
    with suppress(StoreUnavailableError), pymongo.timeout(GOODBYE_SECONDS):
        nodes.forget(db, settings.node)
    return 0


if __name__ == "__main__":
    sys.exit(main())
