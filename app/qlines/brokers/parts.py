"""What is repeated for a broker that shares its devices with others, those of twins or of nodes."""

from datetime import datetime

import pymongo

from qlines.brokers.arrivals import Arrivals
from qlines.brokers.broker_heartbeat import BrokerHeartbeat
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.settings import Settings
from qlines.store import arrivals, presence
from qlines.store.arrivals import Arrival

MONGODB_SECONDS = 2.0


def parts_of(
    settings: Settings, broker: str, db: Documents, own: Documents, clock: Clock
) -> tuple[Arrivals, BrokerHeartbeat]:
    """Return the parts of *broker*, a side or a node, each to be repeated by run_once().

    *db* is written to; *own* may be a member that only copies, which is asked often.
    """

    def beat() -> None:
        with pymongo.timeout(MONGODB_SECONDS):
            presence.beat(db, broker)

    def arrivals_since(after: datetime) -> list[Arrival]:
        with pymongo.timeout(MONGODB_SECONDS):
            return arrivals.since(own, broker, after)

    return (
        Arrivals(settings.run_dir, arrivals_since, clock),
        BrokerHeartbeat(settings.run_dir, beat, clock),
    )
