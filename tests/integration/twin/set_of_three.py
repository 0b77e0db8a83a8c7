"""Runs in the image: three MongoDBs on the addresses of the sides become one set, and A is killed.

Side A is an appliance that was alone, with users of its own. Prints what was seen, as JSON.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError

from appliance.shared.twin import ADDRESSES, Twin
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.role import Role
from qlines.setting_table import MONGODB_OF_TWINS
from qlines.twin.loop import TwinLoop
from qlines.twin.members import host_of
from qlines.twin.replica_set import ReplicaSet

FOLDER = Path("/tmp/twin")
CONFIG = "/opt/qlines/etc/mongodb/mongod.conf"
PEERS = dict.fromkeys(ADDRESSES, "link:7444")
SECONDS = 60.0


def start(side: str, *options: str) -> "subprocess.Popen[bytes]":
    """Start the MongoDB of a side."""
    data = FOLDER / side
    data.mkdir(parents=True, exist_ok=True)
    return subprocess.Popen(
        ["/opt/mongodb/mongod", "--config", CONFIG, "--dbpath", str(data), *options],
        stdout=subprocess.DEVNULL,
    )


def of_side(side: str) -> str:
    """Return the URL of one member alone."""
    return f"mongodb://{ADDRESSES[side]}:27017/?directConnection=true"


def paired(side: str) -> "subprocess.Popen[bytes]":
    """Start the MongoDB of a side as `etc/mongodb/start` does with a pairing."""
    own = ("127.0.0.1," if side == "a" else "") + ADDRESSES[side]
    return start(side, "--bind_ip", own, "--keyFile", str(FOLDER / "key"), "--transitionToAuth")


def until(condition) -> float:
    """Wait for a condition; return the seconds that it took."""
    began = time.monotonic()
    last_error: Exception | None = None
    while time.monotonic() - began < SECONDS:
        try:
            if condition():
                return round(time.monotonic() - began, 2)
        except (PyMongoError, StoreUnavailableError) as error:
            last_error = error
        time.sleep(0.05)
    raise TimeoutError(condition) from last_error


class Side(threading.Thread):
    """The program `twin` of one side, in a thread."""

    def __init__(self, side: str) -> None:
        super().__init__(daemon=True)
        peers = {name: PEERS[name] for name in ADDRESSES if name != side}
        heartbeat = Heartbeat(FOLDER, side, SystemClock())
        self.role: Role | None = None
        self.is_draining = False
        self.loop = TwinLoop(
            Twin(side, "app", peers), ReplicaSet(host_of(side)), self._note,
            heartbeat=heartbeat, clock=SystemClock(), is_draining=lambda: self.is_draining,
        )  # fmt: skip

    def _note(self, role: Role) -> None:
        self.role = role

    def run(self) -> None:
        """Follow the set without an end."""
        while True:
            with contextlib.suppress(StoreUnavailableError):
                self.loop.run_once()
            time.sleep(0.2)


def alone_with_users() -> None:
    """Make side A what it is before the pairing."""
    process = start("a", "--bind_ip", "127.0.0.1")
    client = MongoClient("mongodb://127.0.0.1:27017/?directConnection=true")
    member = {"_id": 0, "host": "127.0.0.1:27017"}
    until(lambda: client.admin.command("replSetInitiate", {"_id": "qlines", "members": [member]}))
    until(lambda: client.admin.command("hello")["isWritablePrimary"])
    users = [{"_id": number, "email": f"{number}@example.com"} for number in range(100)]
    client.qlines.users.insert_many(users)
    process.terminate()
    process.wait()


def write_until_killed(client, acknowledged: list[int], stop: threading.Event) -> None:
    """Insert numbers, each once more until a majority has it; note those that it has."""
    numbers = client.qlines.get_collection("numbers", write_concern=WriteConcern("majority"))
    number = 0
    while not stop.is_set():
        try:
            numbers.replace_one({"_id": number}, {"_id": number}, upsert=True)
        except PyMongoError:
            continue
        acknowledged.append(number)
        number += 1


def main() -> None:
    """Grow the set, kill its primary, and print what was seen."""
    FOLDER.mkdir(exist_ok=True)
    key = FOLDER / "key"
    key.write_bytes(os.urandom(96).hex().encode())
    key.chmod(0o600)
    alone_with_users()
    processes = {side: paired(side) for side in ADDRESSES}
    sides = {side: Side(side) for side in ADDRESSES}
    for side in sides.values():
        side.start()
    a, b = ReplicaSet(host_of("a")), ReplicaSet(host_of("b"))
    seen = {"grown_seconds": until(lambda: sum(m["votes"] for m in a.config()["members"]) == 3)}
    seen["members"] = [
        {name: member[name] for name in ("host", "votes", "priority", "hidden")}
        for member in a.config()["members"]
    ]
    until(lambda: sides["a"].role.role == "active" and sides["b"].role.role == "standby")
    seen["before"] = {name: side.role.sentence for name, side in sides.items()}
    seen["users_at_b"] = (
        MongoClient(of_side("b") + "&readPreference=secondary").qlines["users"].count_documents({})
    )
    acknowledged, stop = [], threading.Event()
    client = MongoClient(MONGODB_OF_TWINS, serverSelectionTimeoutMS=2000, socketTimeoutMS=30_000)
    writer = threading.Thread(target=write_until_killed, args=(client, acknowledged, stop))
    writer.start()
    until(lambda: len(acknowledged) > 100)
    processes["a"].send_signal(signal.SIGKILL)
    seen["failover_seconds"] = until(lambda: sides["b"].role.role == "active")
    count = len(acknowledged)
    seen["first_write_seconds"] = until(lambda: len(acknowledged) > count + 100)
    stop.set()
    writer.join()
    stored = {one["_id"] for one in client.qlines.numbers.find()}
    seen["lost"] = sorted(set(acknowledged) - stored)
    seen["after"] = sides["b"].role.sentence
    processes["a"].wait()
    paired("a")
    seen["returned_seconds"] = until(lambda: sides["a"].role.role == "standby")
    seen["primary"] = b.hello()["primary"]
    until(lambda: "other side has all data" in sides["b"].role.sentence)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
