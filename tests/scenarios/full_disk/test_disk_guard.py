"""The story of a disk that fills under load: room is made, then messages are refused, none is lost.

Devices send 1,000 messages a second at QoS 1 on a volume of 2 GB. When it is 90 % full the oldest
weeks of readings are dropped and the last day stays; when that is not enough messages are refused.
The stores never meet a full disk and are not restarted. Within 20 s after there is room again
everything is stored, and no acknowledged message is missing.
"""

import re
import time

import pytest
import requests

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

MB = 2**20
DISK = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=2g,uid=7010")
STORES = ("mongodb", "clickhouse", "kafka", "redis")
WEEK_S = 7 * 86_400
FREE = "import os; s = os.statvfs('/data'); print(s.f_bavail * s.f_frsize)"
# Of the lines for 2 GiB, in MB: 204 saving, 153 dropping, 102 refusing.
DROPPING_MB, REFUSING_MB = 120, 70


@pytest.fixture(scope="module")
def tight(image):
    """Yield an appliance on a volume of 2 GB, with three old weeks of readings and an hour."""
    appliance = Appliance(image, volume_options=DISK)
    try:
        appliance.start()
        for weeks in (30, 20, 10):
            insert(appliance, "old", noon_of_a_thursday() - weeks * WEEK_S, 5_000_000)
        insert(appliance, "recent", time.time() - 3600, 1_000)
        yield appliance
    finally:
        appliance.remove()


def insert(appliance, key, at, points):
    """Insert that many points of one key within an hour, values that do not compress."""
    ts = f"toInt64({int(at)}000000) + number * {3_600_000_000 // points}"
    appliance.exec_sql(
        "INSERT INTO incoming (device, key, time_us, kind_code, number, text) SELECT"
        f" '{'f' * 24}', '{key}', {ts}, 1, rand64() / 7, '' FROM numbers({points})"
    )


def noon_of_a_thursday():
    """Return the last one, in epoch seconds: its hour lies within one week."""
    return time.time() // WEEK_S * WEEK_S + 12 * 3600


def leave_free(appliance, megabytes):
    """Write a file until that much of the disk is free."""
    size = int(appliance.exec("python3", "-c", FREE)) - megabytes * MB
    appliance.exec("sh", "-c", f"head -c {max(0, size)} /dev/zero >>/data/ballast")


def guard(appliance):
    return appliance.health("deep").json()["disk"]["guard"]


def test_room_is_made_then_messages_are_refused_and_nothing_is_lost(tight, tmp_path):
    owner = new_person(tight, "owner")
    tokens = [owner.new_device().token for _ in range(20)]
    pids = {store: tight.pid(store) for store in STORES}
    load = Load(
        tight.mqtt_port, tokens, tmp_path, "--connections", "20", "--rate", "1000",
        "--seconds", "600", "--first-seq", "1000000", "--reconnect",
    )  # fmt: skip
    try:
        eventually(lambda: len(stored_numbers(tight)) > 2000, 20, "messages are stored")
        leave_free(tight, DROPPING_MB)
        eventually(lambda: guard(tight)["dropped_partitions"] > 0, 20, "the oldest week is dropped")
        assert count(tight, "recent") == 1_000

        leave_free(tight, REFUSING_MB)
        said = eventually(lambda: refusal(tight), 20, "the report says that messages are refused")
        eventually(lambda: has_refused(tight), 20, "the broker refuses messages")
        # Dropping makes room, so that messages may be accepted again before the ballast is gone.
        eventually(lambda: count(tight, "old") == 0, 40, "all old weeks are dropped")
        dropped = guard(tight)["dropped"]
        stored = len(stored_numbers(tight))

        tight.exec("rm", "/data/ballast")
        freed_at = time.monotonic()
        eventually(lambda: is_whole(tight, stored + 2000), 20, "messages are stored, all is well")
        whole_seconds = time.monotonic() - freed_at
        load.interrupt()
    finally:
        load.stop()

    assert {item["rows"] for item in dropped} == {5_000_000}
    assert count(tight, "recent") == 1_000
    assert_none_lost(load.acknowledged(), lambda: stored_numbers(tight), seconds=20)
    assert {store: tight.pid(store) for store in STORES} == pids
    note(said, whole_seconds)


def refusal(appliance):
    """Return the report's sentence while messages are refused, else nothing."""
    problems = appliance.health("deep").json()["problems"]
    return next((text for text in problems if "messages are refused" in text), None)


def note(said, seconds):
    """Record what the report said at the worst moment, and in how many seconds all was well."""
    by_itself = (
        "drops the oldest weeks of readings, never the last day; at last it refuses messages"
        " without acknowledging them, and accepts them again once there is room"
    )
    remedy = "add space or shorten `QLINES_RETENTION_DAYS`"
    record(Outcome("the volume full, then room again", said, by_itself, seconds, 0, remedy))


def count(appliance, key):
    (number,) = appliance.numbers(f"SELECT count() FROM points WHERE key = '{key}'")
    return number


def stored_numbers(appliance):
    query = "SELECT number FROM points WHERE key = 'seq' AND number >= 1000000"
    return set(map(int, appliance.numbers(query)))


def is_whole(appliance, stored):
    is_well = appliance.health("deep").json()["status"] == "ok"
    return is_well and len(stored_numbers(appliance)) > stored


def has_refused(appliance):
    text = requests.get(f"http://127.0.0.1:{appliance.health_port}/metrics", timeout=10).text
    (refused,) = re.findall(r"^qlines_mosquitto_refused_over_quota_total (.*)$", text, re.M)
    return float(refused) > 0
