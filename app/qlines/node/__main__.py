"""Run the program of a node that shares its stores: ``python -m qlines.node``."""

import os
import sys
from contextlib import suppress
from datetime import datetime

import pymongo

from qlines import logs
from qlines.brokers.arrivals import Arrivals
from qlines.brokers.broker_heartbeat import BrokerHeartbeat
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, SystemClock
from qlines.errors import StoreUnavailableError
from qlines.health_report import ask
from qlines.heartbeat import Heartbeat
from qlines.node.neighbours import Neighbours
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store import arrivals, nodes, presence
from qlines.store.arrivals import Arrival
from qlines.store.nodes import Node

IDLE_SECONDS = 0.5
MONGODB_SECONDS = 2.0
GOODBYE_SECONDS = 1.0  # less than stopwaitsecs


def broker_of(settings: Settings, db: Documents, clock: Clock) -> tuple[Arrivals, BrokerHeartbeat]:
    """Return what is repeated for the broker of this node."""

    def beat() -> None:
        with pymongo.timeout(MONGODB_SECONDS):
            presence.beat(db, settings.node)

    def arrivals_since(after: datetime) -> list[Arrival]:
        with pymongo.timeout(MONGODB_SECONDS):
            return arrivals.since(db, settings.node, after)

    return (
        Arrivals(settings.run_dir, arrivals_since, clock),
        BrokerHeartbeat(settings.run_dir, beat, clock),
    )


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
    broker = broker_of(settings, db, clock) if "mosquitto" in settings.roles else ()

    def note(status: str, problems: list[str]) -> None:
        with pymongo.timeout(MONGODB_SECONDS):
            nodes.note(db, settings.node, status, problems)

    def read() -> list[Node]:
        with pymongo.timeout(MONGODB_SECONDS):
            return nodes.read(db)

    neighbours = Neighbours(settings.run_dir, ask, note, read, clock)

    def iterate() -> bool:
        for part in broker:
            part.run_once()
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
