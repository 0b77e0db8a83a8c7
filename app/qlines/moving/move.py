"""A move from its beginning to its end, as README.md has it; a kill at any time is mended by the
same command.
"""

import os
from collections.abc import Callable

from appliance.shared import twin
from backup.lock import only_one
from qlines import move_record
from qlines.clients import clickhouse, mongodb
from qlines.clock import Clock
from qlines.move_record import ABANDONED, COPYING, FOLDER, SWITCHING, Record
from qlines.moving import rules, switch, target
from qlines.moving.followed import Followed
from qlines.moving.progress import MoveProgress
from qlines.moving.switch import Switch
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import nodes, peer_points
from qlines.store.hidden_owner import VISIBLE_DEVICES, VISIBLE_USERS

LOCK = "lock"  # in FOLDER
BUSY = "another `qlines move-to` is running here: wait until it has ended, or end it first"
NICENESS = 10  # the pipeline goes first
OUTAGE_SECONDS = 600.0  # of a store, during the copy, before the operator has to look
# For so long no more than that, records and changes, may be left to follow before the switch.
CALM_SECONDS = 2.0
CALM_LEFT = 200

Say = Callable[[str], None]


def run(
    source: Settings, destination: Settings, *, say: Say, clock: Clock, copies_only: bool = False
) -> Record:
    """Copy everything, follow, and switch; with *copies_only* end before the switch.

    Raise MoveError, or StoreUnavailableError when a store stays away, with the source as it was:
    the same call continues.
    """
    moving = rules.stores_to_move(source, destination, is_paired=twin.is_paired(source.data_dir))
    os.nice(NICENESS)
    with only_one(source.data_dir / FOLDER / LOCK, BUSY):
        known = move_record.read(source.data_dir)
        rules.require_not_moved(known, source)
        if known and known.phase == SWITCHING:  # it was killed
            switch.resume(source, clock)
            move_record.end_killed_switch(source.data_dir)
        try:
            _check(source, destination, moving, known, clock)
        except BaseException:
            target.stop_own(source, clock)
            raise
        now = clock.now_us() / 1e6
        record = rules.begun(known, source, destination, phase=COPYING, now=now)
        progress = MoveProgress(source.data_dir, record, say, clock)
        progress.tell(_intent(source, moving))
        followed = Followed(source, destination, moving, progress, clock)
        try:
            retry_for(followed.copy, max_seconds=OUTAGE_SECONDS, clock=clock)
            _follow_until_calm(followed, progress, clock)
            if not copies_only:
                _require_last_node(source)
                Switch(
                    source, destination, moving, followed=followed, progress=progress, clock=clock
                ).run()
        finally:
            followed.close()
    return progress.record


def abandon(source: Settings, clock: Clock) -> Record:
    """End a move that has not switched; the source stays what it is. Raise MoveError."""
    with only_one(source.data_dir / FOLDER / LOCK, BUSY):
        known = rules.require_abandonable(move_record.read(source.data_dir))
        switch.resume(source, clock)
        target.stop_own(source, clock)
        record = known._replace(phase=ABANDONED, sentence="the move was abandoned")
        move_record.write(source.data_dir, record)
    return record


def _check(
    source: Settings, destination: Settings, moving: list[str], known: Record | None, clock: Clock
) -> None:
    own = rules.own_stores(source, destination)
    target.start_own(source, destination, own, clock)
    target.prepare(destination, moving, clock, own=own)
    if not rules.is_of_this_move(known, source, destination):
        rules.require_empty(target.what_is_there(destination, moving))
    if "clickhouse" in moving:
        _require_room(source, destination)


def _require_room(source: Settings, destination: Settings) -> None:
    here, there = clickhouse.connect(source.clickhouse), clickhouse.connect(destination.clickhouse)
    sizes = [sum(peer_points.partitions(one).values()) for one in (here, there)]
    rules.require_room(sizes[0], sizes[1], target.room_bytes(destination, there))
    for client in (here, there):
        client.disconnect()


def _intent(source: Settings, moving: list[str]) -> str:
    """Return in one sentence what will be done, and how large it is."""
    db, client = mongodb.connect(source.mongodb), clickhouse.connect(source.clickhouse)
    with mongodb.raising_unavailable():
        users = db.users.count_documents(VISIBLE_USERS)
        devices = db.devices.count_documents(VISIBLE_DEVICES)
    readings_mb = sum(peer_points.partitions(client).values()) >> 20
    db.client.close()
    client.disconnect()
    return (
        f"moving {', '.join(moving)}: {users} users, {devices} devices and {readings_mb} MB of"
        " readings are copied while everything runs, and then pages pause for some seconds"
    )


def _follow_until_calm(followed: Followed, progress: MoveProgress, clock: Clock) -> None:
    """Return when what arrives is brought over as it comes."""
    progress.tell("following what has come since")
    behind_at = clock.monotonic()
    while clock.monotonic() - behind_at < CALM_SECONDS:
        if retry_for(followed.run_once, max_seconds=OUTAGE_SECONDS, clock=clock) > CALM_LEFT:
            behind_at = clock.monotonic()


def _require_last_node(source: Settings) -> None:
    if not source.node:
        return
    db = mongodb.connect(source.mongodb)
    rules.require_last_node(nodes.read(db), source.node)
    db.client.close()
