"""Decide the next step from the members that MongoDB's set has to those it should have; pure.

MongoDB changes one voter at a time, and a new member without data must not vote: a set that needs
it for a majority would stop. So there is one step at a time, each safe by itself:

====================================================  ============================================
what is found                                         the next step
====================================================  ============================================
this side still has its address from before pairing   give it the address of its side
the witness is not paired any more                    take the votes of the witness and of the
                                                      other side, first of the one that is down
a member is not paired any more                       take its vote; then remove it
a paired side is not a member                         add it, without a vote
witness and other have all data, the witness has no   give the witness its vote, the other next
vote
the witness votes, the other has all data             give the other its vote
else                                                  none
====================================================  ============================================

Without a witness the other side never votes: two votes are no majority without each other, so the
loss of either would stop both. Then only `promote` moves the primary.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

from appliance.shared.twin import ADDRESSES, WITNESS, Twin
from qlines.role import HAS_ALL_DATA

PORT = 27017
SIDE_OF = {f"{address}:{PORT}": side for side, address in ADDRESSES.items()}
# Measured: writes continue 3 s after a primary was killed, 3.3 to 5.6 s after its machine fell
# silent; one that loses the majority steps down in two.
TIMES = {
    "electionTimeoutMillis": 2_000,
    "heartbeatIntervalMillis": 500,
    "heartbeatTimeoutSecs": 2,
    "catchUpTimeoutMillis": 2_000,
}

Config = dict[str, Any]  # of replSetGetConfig
States = Mapping[str, str]  # of the members that are up: the state by host, of replSetGetStatus


class Step(NamedTuple):
    """The next configuration, and what it changes, in a sentence."""

    config: Config
    sentence: str


def host_of(side: str) -> str:
    """Return a side's host and port, as a member of the set is called."""
    return f"{ADDRESSES[side]}:{PORT}"


def next_step(config: Config, twin: Twin, states: States, own_host: str) -> Step | None:
    """Return the next step, None without one; *own_host* is this primary's in *config*."""
    new = _next_version(config)
    sentence = (
        _take_address(new, twin, own_host)
        or _take_votes_without_witness(new, twin, states)
        or _remove_strangers(new, twin)
        or _add_missing(new, twin)
        or _give_votes(new, twin, states)
    )
    return Step(new, sentence) if sentence else None


def promotion(config: Config, twin: Twin) -> Step:
    """Return the configuration that makes this side the primary without asking the others.

    It is forced: what the other side has acknowledged and this one does not have is lost. The
    others get their votes back by next_step(), once they have all data.
    """
    new = _next_version(config)
    for member in new["members"]:
        is_own = member["host"] == host_of(twin.side)
        member.update(votes=int(is_own), priority=int(is_own))
    return Step(new, f"side {twin.side} is made the primary by force")


def vote_of_other(config: Config, twin: Twin) -> Step | None:
    """Return the configuration in which the other side votes; None if it does.

    Without a witness it has no vote, and so could not be elected when the role is handed over.
    Once it is active, its next_step() takes the vote of this side instead.
    """
    new = _next_version(config)
    other = _find(new, host_of(twin.other))
    if other is None or (other["votes"] and other["priority"]):
        return None
    other.update(votes=1, priority=1)
    return Step(new, f"side {twin.other} has a vote, since it shall become active")


def _next_version(config: Config) -> Config:
    return {**deepcopy(config), "version": config["version"] + 1}


def _take_address(new: Config, twin: Twin, own_host: str) -> str | None:
    if own_host == host_of(twin.side) and _has_times(new):
        return None
    _member(new, own_host)["host"] = host_of(twin.side)
    new.setdefault("settings", {}).update(TIMES)
    return f"this MongoDB is member {host_of(twin.side)} of the set"


def _has_times(config: Config) -> bool:
    settings = config.get("settings", {})
    return all(settings.get(name) == value for name, value in TIMES.items())


def _take_votes_without_witness(new: Config, twin: Twin, states: States) -> str | None:
    if WITNESS in twin.peers:
        return None
    found = [_find(new, host_of(side)) for side in (twin.other, WITNESS)]
    voters = [member for member in found if member and member["votes"]]
    if not voters:
        return None
    # With the vote of the one that is down the two others are no majority of what remains.
    first = min(voters, key=lambda member: _have_all_data([member], states))
    first.update(votes=0, priority=0)
    return f"{named(SIDE_OF[first['host']])} has no vote, because no witness is paired"


def _remove_strangers(new: Config, twin: Twin) -> str | None:
    wanted = {host_of(side) for side in (twin.side, *twin.peers)}
    for member in new["members"]:
        if member["host"] in wanted:
            continue
        if member["votes"]:
            member.update(votes=0, priority=0)
            return f"{member['host']} is not paired and has no vote"
        new["members"].remove(member)
        return f"{member['host']} is not paired, and leaves the set"
    return None


def _add_missing(new: Config, twin: Twin) -> str | None:
    for side in sorted(twin.peers):
        if _find(new, host_of(side)):
            continue
        number = 1 + max(member["_id"] for member in new["members"])
        member = {"_id": number, "host": host_of(side), "votes": 0, "priority": 0}
        new["members"].append(member | ({"hidden": True} if side == WITNESS else {}))
        return f"{named(side)} is a member without a vote, and copies the data"
    return None


def _give_votes(new: Config, twin: Twin, states: States) -> str | None:
    other, witness = _find(new, host_of(twin.other)), _find(new, host_of(WITNESS))
    if not other or not witness or not _have_all_data([other], states):
        return None
    if not witness["votes"] and _have_all_data([witness], states):
        witness.update(votes=1)
        return "the witness has all data, and a vote"
    if witness["votes"] and not (other["votes"] and other["priority"]):
        other.update(votes=1, priority=1)
        return f"side {twin.other} has all data, and a vote: it can become active"
    return None


def named(side: str) -> str:
    """Return what a side is called in a sentence."""
    return f"the {WITNESS}" if side == WITNESS else f"side {side}"


def _have_all_data(members: Sequence[Mapping[str, Any]], states: States) -> bool:
    return all(states.get(member["host"]) in HAS_ALL_DATA for member in members)


def _member(config: Config, host: str) -> dict[str, Any]:
    found = _find(config, host)
    if found is None:
        raise LookupError(f"the set has no member {host}")
    return found


def _find(config: Config, host: str) -> dict[str, Any] | None:
    return next((member for member in config["members"] if member["host"] == host), None)
