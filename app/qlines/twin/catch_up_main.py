"""Fetch what is missing from the twin, and end: ``python -m qlines.twin.catch_up_main``.

A process of its own because it is seldom needed: while it is not, it takes no memory.
"""

import os
from collections.abc import Callable

from appliance.shared.backoff import Backoff
from qlines import logs
from qlines.clients import clickhouse
from qlines.clock import SystemClock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.heartbeat import read_lag_ms
from qlines.peer import find_peer
from qlines.retry import StoreOutage
from qlines.settings import Settings
from qlines.spool.disk_lines import lines_of
from qlines.spool.quota import disk_space
from qlines.stop import Stop
from qlines.store import peer_points, readings, trusted_line
from qlines.store.retention_cutoff import cutoff_us
from qlines.twin.catch_up import CatchUp, Limits, Servers

BUSY_LAG_MS = 1_000
MAX_PAUSE_SECONDS = 60.0  # between two attempts, each of which asks both servers
ANSWER_SECONDS = 600  # a statement over a slow link


def main() -> None:
    """Read the settings, connect, and fetch until nothing is missing or it is asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    peer = find_peer(settings.data_dir)
    if peer is None:
        return
    clock, stop = SystemClock(), Stop().on_signals()
    own = clickhouse.connect(
        settings.clickhouse, answer_seconds=ANSWER_SECONDS, settings=peer_points.COPY_SETTINGS
    )
    twin = clickhouse.connect(peer.clickhouse, answer_seconds=ANSWER_SECONDS)

    def cutoff() -> int:
        return cutoff_us(
            clock.now_us(),
            max(readings.newest_us(own), readings.newest_us(twin)),
            trusted_line.read_us(settings.data_dir),
            settings.retention_days,
        )

    limits = Limits(
        cutoff,
        _room_bytes(settings),
        lambda: read_lag_ms(settings.run_dir, "writer") > BUSY_LAG_MS,
    )
    catch_up = CatchUp(
        Servers(own, twin, peer_points.Place(peer.clickhouse)), limits, settings.data_dir, clock
    )
    outage = StoreOutage(clock, backoff=Backoff(max_seconds=MAX_PAUSE_SECONDS))
    while not stop.is_set:
        try:
            if not catch_up.run_once():
                return
        except (StoreUnavailableError, BackPressureError) as error:
            outage.pause(error)
        else:
            outage.recovered()


def _room_bytes(settings: Settings) -> Callable[[], int] | None:
    """Return what measures the room for readings; None when ClickHouse runs elsewhere."""
    if "clickhouse" not in settings.roles:
        return None

    def measure() -> int:
        disk = disk_space(settings.data_dir)
        # Below that the disk guard would drop the oldest weeks, which were fetched just now.
        return disk.free_bytes - lines_of(disk.total_bytes, settings.disk_guard_percent).save_below

    return measure


if __name__ == "__main__":
    main()
