import struct

import pytest

from healthcheck.metrics.measurements import Table
from healthcheck.probes import (
    clickhouse,
    clickhouse_tables,
    gunicorn,
    job_queue,
    kafka,
    mongodb,
    mongodb_connections,
    mosquitto,
    redis,
)
from healthcheck.probes.connection import ProbeError


def test_redis_is_well_when_it_answers_pong() -> None:
    assert redis.judge(b"+PONG\r\n") == "answers PING"


def test_redis_is_not_well_while_it_loads_its_file() -> None:
    with pytest.raises(ProbeError, match="LOADING"):
        redis.judge(b"-LOADING Redis is loading the dataset in memory\r\n")


def test_mongodb_is_asked_in_its_own_protocol() -> None:
    assert len(mongodb.REQUEST) == struct.unpack_from("<i", mongodb.REQUEST)[0]
    (document_size,) = struct.unpack_from("<i", mongodb.REQUEST, 21)
    assert document_size == len(mongodb.REQUEST) - 21


def test_mongodb_is_well_when_it_is_primary() -> None:
    assert mongodb.judge(b"..\x08isWritablePrimary\x00\x01..") == "is primary"


def test_mongodb_is_not_well_before_it_was_elected() -> None:
    with pytest.raises(ProbeError, match="not the primary"):
        mongodb.judge(b"..\x08isWritablePrimary\x00\x00..")


def test_clickhouse_is_well_when_it_answers_the_query() -> None:
    assert clickhouse.judge(200, b"18.16.1\n") == "answers SELECT version() (18.16.1)"


def test_clickhouse_is_not_well_when_it_answers_with_an_error() -> None:
    with pytest.raises(ProbeError, match="HTTP status 500: Code: 241"):
        clickhouse.judge(500, b"Code: 241, e.displayText() = DB::Exception: Memory limit\n")


def test_kafka_is_well_when_it_takes_the_request() -> None:
    assert kafka.judge(struct.pack(">iih", 300, 1, 0)) == "accepts requests"


def test_kafka_is_not_well_when_it_answers_with_an_error() -> None:
    with pytest.raises(ProbeError, match="error 35"):
        kafka.judge(struct.pack(">iih", 300, 1, 35))


def test_mosquitto_is_well_even_though_it_must_refuse_the_probe() -> None:
    assert mosquitto.judge(b"\x20\x02\x00\x01") == "answers CONNECT"


def test_mosquitto_is_not_well_when_it_hangs_up() -> None:
    with pytest.raises(ProbeError, match="without a CONNACK"):
        mosquitto.judge(b"")


def test_gunicorn_is_well_when_a_page_is_not_found() -> None:
    assert gunicorn.judge(b"HTTP/1.0 404 NOT FOUND\r\n") == "answers HTTP"


def test_gunicorn_is_not_well_when_the_app_breaks() -> None:
    with pytest.raises(ProbeError, match="status 500"):
        gunicorn.judge(b"HTTP/1.0 500 INTERNAL SERVER ERROR\r\n")


def test_jobs_are_counted_by_state() -> None:
    read = job_queue.read(b":3\r\n:1\r\n:0\r\n:2\r\n")

    assert read == {"waiting": 3, "running": 1, "scheduled": 0, "failed": 2}


def test_jobs_are_unknown_while_redis_loads_its_file() -> None:
    with pytest.raises(ProbeError, match="LOADING"):
        job_queue.read(b"-LOADING Redis is loading the dataset in memory\r\n" * 4)


def test_tables_have_their_size_and_their_parts() -> None:
    read = clickhouse_tables.read(200, b"points\t900\t5000\t12\t7\nlatest\t2\t9\t1\t1\n")

    assert read == {"points": Table(900, 5000, 12, 7), "latest": Table(2, 9, 1, 1)}


def test_tables_are_unknown_when_clickhouse_answers_with_an_error() -> None:
    with pytest.raises(ProbeError, match="HTTP status 500"):
        clickhouse_tables.read(500, b"Code: 241")


def test_mongodb_is_asked_for_its_status_without_the_large_sections() -> None:
    request = mongodb_connections.REQUEST

    assert len(request) == struct.unpack_from("<i", request)[0]
    assert b"\x10serverStatus\x00\x01\x00\x00\x00" in request
    assert b"\x10wiredTiger\x00\x00\x00\x00\x00" in request


def test_mongodb_says_how_many_connections_are_open() -> None:
    reply = (
        b"\x10current\x00\x07\x00\x00\x00..\x03connections\x00....\x10current\x00\x1d\x01\x00\x00.."
    )

    assert mongodb_connections.read(reply) == 285


def test_connections_are_unknown_when_the_answer_has_none() -> None:
    with pytest.raises(ProbeError, match="without the number"):
        mongodb_connections.read(b"\x10current\x00\x07\x00\x00\x00")
