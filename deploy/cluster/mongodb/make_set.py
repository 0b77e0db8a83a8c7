"""Make the set of three and its users, inside one of its members; twice is harmless.

Until there is a user, MongoDB lets a client on the loopback device of its member make the first.
"""

import sys
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

MEMBERS = ("mongodb-1", "mongodb-2", "mongodb-3")
TLS: dict[str, Any] = {"tls": True, "tlsCAFile": "/etc/qlines/ca.pem"}
ALREADY_INITIALIZED = 23
# The primary is gone when nobody has heard from it for so long; ten seconds by default.
ELECTION_MS = 4_000
WAIT_SECONDS = 90


def main() -> None:
    """Wait for the member, then make what is missing."""
    on_loopback = MongoClient("localhost", directConnection=True, **TLS).admin
    wait_for(lambda: on_loopback.command("ping"), "this member answers")
    wait_for(lambda: initiate(on_loopback), "all members are reached")
    admin_password, password = read("admin_password"), read("password")
    if on_loopback.command("hello")["setName"] and not can_sign_in(admin_password):
        wait_for(lambda: on_loopback.command("hello")["isWritablePrimary"], "it is the primary")
        on_loopback.command("createUser", "admin", pwd=admin_password, roles=["root"])
    whole = MongoClient(
        list(MEMBERS), replicaSet="qlines", username="admin", password=admin_password, **TLS
    ).admin
    # What appliance/README.md says that QLines needs.
    rights = [{"role": role, "db": "qlines"} for role in ("readWrite", "dbAdmin")]
    if not whole.command("usersInfo", "qlines")["users"]:
        whole.command("createUser", "qlines", pwd=password, roles=rights)


def initiate(admin: Any) -> bool:
    """Make the set unless it exists."""
    members = [
        # The first one is preferred, and so the one that this program can make a user at.
        {"_id": number, "host": f"{name}:27017", "priority": 2 if number == 0 else 1}
        for number, name in enumerate(MEMBERS)
    ]
    config = {
        "_id": "qlines", "members": members,
        "settings": {"electionTimeoutMillis": ELECTION_MS, "heartbeatTimeoutSecs": 3},
    }  # fmt: skip
    try:
        admin.command("replSetInitiate", config)
    except OperationFailure as error:
        # Once there is a user, a client without one may not even ask.
        return error.code in (ALREADY_INITIALIZED, 13)
    return True


def can_sign_in(admin_password: str) -> bool:
    """Return whether the first user exists already."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        "localhost", directConnection=True, username="admin", password=admin_password, **TLS
    )
    try:
        client.admin.command("ping")
    except OperationFailure:
        return False
    return True


def read(name: str) -> str:
    """Return a secret that make_secrets.sh wrote."""
    return Path("/etc/qlines", name).read_text().strip()


def wait_for(condition: Any, why: str) -> None:
    """Ask until the answer is true; end this program with *why* when it takes too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            if condition():
                return
            cause = "no"
        except PyMongoError as error:
            cause = str(error)
        if time.monotonic() > deadline:
            sys.exit(f"not within {WAIT_SECONDS} s: {why} ({cause})")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
