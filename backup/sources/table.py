"""The sources in the order in which they are dumped, and why it is this one.

A message moves from the spool to Kafka and from there to ClickHouse, and nothing stops or waits for
a backup. So what is upstream is noted first: the spool's cursors and segments, then what the writer
has committed, then ClickHouse's parts, and last the records between that commit and the end of
Kafka's log. What was acknowledged before the backup began is in one of them; what is in two of them
is deduplicated by its key.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from backup.counts import Counts
from backup.sources import blog, clickhouse, kafka, mongodb, redis, secrets, spool
from qlines.settings import Settings

Dump = Callable[[Settings, Path], Counts]


class Step(NamedTuple):
    """One call: which source it belongs to, and what it does."""

    source: str
    dump: Dump


DATA = (
    Step("spool", spool.dump),
    Step("kafka", kafka.note_offsets),
    Step("clickhouse", clickhouse.dump),
    Step("mongodb", mongodb.dump),
    Step("redis", redis.dump),
    Step("blog", blog.dump),
    Step("kafka", kafka.dump),
)
SECRETS = Step("secrets", secrets.dump)
# Which program of this container holds the source, and which setting names one elsewhere.
HOLDERS = {
    "spool": ("ingest", "QLINES_ROLES"),
    "kafka": ("kafka", "QLINES_KAFKA"),
    "clickhouse": ("clickhouse", "QLINES_CLICKHOUSE"),
    "mongodb": ("mongodb", "QLINES_MONGODB"),
    "redis": ("redis", "QLINES_REDIS"),
}


def absent(settings: Settings) -> dict[str, str]:
    """Return the sources that are not in the backup, each with a sentence that says why."""
    elsewhere = {
        name: f"{name} is not in this backup: it runs elsewhere ({setting}), back it up there"
        for name, (program, setting) in HOLDERS.items()
        if program not in settings.roles
    }
    reason = blog.absence(settings)
    return {**elsewhere, "blog": reason} if reason else elsewhere
