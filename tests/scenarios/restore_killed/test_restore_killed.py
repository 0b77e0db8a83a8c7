"""The story of a restore that fails or is killed halfway: what was there before serves on.

A store that it needs at the end does not answer; a disk corrupts MongoDB's catalog after it was
compared and before it is in place, so that MongoDB does not start: the old folders are put back,
and the reason is said. Killed while it loads, nothing was touched. Killed while it replaces the
stores, the scheduler puts back what was there, or the next start of the container does. A restore
that is not disturbed brings back the state of the backup, and what devices sent since, as far as
Kafka still has it: the alarm of that time is found again, and its owner is sent nothing about it
once more before it is seen whether it is over.
"""

import subprocess

import pytest

from tests.harness.backups import report
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

BESIDE = ("/data/backup/replaced", "/data/backup/scratch")
PHASE = "cat /data/backup/restore.json 2>/dev/null || true"
QUEUE_A_JOB = """
from redis import Redis
from qlines.jobs.queue import enqueue_export_cleaning
enqueue_export_cleaning(Redis())
"""
# Corrupts what was loaded and compared, once the programs are being stopped for the exchange.
CORRUPTED = """
qlines backup restore latest --yes --json & restore=$!
until grep -q '"phase": "swapping"' /data/backup/restore.json 2>/dev/null; do sleep 0.01; done
head -c 8192 /dev/urandom |
    dd status=none conv=notrunc of=/data/backup/scratch/mongodb/_mdb_catalog.wt || exit 99
wait $restore
"""
# Kills the restore as soon as its journal says that phase; in the container, so without a delay.
KILL_AT = """
qlines backup restore latest --yes & restore=$!
until grep -q '"phase": "{phase}"' /data/backup/restore.json 2>/dev/null; do sleep 0.01; done
{and_then}
kill -KILL $restore
"""


FULL = {
    "name": "full",
    "levels": [
        {"severity": "major", "conditions": [{"kind": "above", "key": "level", "limit": 5}]}
    ],
}
NOBODY = {"name": "nobody", "type": "webhook", "settings": {"url": "https://nobody.invalid/"}}


def messages(owner):
    """Return the types of what the owner's channel had, or is to have."""
    [channel] = owner.api.document("/api/channels")
    found = owner.api.document(f"/api/channels/{channel['id']}/deliveries")
    return [one["type"] for one in found]


def active_alarms(owner):
    return [one["id"] for one in owner.api.document("/api/alarms")["items"]]


@pytest.fixture(scope="module")
def story(killable_appliance):
    """Return an appliance, an owner, and a device that was added after the backup.

    In the backup a job waits, and there is a rule, which raises an alarm after it.
    """
    appliance = killable_appliance.wait_well()
    owner = new_person(appliance, "owner")
    old = owner.new_device("before the backup")
    for path, body in (("/api/channels", NOBODY), ("/api/alarm-rules", FULL)):
        answer = owner.api.post(path, json=body)
        assert answer.status_code == 201, answer.text
    appliance.supervisor("stop", "rqworker")
    appliance.exec("python", "-c", QUEUE_A_JOB)
    appliance.cli("backup", "create", seconds=240)
    appliance.supervisor("start", "rqworker")
    new = owner.new_device("after the backup")
    with MqttDevice(appliance, old.token) as sender:
        assert sender.publish('{"level": 7}')
    eventually(lambda: owner.value(old, "level") == 7, 60, "the reading is stored")
    eventually(lambda: messages(owner) == ["alarm.raised"], 60, "its owner is sent a message")
    return appliance, owner, old, new


def serves_what_was_there(owner, old, new):
    return owner.row(new) is not None and owner.value(old, "level") == 7


def assert_it_was_put_back(story, reason):
    """Everything is as before the restore, nothing of it is left, and the report says why."""
    appliance, owner, old, new = story
    assert appliance.exec("sh", "-c", PHASE) == ""
    assert appliance.exec("find", *BESIDE, "-mindepth", "1") == ""
    appliance.wait_ready()
    eventually(lambda: serves_what_was_there(owner, old, new), 60, "what was there serves")
    assert reason in report(appliance)["failed_restore"]["reason"]
    problems = appliance.health("deep").json()["problems"]
    said = [problem for problem in problems if reason in problem]
    assert any("what was there before serves" in problem for problem in said), problems


def test_one_for_which_a_store_does_not_answer_puts_back_what_was_there(story):
    appliance, *_ = story
    appliance.supervisor("stop", "redis")

    with pytest.raises(CommandError, match="redis does not answer") as caught:
        appliance.cli("backup", "restore", "latest", "--yes", "--with-jobs", seconds=240)

    appliance.supervisor("start", "redis")
    assert caught.value.status == 1
    assert_it_was_put_back(story, "redis does not answer")


def test_one_after_which_a_store_does_not_start_puts_back_what_was_there(story):
    appliance, owner, _old, new = story
    token = appliance.secret("health_token")

    with pytest.raises(CommandError, match="mongodb does not run with what was") as caught:
        appliance.exec("sh", "-c", CORRUPTED, seconds=240)

    assert caught.value.status == 1
    assert_it_was_put_back(story, "mongodb does not run with what was restored")
    with MqttDevice(appliance, new.token) as sender:
        assert sender.publish('{"level": 8}')
    eventually(lambda: owner.value(new, "level") == 8, 60, "a new reading is stored")
    assert appliance.secret("health_token") == token


def test_it_is_killed_undone_and_at_last_done(story):
    appliance, owner, old, new = story

    appliance.exec("sh", "-c", KILL_AT.format(phase="loading", and_then=""))
    assert serves_what_was_there(owner, old, new)

    appliance.exec(
        "sh", "-c", KILL_AT.format(phase="swapping", and_then="until [ -e"
        " /data/backup/replaced/mongodb ]; do sleep 0.01; done"),
    )  # fmt: skip
    eventually(lambda: appliance.exec("sh", "-c", PHASE) == "", 120, "the scheduler mended it")
    appliance.wait_ready()
    eventually(lambda: serves_what_was_there(owner, old, new), 60, "what was there serves")

    appliance.exec(
        "sh", "-c", KILL_AT.format(phase="swapping", and_then="until [ -e"
        " /data/backup/replaced/mongodb ]; do sleep 0.01; done"),
    )  # fmt: skip
    appliance.kill()
    appliance.start_again()
    appliance.wait_ready()
    eventually(lambda: serves_what_was_there(owner, old, new), 60, "what was there serves")
    assert appliance.exec("sh", "-c", PHASE) == ""

    before = active_alarms(owner)
    subprocess.run(
        ["docker", "exec", appliance.name, "qlines", "backup", "restore", "latest", "--yes"],
        check=True, timeout=240,
    )  # fmt: skip
    appliance.wait_ready()
    eventually(lambda: owner.row(new) is None, 60, "the device added later is gone")
    eventually(lambda: owner.value(old, "level") == 7, 60, "Kafka still had the reading")
    eventually(lambda: active_alarms(owner), 60, "the alarm is found again")
    eventually(lambda: messages(owner), 60, "a message about it is planned")
    assert active_alarms(owner) != before, "it is another one: that was in the MongoDB before"
    assert messages(owner) == ["alarm.restored"]
    assert report(appliance)["failed_restore"] is None
    appliance.wait_well()
