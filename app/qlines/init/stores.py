"""Prepare each store for the programs that use it; every function here is idempotent."""

import logging
import shutil
from collections.abc import Callable, Iterable
from typing import Any

from clickhouse_driver import Client
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from appliance.shared import twin
from qlines.addresses import clickhouse as clickhouse_address
from qlines.addresses.mongodb import LoneMember, lone_member
from qlines.clients import clickhouse, kafka, kafka_access, kafka_topic, mongodb, redis
from qlines.clients.tcp_check import tcp_check
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.init import oldest
from qlines.init.alone_again import alone, was_twin
from qlines.init.shared_mongodb import skipped_without_primary
from qlines.programs import BY_NAME, STORES
from qlines.settings import Settings
from qlines.spool.disk_lines import lines_of
from qlines.spool.quota import disk_space
from qlines.store import clickhouse_migrate, clickhouse_variant, mongo_schema, part_list, presence
from qlines.store.clickhouse_cluster import OnCluster
from qlines.telemetry_record import TOPIC

log = logging.getLogger(__name__)

# The topic is a buffer in front of ClickHouse: 2 GiB, in segments small enough to be deleted one by
# one. Never by age, because a quiet appliance may wait for ClickHouse for weeks. ingest stops
# publishing before Kafka would delete by size what is not stored (ingest/backlog.py).
TOPIC_CONFIGS = {
    "retention.ms": "-1",
    "retention.bytes": str(2 * 1024**3),
    "segment.bytes": str(64 * 1024**2),
    "max.message.bytes": str(kafka.MAX_BATCH_BYTES),
    "compression.type": "producer",
}

USERS_OF_REDIS = frozenset({"live", "rqworker", "messenger", "cron", "gunicorn"})

NOT_YET_INITIALIZED = 94
NOT_A_MEMBER = 93  # InvalidReplicaSetConfig
ALREADY_INITIALIZED = 23


def topic_configs(replication_factor: int) -> dict[str, str]:
    """Return the settings of a topic with so many replicas; pure.

    Of three or more two must have a record before it is acknowledged: Kafka's default is one, and
    what only that one has is lost with it.
    """
    of_several = {"min.insync.replicas": "2"} if replication_factor >= 3 else {}
    return TOPIC_CONFIGS | of_several


def stores_for(roles: Iterable[str]) -> list[str]:
    """Return the stores that a container with these *roles* has to prepare."""
    used = {store for role in roles for store in BY_NAME[role].stores}
    return [store for store in STORES if store in used]


def prepare_mongodb(settings: Settings) -> None:
    """Initiate the replica set of a lone member unless it has one, then ensure the schema.

    With a twin the set exists, and a side that reaches no primary continues without it.
    Raise StoreUnavailableError until the set has a primary.
    """
    if twin.is_paired(settings.data_dir):
        with skipped_without_primary(settings, SystemClock(), "MongoDB's schema"):
            _ensure_schema(settings)
        return
    if member := lone_member(settings.mongodb):
        try:
            tcp_check(member.server)
        except OSError as error:
            raise StoreUnavailableError("mongodb", error) from error
        _ensure_primary(member)
    _ensure_schema(settings)


def _ensure_schema(settings: Settings) -> None:
    with mongodb.raising_unavailable():
        db = mongodb.connect(settings.mongodb)
    try:
        oldest.check("mongodb", mongodb.version(db.client))
        mongo_schema.ensure(db)
        if not twin.is_paired(settings.data_dir):
            presence.forget_twins(db, SystemClock().now_us(), is_node=bool(settings.node))
    finally:
        db.client.close()


def _ensure_primary(member: LoneMember) -> None:
    with mongodb.raising_unavailable():
        client: MongoClient[dict[str, Any]] = MongoClient(
            member.url, directConnection=True, serverSelectionTimeoutMS=2_000
        )
    try:
        with mongodb.raising_unavailable():
            hello = client.admin.command("hello")
            if "setName" not in hello:
                _initiate(client, member.server, member.set_name)
                hello = client.admin.command("hello")
            if not hello.get("isWritablePrimary") and not hello.get("primary"):
                no_primary = LookupError("the replica set has no primary yet")
                raise StoreUnavailableError("mongodb", no_primary)
    finally:
        client.close()


def _initiate(client: MongoClient[dict[str, Any]], host: str, set_name: str) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code == NOT_A_MEMBER and _is_alone_again(client, host):
            return
        if error.code != NOT_YET_INITIALIZED:
            raise
    else:
        return  # already in a set, and still starting
    config = {"_id": set_name, "members": [{"_id": 0, "host": host}]}
    try:
        client.admin.command("replSetInitiate", config)
    except PyMongoError as error:
        if getattr(error, "code", None) != ALREADY_INITIALIZED:
            raise
    log.info("initiated the replica set %s with the member %s", set_name, host)


def _is_alone_again(client: MongoClient[dict[str, Any]], host: str) -> bool:
    """Make a set of one of what was one of two twins; return False for any other set."""
    config = client.admin.command("replSetGetConfig")["config"]
    if not was_twin(config):
        return False
    client.admin.command("replSetReconfig", alone(config, host), force=True)
    log.info("this MongoDB was one of two twins, and is alone now as %s", host)
    return True


def prepare_clickhouse(settings: Settings) -> None:
    """Migrate the tables to this program's version, and fit them to the server's.

    Raise StoreUnavailableError when ClickHouse does not answer, and BackPressureError while the
    disk has too little room for a migration.
    """
    client = clickhouse.connect(settings.clickhouse)
    try:
        version = clickhouse.version(client)
        oldest.check("clickhouse", version)
        with clickhouse.raising_unavailable():
            if clickhouse_migrate.outstanding(client):
                # A migration drops parts and tables: they are not lost, and must not be restored.
                (settings.run_dir / part_list.FILE).unlink(missing_ok=True)
                clickhouse_migrate.migrate(_on_cluster(client, settings), _room_bytes(settings))
                shutil.rmtree(settings.data_dir / "clickhouse" / "copies", ignore_errors=True)
            clickhouse_variant.apply(client, version)
    finally:
        client.disconnect()


def _on_cluster(client: Client, settings: Settings) -> Client | OnCluster:
    if not settings.clickhouse_cluster:
        return client
    database = clickhouse_address.parse(settings.clickhouse).database
    return OnCluster(client, settings.clickhouse_cluster, database)


def _room_bytes(settings: Settings) -> Callable[[], int] | None:
    """Return what measures the room for a migration; None when ClickHouse runs elsewhere."""
    if "clickhouse" not in settings.roles:
        return None

    def measure() -> int:
        disk = disk_space(settings.data_dir)
        lines = lines_of(disk.total_bytes, settings.disk_guard_percent)
        return disk.free_bytes - lines.refuse_below  # below that, messages are refused

    return measure


def try_redis(settings: Settings) -> None:
    """Log what is wrong with a Redis that runs elsewhere: nothing in it has to be prepared."""
    if "redis" in settings.roles or not settings.roles & USERS_OF_REDIS:
        return
    client = redis.connect(settings.redis)
    try:
        oldest.check("redis", redis.version(client))
    except StoreUnavailableError as error:
        log.warning("%s", error)
    finally:
        client.close()


def prepare_kafka(settings: Settings) -> None:
    """Create the topic; raise StoreUnavailableError when Kafka does not answer, or refuses it."""
    address = settings.kafka_address
    with kafka.raising_unavailable():
        oldest.check("kafka", kafka_access.check_access(address))
    if kafka_topic.ensure(address, TOPIC, topic_configs(address.replication_factor)):
        log.info("created the Kafka topic %s", address.named(TOPIC))


PREPARE: dict[str, Callable[[Settings], None]] = {
    "mongodb": prepare_mongodb,
    "clickhouse": prepare_clickhouse,
    "kafka": prepare_kafka,
}
