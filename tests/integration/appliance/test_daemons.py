"""Each daemon as it runs in the image: the right kind, configured as the documents say."""

import json
import os

import pytest
import requests

from tests.harness.docker import LABEL, CommandError, run


def python(appliance, program):
    return appliance.exec("python3", "-c", program).strip()


def test_mongodb_is_a_replica_set_of_one_that_answers_majority_writes(appliance):
    state = python(
        appliance,
        "import pymongo, json\n"
        "client = pymongo.MongoClient('127.0.0.1:27017', directConnection=True)\n"
        "hello = client.admin.command('hello')\n"
        "print(json.dumps([hello['setName'], hello['isWritablePrimary'], len(hello['hosts'])]))",
    )

    assert json.loads(state) == ["qlines", True, 1]


def test_mongodb_compresses_with_snappy_only(appliance):
    options = python(
        appliance,
        "import pymongo\n"
        "client = pymongo.MongoClient('127.0.0.1:27017', directConnection=True)\n"
        "print(client.admin.command('getCmdLineOpts')['parsed']['net']['compression'])",
    )

    assert "snappy" in options
    assert "zlib" not in options


def test_mongodb_runs_no_javascript(appliance):
    refused = python(
        appliance,
        "import pymongo\n"
        "client = pymongo.MongoClient('127.0.0.1:27017', directConnection=True)\n"
        "try: print(client.qlines.devices.find_one({'$where': 'true'}))\n"
        "except pymongo.errors.OperationFailure as error: print(error.code, error)",
    )

    assert "no globalScriptEngine in $where" in refused


def test_redis_refuses_the_commands_that_nothing_uses(appliance):
    answers = python(
        appliance,
        "from redis import Redis, exceptions\n"
        "for command in ('CONFIG SET dir /tmp', 'MODULE LIST', 'PFADD x y', 'RESTORE x 0 y',\n"
        "                'REPLICAOF NO ONE', 'ACL LIST'):\n"
        "    name = command.split()[0]\n"
        "    try: print(name, Redis().execute_command(*command.split()))\n"
        "    except exceptions.NoPermissionError: print(name, 'refused')",
    )

    assert answers.split("\n") == [
        f"{word} refused" for word in ("CONFIG", "MODULE", "PFADD", "RESTORE", "REPLICAOF", "ACL")
    ]


def test_clickhouse_takes_sql_and_has_the_view_that_others_read(appliance):
    columns = appliance.sql("SELECT name, type FROM system.columns WHERE table = 'readings'")

    types = {column["name"]: column["type"] for column in columns}
    assert types == {
        "device": "String", "key": "String", "ts": "Int64",
        "kind": "Enum8('number' = 1, 'bool' = 2, 'text' = 3, 'json' = 4)",
        "number": "Float64", "text": "String",
    }  # fmt: skip


def test_clickhouse_has_no_codecs_of_columns(appliance):
    """Most of what is known about later versions is in codecs (docs/known-vulnerabilities.md)."""
    with pytest.raises(CommandError, match="Syntax error"):
        appliance.exec_sql("CREATE TABLE with_codec (x UInt64 CODEC(T64)) ENGINE = Memory")


def test_clickhouse_sorts_by_the_rules_of_a_language(appliance):
    query = "SELECT arrayJoin(['zebra', 'ähre', 'ch', 'd']) AS word ORDER BY word COLLATE '%s'"

    words = {
        language: [row["word"] for row in appliance.sql(query % language)]
        for language in ("sv", "cs")
    }

    assert words == {
        "sv": ["ch", "d", "zebra", "ähre"],
        "cs": ["ähre", "d", "ch", "zebra"],
    }


def test_kafka_has_the_topic_with_one_partition(appliance):
    partitions = python(
        appliance,
        "from kafka import KafkaConsumer\n"
        "print(KafkaConsumer(bootstrap_servers='127.0.0.1:9092').partitions_for_topic('telemetry'))",
    )

    assert partitions == "{0}"


def test_kafka_records_are_what_other_programs_read(appliance, alice):
    device = alice.new_device()
    sent = requests.post(
        appliance.url(f"/api/v1/{device.token}/telemetry"), json={"x": 1.5}, timeout=10
    )
    assert sent.status_code == 200

    record = json.loads(python(appliance, FIND_RECORD % device.id))

    assert record["headers"]["version"] == "1"
    assert int(record["headers"]["count"]) == record["readings"]
    reading = record["reading"]
    assert reading["device"] == device.id
    assert reading["values"] == {"x": 1.5}
    assert len(reading["owner"]) == 24
    assert 1_700_000_000_000_000 < reading["ts"] < 4_000_000_000_000_000


# Reads the topic from the beginning until a record holds the device's reading.
FIND_RECORD = """
import json
import os
from kafka import KafkaConsumer
for record in KafkaConsumer(
    "telemetry", bootstrap_servers="127.0.0.1:9092", auto_offset_reset="earliest",
    consumer_timeout_ms=15000,
):
    readings = json.loads(record.value)
    found = [reading for reading in readings if reading["device"] == "%s"]
    if found:
        headers = {name: value.decode() for name, value in record.headers}
        print(json.dumps({"headers": headers, "readings": len(readings), "reading": found[0]}))
        break
"""


def test_redis_answers_on_its_port_and_has_the_queues(appliance):
    answer = python(
        appliance,
        "from redis import Redis; from rq import Queue, Worker\n"
        "redis = Redis(); print(redis.ping(), sorted(w.queue_names() for w in Worker.all(redis)))",
    )

    slow = "['messages'], ['messages-slow', 'messages']"
    assert answer == f"True [['app1'], ['messages'], {slow}]"


def test_gunicorn_serves_the_openapi_document(appliance, alice):
    document = alice.api.document("/api/openapi.json")

    assert {"/api/data", "/api/devices", "/api/exports", "/api/unregistered"} <= set(
        document["paths"]
    )


def test_kafka_formats_its_log_folder_when_the_id_begins_with_a_dash(image):
    """One random id in 64 does; the command line took it for an option, and the start failed."""
    script = (
        "mkdir /tmp/bin /data/kafka\n"
        "printf '#!/bin/sh\\necho -AAAAAAAAAAAAAAAAAAAAA\\n' >/tmp/bin/base64\n"
        "chmod +x /tmp/bin/base64\n"
        "PATH=/tmp/bin:$PATH sh /opt/qlines/etc/kafka/start >/tmp/log &\n"
        "timeout 100 sh -c 'until grep \"Kafka Server started\" /tmp/log; do sleep 0.2; done'\n"
        "cat /data/kafka/meta.properties\n"
    )

    printed = run(
        "docker", "run", "--rm", "--tmpfs", "/tmp:exec", "--label", f"{LABEL}={os.getpid()}",
        "--entrypoint", "sh", image, "-c", script,
    )  # fmt: skip

    assert "Kafka Server started" in printed
    assert "cluster.id=-AAAAAAAAAAAAAAAAAAAAA" in printed
