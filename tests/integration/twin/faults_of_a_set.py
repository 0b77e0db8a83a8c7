"""Runs in the image: what the set of three does when members hang, die, return, and leave.

Prints what was seen, as JSON. `set_of_three.py` lies beside it.
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from pymongo import MongoClient
from set_of_three import ADDRESSES, FOLDER, PEERS, Side, alone_with_users, of_side, start, until

from appliance.shared.twin import Twin
from qlines.clients import mongodb
from qlines.clock import SystemClock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.init.stores import prepare_mongodb
from qlines.registry.loop import RegistrySync
from qlines.role import HAS_ALL_DATA
from qlines.setting_table import MONGODB_OF_TWINS
from qlines.settings import Settings
from qlines.store import sessions
from qlines.store.device_document import NewDevice, device_document
from qlines.store.hidden_owner import HIDDEN_OWNER
from qlines.store.registry_file import RegistryFileWriter
from qlines.twin.handover import hand_over, promote
from qlines.twin.members import host_of
from qlines.twin.replica_set import ReplicaSet

OPTIONS = Path("/opt/qlines/etc/mongodb/start").read_text()
SOON = ["oplogNetworkTimeoutBufferSeconds=1", "oplogFetcherSteadyStateMaxFetcherRestarts=0"]


class Members:
    """The three MongoDBs and the programs `twin` of the two sides."""

    def __init__(self) -> None:
        self.processes = {}
        self.sides = {}

    def start(self, *sides: str) -> None:
        """Start these MongoDBs as `etc/mongodb/start` does."""
        for side in sides:
            own = ("127.0.0.1," if side == "a" else "") + ADDRESSES[side]
            options = ["--bind_ip", own, "--keyFile", str(FOLDER / "key"), "--transitionToAuth"]
            options += [word for name in SOON for word in ("--setParameter", name)]
            self.processes[side] = start(side, *options)

    def kill(self, *sides: str) -> None:
        """Kill these MongoDBs."""
        for side in sides:
            self.processes[side].kill()
            self.processes[side].wait()

    def follow(self) -> None:
        """Start the programs `twin`."""
        for side in "ab":
            self.sides[side] = Side(side)
            self.sides[side].start()

    def roles(self) -> dict[str, str]:
        """Return the role of each side."""
        return {side: seen.role.role if seen.role else "" for side, seen in self.sides.items()}

    def sees_whole(self, side: str, other: str) -> bool:
        """Return whether a side sees that the other one has all data, and it is up."""
        # What a side has seen of one that was just killed may be of before.
        if not ReplicaSet(host_of(other)).hello().get("secondary"):
            return False
        seen = self.sides[side].role.members
        return any(one.side == other and one.state in HAS_ALL_DATA for one in seen)

    def drain(self, side: str) -> None:
        """Let a side hand the role over, as `qlines drain` does."""
        drained = self.sides[side]
        drained.is_draining = True
        hand_over(ReplicaSet(host_of(side)), drained.loop._twin, drained.role)

    def votes(self, side: str) -> int:
        """Return how many members vote, as a side has it."""
        return sum(member["votes"] for member in ReplicaSet(host_of(side)).config()["members"])


class Writer(threading.Thread):
    """Inserts numbers one after the other; notes those that a majority has."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.db = mongodb.connect(MONGODB_OF_TWINS)
        self.acknowledged: list[int] = []
        self.is_stopped = False

    def run(self) -> None:
        """Insert until stopped."""
        number = 0
        while not self.is_stopped:
            number += 1
            try:
                with mongodb.raising_unavailable():
                    self.db.numbers.insert_one({"_id": number})
            except StoreUnavailableError:
                continue
            self.acknowledged.append(number)

    def goes_on(self) -> float:
        """Return after how many seconds a further number was acknowledged."""
        count = len(self.acknowledged)
        return until(lambda: len(self.acknowledged) > count)

    def lost(self) -> list[int]:
        """Return what was acknowledged and is not there."""
        stored = {one["_id"] for one in self.db.numbers.find()}
        return sorted(set(self.acknowledged) - stored)


class Registry:
    """The registry file of the standby, fed by the MongoDB of its own side."""

    def __init__(self, side: str) -> None:
        clock = SystemClock()
        self.file = RegistryFileWriter(FOLDER / "registry")
        self.sync = RegistrySync(
            mongodb.connect(of_side(side)), self.file,
            heartbeat=Heartbeat(FOLDER, "registry", clock), clock=clock,
        )  # fmt: skip
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self.sync.run_once()
            except StoreUnavailableError:
                time.sleep(0.1)

    def knows(self, token: str) -> bool:
        """Return whether the file has a device with this token."""
        return self.file.device_by_token(token, time.time_ns() // 1000) is not None


def add_device(db: mongodb.Documents, token: str) -> None:
    """Add a device."""
    db.devices.insert_one(device_document(NewDevice(HIDDEN_OWNER, token, token)))


def refused(db: mongodb.Documents) -> dict[str, object]:
    """Return how a write fails, and how long that takes."""
    began = time.monotonic()
    try:
        with mongodb.raising_unavailable():
            db.numbers.insert_one({"_id": "refused"})
    except StoreUnavailableError as error:
        return {"sentence": str(error), "seconds": round(time.monotonic() - began, 2)}
    return {"sentence": "it was not refused", "seconds": 0}


def read_without_primary(db: mongodb.Documents, session: str) -> dict[str, object]:
    """Return what a page reads, whose session was last seen a while ago, and how long it takes."""
    now = mongo_now()
    began = time.monotonic()
    found = sessions.find(db, session, now=now)
    sessions.touch(db, found, now=now.replace(year=now.year + 1))
    devices = db.devices.count_documents({})
    return {"devices": devices, "seconds": round(time.monotonic() - began, 2)}


def mongo_now():
    """Return the time as stores take it."""
    return utc_datetime(SystemClock().now_us())


def main() -> None:
    """Run the stories, one after the other."""
    assert all(name in OPTIONS for name in SOON), "the start script has other options"
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "key").write_bytes(os.urandom(96).hex().encode())
    (FOLDER / "key").chmod(0o600)
    alone_with_users()
    members = Members()
    members.start(*ADDRESSES)
    members.follow()
    until(lambda: members.votes("a") == 3)
    until(lambda: members.roles() == {"a": "active", "b": "standby"})
    writer = Writer()
    seen: dict[str, object] = {}
    registry_of_standby(writer.db, seen)
    a_member_hangs(members, writer, seen)
    the_majority_is_away(members, writer, seen)
    both_are_back(members, writer, seen)
    the_witness_is_forgotten(members, writer, seen)
    a_twin_leaves(members, seen)
    json.dump(seen, sys.stdout)
    sys.stdout.flush()
    for process in members.processes.values():
        process.kill()
    os._exit(0)  # the threads of the sides never end


def registry_of_standby(db: mongodb.Documents, seen: dict[str, object]) -> None:
    """Add devices at the active side, and see them in the registry file of the standby."""
    registry = Registry("b")
    until(lambda: registry.file.generation() > 0)
    delays = []
    for number in range(20):
        token = f"token-number-{number}-of-the-test"
        add_device(db, token)
        began = time.monotonic()
        while not registry.knows(token):
            time.sleep(0.0005)
        delays.append(time.monotonic() - began)
    seen["registry_delay_ms"] = round(1000 * sorted(delays)[len(delays) // 2], 1)
    seen["registry"] = registry


def a_member_hangs(members: Members, writer: Writer, seen: dict[str, object]) -> None:
    """Let the active side fall silent, as a machine that lost its power, and come back."""
    writer.start()
    until(lambda: len(writer.acknowledged) > 50)
    members.processes["a"].send_signal(signal.SIGSTOP)
    seen["hang_elected_seconds"] = until(lambda: members.roles()["b"] == "active")
    seen["hang_write_seconds"] = seen["hang_elected_seconds"] + writer.goes_on()
    members.processes["a"].send_signal(signal.SIGCONT)
    until(lambda: members.roles() == {"a": "standby", "b": "active"})
    seen["hang_lost"] = writer.lost()


def the_majority_is_away(members: Members, writer: Writer, seen: dict[str, object]) -> None:
    """Kill A and the witness: B can be read, is not active, and is promoted by hand."""
    until(lambda: members.votes("b") == 3)
    now = mongo_now()
    session = sessions.start(writer.db, HIDDEN_OWNER, address="", agent="", now=now)
    members.kill("a", "witness")
    seen["alone_unknown_seconds"] = until(lambda: members.roles()["b"] == "unknown")
    seen["alone_sentence"] = members.sides["b"].role.sentence
    seen["alone_refused"] = refused(writer.db)
    seen["alone_read"] = read_without_primary(writer.db, session)
    registry = seen.pop("registry")
    seen["alone_registry_knows"] = registry.knows("token-number-0-of-the-test")
    pairing = Twin("b", "app", {side: PEERS[side] for side in ("a", "witness")})
    promote(ReplicaSet(host_of("b")), pairing, members.sides["b"].role)
    seen["promoted_seconds"] = until(lambda: members.roles()["b"] == "active")
    seen["promoted_write_seconds"] = writer.goes_on()
    add_device(writer.db, "token-after-the-promotion")
    seen["promoted_registry_seconds"] = until(lambda: registry.knows("token-after-the-promotion"))


def both_are_back(members: Members, writer: Writer, seen: dict[str, object]) -> None:
    """Let both return to the side that was promoted, and get their votes again."""
    members.start("a", "witness")
    seen["votes_again_seconds"] = until(lambda: members.votes("b") == 3)
    until(lambda: members.roles() == {"a": "standby", "b": "active"})
    seen["promoted_lost"] = writer.lost()


def the_witness_is_forgotten(members: Members, writer: Writer, seen: dict[str, object]) -> None:
    """Kill the witness and forget it: the loss of A then stops nothing."""
    members.kill("witness")
    for side, program in members.sides.items():
        other = {"a": "b", "b": "a"}[side]
        program.loop._twin = Twin(side, "app", {other: PEERS[other]})
    seen["forgotten_seconds"] = until(lambda: members.votes("b") == 1)
    members.kill("a")
    writer.goes_on()
    seen["forgotten_role"] = members.roles()["b"]
    members.start("a")
    until(lambda: members.roles() == {"a": "standby", "b": "active"})
    the_role_is_handed_over_without_a_witness(members, writer, seen)
    writer.is_stopped = True
    writer.join()
    seen["lost"] = writer.lost()


def the_role_is_handed_over_without_a_witness(
    members: Members, writer: Writer, seen: dict[str, object]
) -> None:
    """Let B hand the role over to A, which has no vote before, and has the only one afterwards."""
    until(lambda: members.sees_whole("b", "a"))
    members.drain("b")
    seen["handed_over_seconds"] = until(lambda: members.roles() == {"a": "active", "b": "standby"})
    writer.goes_on()
    until(lambda: members.votes("a") == 1 and members.sees_whole("a", "b"))
    ReplicaSet(host_of("b")).thaw()
    members.sides["b"].is_draining = False
    members.drain("a")
    until(lambda: members.votes("b") == 1)
    writer.goes_on()
    # Waited for: a busy member that answers late has no known role for a moment.
    seen["handed_back_seconds"] = until(lambda: members.roles() == {"a": "standby", "b": "active"})


def a_twin_leaves(members: Members, seen: dict[str, object]) -> None:
    """Start A without a twin: it keeps its data."""
    until(lambda: count(of_side("a")) == count(of_side("b")))
    numbers = count(of_side("a"))
    for side in "ab":
        members.processes[side].terminate()
        members.processes[side].wait()
    alone = start("a", "--bind_ip", "127.0.0.1")
    members.processes = {"a": alone}
    settings = Settings.from_env({"QLINES_DATA_DIR": "/tmp/nothing"})
    seen["left_seconds"] = until(lambda: prepare_mongodb(settings) is None)
    seen["left_has_all"] = count(settings.mongodb) == numbers
    shutil.rmtree(FOLDER / "b")


def count(url: str) -> int:
    """Return how many numbers are stored."""
    client = MongoClient(url, readPreference="primaryPreferred")
    try:
        return client.qlines.numbers.count_documents({})
    finally:
        client.close()


if __name__ == "__main__":
    main()
