"""Prepare each store for the programs that use it: everything here may run any number of times."""

import logging
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from qlines.clients import clickhouse, kafka, mongodb
from qlines.errors import StoreUnavailableError
from qlines.init.reach import reach
from qlines.programs import BY_NAME, STORES
from qlines.settings import Settings
from qlines.store import clickhouse_migrate, mongo_schema

log = logging.getLogger(__name__)

TOPIC = "telemetry"
# The topic is a buffer in front of ClickHouse: 2 GiB, in segments that are small enough to be
# deleted one by one. Never by age, because a quiet appliance may wait for ClickHouse for weeks;
# ingest holds back before the size could delete what is not stored (ingest/backlog.py).
TOPIC_CONFIGS = {
    "retention.ms": "-1",
    "retention.bytes": str(2 * 1024**3),
    "segment.bytes": str(64 * 1024**2),
    "max.message.bytes": str(kafka.MAX_BATCH_BYTES),
    "compression.type": "producer",
}

NOT_YET_INITIALIZED = 94
ALREADY_INITIALIZED = 23


def needed(roles: Iterable[str]) -> list[str]:
    """Return which stores are to be prepared for a container that runs *roles*."""
    used = {store for role in roles for store in BY_NAME[role].stores}
    return [store for store in STORES if store in used]


def prepare_mongodb(settings: Settings) -> None:
    """Make the member at the setting's first address a set, when it is in none; then the schema."""
    host, set_name = member_of(settings.mongodb)
    if host and set_name:
        reach("mongodb", host)
        _become_primary(host, set_name)
    db = mongodb.connect(settings.mongodb)
    try:
        mongo_schema.ensure(db)
    finally:
        db.client.close()


def member_of(url: str) -> tuple[str | None, str | None]:
    """Return the first host and the name of the replica set that the address gives."""
    parts = urlsplit(url)
    if parts.scheme != "mongodb":
        return None, None  # mongodb+srv names a cluster that somebody else runs
    host = parts.netloc.rpartition("@")[2].split(",")[0]
    set_name = parse_qs(parts.query).get("replicaSet", [None])[0]
    return host if ":" in host else f"{host}:27017", set_name


def _become_primary(host: str, set_name: str) -> None:
    """Raise StoreUnavailableError until the set has a primary."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        f"mongodb://{host}/", directConnection=True, serverSelectionTimeoutMS=2_000
    )
    try:
        with mongodb.raising_unavailable():
            hello = client.admin.command("hello")
            if "setName" not in hello:
                _initiate(client, host, set_name)
                hello = client.admin.command("hello")
            if not hello.get("isWritablePrimary") and not hello.get("primary"):
                raise StoreUnavailableError("mongodb", LookupError("it has no primary yet"))
    finally:
        client.close()


def _initiate(client: MongoClient[dict[str, Any]], host: str, set_name: str) -> None:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
    else:
        return  # it is in a set and still starting
    config = {"_id": set_name, "members": [{"_id": 0, "host": host}]}
    try:
        client.admin.command("replSetInitiate", config)
    except PyMongoError as error:
        if getattr(error, "code", None) != ALREADY_INITIALIZED:
            raise
    log.info("made MongoDB at %s the first member of the replica set %s", host, set_name)


def prepare_clickhouse(settings: Settings) -> None:
    """Bring the tables to this program's version."""
    client = clickhouse.connect(settings.clickhouse)
    try:
        with clickhouse.raising_unavailable():
            clickhouse_migrate.migrate(client)
    finally:
        client.disconnect()


def prepare_kafka(settings: Settings) -> None:
    """Make the topic."""
    if kafka.ensure_topic(settings.kafka, TOPIC, TOPIC_CONFIGS):
        log.info("made Kafka's topic %s", TOPIC)


PREPARE: dict[str, Callable[[Settings], None]] = {
    "mongodb": prepare_mongodb,
    "clickhouse": prepare_clickhouse,
    "kafka": prepare_kafka,
}
