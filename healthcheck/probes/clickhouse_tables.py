"""Ask ClickHouse how large its tables are, and how many parts their partitions have.

A partition of too many parts is how ClickHouse refuses inserts ("Too many parts"): it slows them
from `parts_to_delay_insert` parts on and refuses them at `parts_to_throw_insert`.
"""

import http.client
import urllib.parse

from healthcheck.metrics.measurements import Table
from healthcheck.probes.connection import ProbeError, connection

# Its columns are those of Table. An alias that is also a column would be taken for itself.
QUERY = """
SELECT table, sum(r), sum(b), sum(p), max(p)
FROM (
    SELECT table, partition, sum(rows) AS r, sum(bytes_on_disk) AS b, count() AS p
    FROM system.parts WHERE active AND database = 'default' GROUP BY table, partition
)
GROUP BY table FORMAT TabSeparated
"""
REQUEST = f"GET /?query={urllib.parse.quote(QUERY)} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()
MAX_REPLY_BYTES = 100_000


def tables(port: int, timeout_seconds: float) -> dict[str, Table]:
    """Return every table that has rows, by name; raise ProbeError when there is no answer."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        response = http.client.HTTPResponse(sock)
        try:
            response.begin()
            return read(response.status, response.read(MAX_REPLY_BYTES))
        except http.client.HTTPException:
            raise ProbeError("answers with something that is not HTTP") from None


def read(status: int, body: bytes) -> dict[str, Table]:
    """Return the tables of the answer, one a line; raise ProbeError for an error."""
    if status != http.client.OK:
        reason = body[:200].decode(errors="replace").strip()
        raise ProbeError(f"answers a query of system.parts with HTTP status {status}: {reason}")
    rows = (line.split("\t") for line in body.decode().splitlines())
    return {name: Table(*map(int, numbers)) for name, *numbers in rows}
