"""Make a set of one of the MongoDB of a VM that was one of two twins and has no twin any more.

Its configuration names the addresses of the sides, at which it no longer listens: MongoDB finds
itself in none of its members then, and serves nobody.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from appliance.shared.twin import ADDRESSES

Config = dict[str, Any]  # of replSetGetConfig

# Those that a set has from the beginning, in the place of the times of twins.
TIMES = {
    "electionTimeoutMillis": 10_000,
    "heartbeatIntervalMillis": 2_000,
    "heartbeatTimeoutSecs": 10,
    "catchUpTimeoutMillis": -1,
}


def was_twin(config: Mapping[str, Any]) -> bool:
    """Return whether every member is a side of twins: no other set is to be taken apart; pure."""
    hosts = [member["host"].rpartition(":")[0] for member in config["members"]]
    return set(hosts) <= set(ADDRESSES.values())


def alone(config: Mapping[str, Any], host: str) -> Config:
    """Return the configuration of the same set with this member alone, to be forced; pure.

    The set keeps its identity, and with it all data.
    """
    new = deepcopy(dict(config))
    new["version"] = config["version"] + 1
    new["members"] = [{"_id": 0, "host": host}]
    new["settings"] = {**new.get("settings", {}), **TIMES}
    return new
