"""Say where in a cluster messages stopped, for the failure of a test that misses some."""

from tests.harness.cluster import CLICKHOUSE, INGEST, Cluster
from tests.harness.docker import CommandError, run

REPLICAS = (
    "SELECT table, 'read-only', is_readonly, 'queue', queue_size, 'not pulled',"
    " log_max_index - log_pointer, 'seconds behind', absolute_delay FROM system.replicas"
)
QUEUE = (
    "SELECT table, type, new_part_name, num_tries, substring(last_exception, 1, 150),"
    " substring(postpone_reason, 1, 150) FROM system.replication_queue LIMIT 20"
)
# Of a node's log, on its way from the device to ClickHouse.
PROGRAMS = ("registry", "ingest", "writer")
MAX_LINES = 12


def report(cluster: Cluster, acknowledged: set[int], first: int) -> str:
    """Return what each replica lacks and waits for, and what each node counted and logged."""
    lines = []
    for server in CLICKHOUSE:
        missing = sorted(acknowledged - cluster.stored(server, first))
        lines += [f"{server} lacks {len(missing)}: {missing[:40]} … {missing[-5:]}"]
        lines += [row for query in (REPLICAS, QUEUE) for row in _rows(cluster, server, query)]
    for node in INGEST:
        lines += [
            cluster.exec(node, "cat", f"/run/qlines/heartbeat/{program}.json").strip()[:1_000]
            for program in PROGRAMS
        ]
        lines += _log(cluster, node)
    return "\n".join(lines)


def _rows(cluster: Cluster, server: str, query: str) -> list[str]:
    try:
        return cluster.rows(server, query)
    except CommandError as error:
        return [f"{server} does not say: {error}"]


def _log(cluster: Cluster, node: str) -> list[str]:
    lines = run("docker", "logs", "--tail", "400", f"{cluster.name}-{node}").splitlines()
    return [line[:200] for line in lines if line.startswith(PROGRAMS)][-MAX_LINES:]
