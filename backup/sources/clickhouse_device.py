"""Copy one device's rows from a ClickHouse that was restored beside the live one into the live one.

The live server reads from the other one itself (`remote`), a partition at a time: rows never pass
through this process, and no statement inserts into more than one partition.
"""

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.store.partition import blocks_of

PARTITIONS = (
    "SELECT DISTINCT partition FROM remote(%(address)s, system, parts)"
    " WHERE database = 'default' AND table = 'points' AND active ORDER BY partition"
)
OF_DEVICE = (
    " FROM remote(%(address)s, default, points)"
    " WHERE device = %(device)s AND block BETWEEN %(first)s AND %(last)s"
)
POINT = "device, block, key, span, step, rest, kind, number, text"
COUNT = f"SELECT count(){OF_DEVICE}"
COPY = f"INSERT INTO points ({POINT}) SELECT {POINT}{OF_DEVICE}"
LATEST = "device, key, ts, kind, number, text"
COPY_LATEST = (
    f"INSERT INTO latest ({LATEST}) SELECT {LATEST}"  # noqa: S608 - constants only
    " FROM remote(%(address)s, default, latest) WHERE device = %(device)s"
)


@raising_unavailable()
def restore_device(scratch: Client, live: Client, device: str) -> int:
    """Copy the device's points and latest values, and return how many points; safe to repeat.

    Of the latest values the newest stays. Raise StoreUnavailableError when a server does not
    answer.
    """
    host, port = scratch.connection.hosts[0]
    of_device = {"address": f"{host}:{port}", "device": device}
    points = 0
    for (partition,) in live.execute(PARTITIONS, of_device):
        first, last = blocks_of(partition)
        of_partition = of_device | {"first": first, "last": last}
        ((found,),) = live.execute(COUNT, of_partition)
        if found:
            live.execute(COPY, of_partition)
            points += int(found)
    live.execute(COPY_LATEST, of_device)
    return points
