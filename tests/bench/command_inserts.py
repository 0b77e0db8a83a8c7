"""Insert many commands at once by the functions of the store, inside the appliance."""

import json
from collections.abc import Sequence
from typing import Any

from tests.harness.appliance import Appliance

# Far from the numbers that the API gives.
FIRST_NUMBER = 1_000_000
CONNECT = """
import json, os, sys, time
from bson import ObjectId
from datetime import timedelta
from qlines.clients import mongodb
from qlines.clock import SystemClock, utc_datetime
from qlines.settings import Settings
from qlines.store.command_document import NewCommand, command_document
db = mongodb.connect(Settings.from_env(os.environ).mongodb)
wanted = json.load(sys.stdin)
"""
INSERT = """
devices, now = wanted["devices"], utc_datetime(SystemClock().now_us())
documents = []
for place, seq in enumerate(wanted["seqs"]):
    new = NewCommand("open", seq, two_way=True, expires_in=timedelta(days=1), retries=10,
                     by="bench", key=str(seq))
    device, number = devices[place % len(devices)], wanted["first"] + place // len(devices)
    documents.append(command_document(ObjectId(device), number, new, now, in_order=False))
started = time.monotonic()
db.commands.insert_many(documents, ordered=False)
inserted = time.monotonic()
"""
# By the small index of those that are open.
WAIT = """
while db.commands.find_one({"open": True}, {"_id": 1}) and time.monotonic() < started + 300:
    time.sleep(0.05)
print(json.dumps([inserted - started, time.monotonic() - started]))
"""
KILL = """
time.sleep(0.3)
os.kill(wanted["pid"], 9)
"""
ANSWERED = """
deadline = time.monotonic() + wanted["seconds"]
while db.commands.find_one({"open": True}, {"_id": 1}) and time.monotonic() < deadline:
    time.sleep(0.5)
found = db.commands.find({"state": "answered"}, {"params": 1})
print(json.dumps([int(one["params"]) for one in found]))
"""


def insert(appliance: Appliance, devices: Sequence[str], seqs: Sequence[int]) -> None:
    """Insert a command for each number, to the devices in turn."""
    _insert(appliance, "", devices, seqs)


def seconds_until_answered(
    appliance: Appliance, devices: Sequence[str], seqs: Sequence[int]
) -> tuple[float, float]:
    """Insert a command for each number, to the devices in turn.

    Return the seconds until all are inserted, and until all have ended.
    """
    inserted, ended = _insert(appliance, WAIT, devices, seqs)
    return inserted, ended


def insert_and_kill(
    appliance: Appliance, devices: Sequence[str], seqs: Sequence[int], pid: int
) -> None:
    """Insert a command for each number, and kill a process while they are on the way."""
    _insert(appliance, KILL, devices, seqs, pid=pid)


def answered(appliance: Appliance, seconds: float) -> set[int]:
    """Wait until all commands have ended, at most so long; return the numbers of the answered."""
    return set(_run(appliance, CONNECT + ANSWERED, seconds=seconds))


def _insert(
    appliance: Appliance, then: str, devices: Sequence[str], seqs: Sequence[int], **more: Any
) -> Any:
    first = FIRST_NUMBER + seqs[0]
    wanted = {"devices": list(devices), "seqs": list(seqs), "first": first, **more}
    return _run(appliance, CONNECT + INSERT + then, **wanted)


def _run(appliance: Appliance, script: str, **wanted: Any) -> Any:
    printed = appliance.exec("python", "-c", script, text=json.dumps(wanted), seconds=600)
    return json.loads(printed) if printed else None
