"""Where the twin's Kafka and ClickHouse are, for a side of a pairing.

Both are reached at the loopback address of the other side, where stunnel accepts for them
(appliance.shared.twin).
"""

import logging
from pathlib import Path
from typing import NamedTuple

from appliance.shared import twin

log = logging.getLogger(__name__)

KAFKA_NAME = "the twin's kafka"  # in sentences about what a program waits for
KAFKA_PORT, CLICKHOUSE_PORT = 9094, 9000


class Peer(NamedTuple):
    """The twin as this *side* reaches it: addresses as host:port."""

    side: str
    kafka: str
    clickhouse: str


def find_peer(data_dir: Path) -> Peer | None:
    """Return the twin; None without a pairing, on a witness, and when its file is corrupt.

    A program must store and show what arrives here whatever is wrong with the pairing.
    """
    try:
        pairing = twin.read(data_dir)
    except twin.TwinError as error:
        log.error("reading nothing of the twin: %s", error)  # noqa: TRY400 - the text has the cause
        return None
    if pairing is None or pairing.side not in twin.SIDES or pairing.other not in pairing.peers:
        return None
    address = twin.ADDRESSES[pairing.other]
    return Peer(pairing.side, f"{address}:{KAFKA_PORT}", f"{address}:{CLICKHOUSE_PORT}")
