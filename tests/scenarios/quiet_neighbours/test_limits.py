"""The story of one who takes too much, who is slowed or refused and sees why; others are served.

One appliance with low limits. A flood ends when its sender stops; within 10 s its owner sees the
reason. Messages of the neighbours are all stored.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person

MESSAGES_PER_SECOND = 50
POINTS_PER_SECOND = 1000  # of which only a huge message has too many
BURST_SECONDS = 5
LIMITS = {
    "QLINES_DEVICE_MESSAGES_PER_SECOND": str(MESSAGES_PER_SECOND),
    "QLINES_DEVICE_POINTS_PER_SECOND": str(POINTS_PER_SECOND),
    "QLINES_DEVICE_KEYS": "20",
    "QLINES_PERSON_QUERIES": "1",
    "QLINES_QUERY_ROWS": "100000",
}


@pytest.fixture(scope="module")
def strict(image: str) -> Iterator[Appliance]:
    """Yield an appliance with low limits."""
    appliance = Appliance(image, environment=LIMITS)
    try:
        yield appliance.start()
    finally:
        appliance.remove()


@pytest.fixture
def greedy(strict: Appliance) -> Person:
    """Return the owner of what takes too much."""
    return new_person(strict, "greedy")


@pytest.fixture
def neighbour(strict: Appliance) -> Person:
    """Return another owner."""
    return new_person(strict, "neighbour")


def counter(appliance, program, name):
    metrics = requests.get(f"http://127.0.0.1:{appliance.health_port}/metrics", timeout=10).text
    lines = [line for line in metrics.splitlines() if line.startswith(f"qlines_{program}_{name}")]
    return float(lines[0].split()[1])


def assert_shown(person, device, words):
    eventually(
        lambda: any(words in item["reason"] for item in person.rejected(device)),
        10, f"the owner sees: {words}",
    )  # fmt: skip


def test_a_device_that_floods_is_slowed_and_its_neighbours_messages_are_stored(
    strict, greedy, neighbour, tmp_path
):
    loud, quiet = greedy.new_device(), neighbour.new_device()
    started = time.monotonic()
    load = Load(strict.mqtt_port, [loud.token], tmp_path, "--seconds", "8", "--inflight", "100")

    with MqttDevice(strict, quiet.token) as mqtt:
        for number in range(100):
            assert mqtt.publish({"number": number})
    load.wait()
    seconds = time.monotonic() - started

    acknowledged = load.acknowledged()
    assert len(acknowledged) <= MESSAGES_PER_SECOND * (seconds + BURST_SECONDS + 1)
    eventually(lambda: len(neighbour.history(quiet, "number")) == 100, 10, "all are stored")
    eventually(
        lambda: {value for _ts, value in greedy.history(loud, "seq")} >= acknowledged,
        10, "what was acknowledged is stored",
    )  # fmt: skip
    assert_shown(greedy, loud, "more than 50 messages a second")
    assert neighbour.rejected(quiet) == []
    assert counter(strict, "mosquitto", "limited_by_device") > 0


def test_a_device_that_floods_over_http_gets_429_and_when_to_try_again(strict, greedy, neighbour):
    loud, quiet = greedy.new_device(), neighbour.new_device()

    def post(device, values=1):
        url = strict.url(f"/api/v1/{device.token}/telemetry")
        return requests.post(url, json=[{"x": 1}] * values, timeout=30)

    # Each takes 6 s to pay: it is a flood at any speed of the machine.
    answers = [post(loud, 6 * POINTS_PER_SECOND) for _ in range(5)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert answers[0].status_code == 200
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    assert post(quiet).status_code == 200
    assert_shown(greedy, loud, "answered with 429")
    eventually(lambda: counter(strict, "gunicorn", "limited") > 0, 10, "it is counted")


def test_a_device_that_invents_keys_gets_so_many_also_after_a_restart_of_ingest(strict, greedy):
    device = greedy.new_device()
    with MqttDevice(strict, device.token) as mqtt:
        for number in range(30):
            assert mqtt.publish({f"key {number}": 1, "same": number})
        eventually(lambda: greedy.value(device, "same") == 29, 10, "the messages are stored")
        keys = greedy.api.document(f"/api/devices/{device.id}/keys")

        strict.wait_for_program("ingest", other_than=strict.kill_program("ingest"))
        for number in range(30, 60):
            assert mqtt.publish({f"key {number}": 1, "same": number})
        eventually(lambda: greedy.value(device, "same") == 59, 30, "the messages are stored")

    assert len(keys) == 20
    # After the restart half of the limit may be new before the stored keys are looked up.
    assert len(greedy.api.document(f"/api/devices/{device.id}/keys")) <= 30
    assert_shown(greedy, device, "at most 20 keys")
    eventually(lambda: counter(strict, "ingest", "keys_over_limit") > 0, 10, "it is counted")


def test_a_person_with_too_many_queries_gets_429_and_others_get_answers(strict, greedy, neighbour):
    device, quiet = greedy.new_device(), neighbour.new_device()
    path = f"/api/devices/{device.id}/readings?keys=a"

    with ThreadPoolExecutor(60) as threads:
        answers = list(threads.map(lambda _number: greedy.api.get(path), range(240)))
        assert neighbour.api.get(f"/api/devices/{quiet.id}/readings?keys=a").status_code == 200

    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["Retry-After"] == "5"
    assert "wait for their answers" in refused.json()["detail"]
    eventually(lambda: counter(strict, "gunicorn", "refused_queries") > 0, 10, "it is counted")


def test_a_query_that_reads_too_much_says_what_to_ask_for_instead(strict, greedy):
    device = greedy.new_device()
    strict.exec_sql(
        "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
        f" SELECT '{device.id}', 'a', toInt64(1700000000000000 + number * 1000000), 1, number, ''"
        " FROM numbers(300000)"
    )
    span = {"from": 1_600_000_000_000, "to": 1_800_000_000_000}

    answer = greedy.api.get(f"/api/devices/{device.id}/readings?keys=a", params=span)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "ask for a shorter time or for fewer keys" in answer.json()["detail"]


def test_twenty_sign_ins_at_once_all_succeed(strict, greedy):
    def sign_in(_number):
        return greedy.new_browser().sign_in(greedy.email, greedy.password)

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(sign_in, range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.url.endswith("/devices") for answer in answers)
