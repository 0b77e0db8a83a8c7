"""The statements by which healthd frees space in ClickHouse over HTTP, where nothing is bound.

They name their database, and take no text: a partition's name is digits. While repartition.py moves
the months into weeks, no partition is listed: it copies the newest readings first, and those would
be the oldest of `points`.
"""

PARTITIONS = (
    "SELECT partition, sum(bytes_on_disk), sum(rows) FROM system.parts"
    " WHERE database = currentDatabase() AND table = 'points' AND active"
    " AND (SELECT count() FROM system.tables"
    " WHERE database = currentDatabase() AND name = 'points_by_month') = 0"
    " GROUP BY partition"
)
# Merged or dropped, and deleted within a minute.
INACTIVE_BYTES = "SELECT sum(bytes_on_disk) FROM system.parts WHERE NOT active"
NEWEST_US = "SELECT max(ts) FROM latest WHERE key != ''"  # as in readings.py


def drop(name: str) -> str:
    """Return the statement that drops a partition of `points`."""
    return f"ALTER TABLE points DROP PARTITION {int(name)}"
