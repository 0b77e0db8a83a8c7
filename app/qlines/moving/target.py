"""Reach the target, prepare it as `init` would, and see what is in it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from clickhouse_driver import Client

from backup.programs import Programs
from qlines.clients import clickhouse, kafka, mongodb, redis
from qlines.clock import Clock
from qlines.errors import StoreRefusedError, StoreUnavailableError
from qlines.init import oldest
from qlines.init.stores import PREPARE
from qlines.move_record import FOLDER
from qlines.moving.error import MoveError
from qlines.moving.rules import ALL_STORES
from qlines.programs import STORES
from qlines.settings import Settings
from qlines.spool.disk_lines import lines_of
from qlines.spool.quota import disk_space
from qlines.store import document_copy, peer_points, point_copy
from qlines.store.hidden_owner import VISIBLE_DEVICES, VISIBLE_USERS
from qlines.telemetry_record import TOPIC
from qlines.writer import recovery

START_SECONDS = 60.0  # of a store of this container
ELECT_SECONDS = 20.0  # of a MongoDB whose set was just made
ANSWER_SECONDS = 5.0


def start_own(source: Settings, target: Settings, stores: Iterable[str], clock: Clock) -> None:
    """Start the stores that this container will run; those that run already are left alone."""
    Programs(source.run_dir, target.roles, clock).start(stores)


def stop_own(source: Settings, clock: Clock) -> None:
    """Stop the stores that start_own() started: those that this container does not run itself."""
    others = frozenset(ALL_STORES) - source.roles
    Programs(source.run_dir, others, clock).stop(ALL_STORES)
    if "clickhouse" in others:
        recovery.forget_lost_parts(source.run_dir)  # it may not have answered yet


def prepare(target: Settings, moving: Iterable[str], clock: Clock, *, own: Collection[str]) -> None:
    """Prepare each store that is moved to; raise MoveError when one cannot be used.

    Only what is a file of this container's stores is kept apart: those are the source's still.
    """
    apart = replace(
        target, data_dir=target.data_dir / FOLDER, run_dir=target.run_dir / FOLDER
    )  # fmt: skip
    for store in moving:
        seconds = ELECT_SECONDS if store == "mongodb" else ANSWER_SECONDS
        seconds = START_SECONDS if store in own else seconds
        attempt = PREPARE[store] if store in STORES else _try_redis
        _until_answered(lambda attempt=attempt: attempt(apart), seconds, clock)  # type: ignore[misc]
        if store == "clickhouse" and store in own:
            # What it wrote before it answered is for a writer beside it, and this one has another.
            recovery.forget_lost_parts(target.run_dir)


def _try_redis(target: Settings) -> None:
    client = redis.connect(target.redis)
    try:
        oldest.check("redis", redis.version(client))
    finally:
        client.close()


def _until_answered(attempt: Callable[[], None], seconds: float, clock: Clock) -> None:
    give_up_at = clock.monotonic() + seconds
    while True:
        try:
            return attempt()
        except StoreUnavailableError as error:
            is_final = isinstance(error, StoreRefusedError) or clock.monotonic() > give_up_at
            if is_final:
                raise MoveError(f"the target cannot be used: {error}") from error
        clock.sleep(0.5)


def what_is_there(target: Settings, moving: Iterable[str]) -> dict[str, str]:
    """Return what data each store has that is moved to, in words; a store without is left out."""
    found = {store: LOOK[store](target) for store in moving if store in LOOK}
    return {store: words for store, words in found.items() if words}


def room_bytes(target: Settings, client: Client) -> int | None:
    """Return how large the readings may become; None when a server elsewhere does not tell.

    In this container, whose ClickHouse 18.16 does not tell, it is what is free until the disk guard
    begins to save space.
    """
    if "clickhouse" not in target.roles:
        return point_copy.free_bytes(client)
    disk = disk_space(target.data_dir)
    lines = lines_of(disk.total_bytes, target.disk_guard_percent)
    return max(0, disk.free_bytes - lines.save_below)


def _in_mongodb(target: Settings) -> str:
    db = mongodb.connect(target.mongodb)
    with mongodb.raising_unavailable():
        users = db.users.count_documents(VISIBLE_USERS)
        devices = db.devices.count_documents(VISIBLE_DEVICES)
    others = document_copy.of_others(db)
    db.client.close()
    if users or devices:
        return f"{users} users and {devices} devices"
    return f"documents of another program in {', '.join(others)}" if others else ""


def _in_clickhouse(target: Settings) -> str:
    client = clickhouse.connect(target.clickhouse)
    partitions = peer_points.partitions(client)
    client.disconnect()
    return f"readings in {len(partitions)} partitions" if partitions else ""


def _in_kafka(target: Settings) -> str:
    consumer = kafka.consumer(target.kafka_address, TOPIC, None)
    records = sum(kafka.ends(consumer).values())
    consumer.close()
    return f"{records} records in the topic {target.kafka_address.named(TOPIC)}" if records else ""


LOOK: dict[str, Callable[[Settings], str]] = {
    "mongodb": _in_mongodb,
    "clickhouse": _in_clickhouse,
    "kafka": _in_kafka,
}
