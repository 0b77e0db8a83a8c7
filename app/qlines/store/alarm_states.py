"""What the evaluator of alarm rules remembers of each rule and device: ``alarm_states``.

A state holds what the readings before *alarm_positions* have made of it, so states and positions
are written in one transaction (alarm_commit.py). A state that says nothing is not stored.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable

LOADED_AT_ONCE = 1_000


class StateDocument(TypedDict):
    """A state as MongoDB stores it; *alarm* is the active one that it has raised, if there is.

    *version* is that of the rule, *state* what qlines.evaluation.state makes and reads.
    """

    _id: str
    rule: ObjectId
    device: ObjectId
    owner: ObjectId
    version: int
    state: Document
    updated_at: datetime
    alarm: NotRequired[ObjectId]


class StoredState(NamedTuple):
    """A state of *rule* and *device*; without *state* it is to be deleted.

    *alarm* is the id of the active alarm that it has raised, if there is one.
    """

    rule: str
    device: str
    owner: str
    version: int
    state: Document | None
    alarm: ObjectId | None = None

    @property
    def id(self) -> str:
        """Return the id of its document."""
        return state_id(self.rule, self.device)


def state_id(rule: str, device: str) -> str:
    """Return the id of the state of a rule and a device; pure."""
    return f"{rule}:{device}"


@raising_unavailable()
def load(db: Documents) -> Iterator[StoredState]:
    """Yield every stored state."""
    yield from map(_stored, _states(db).find().batch_size(LOADED_AT_ONCE))


@raising_unavailable()
def of_rules(db: Documents, rules: Iterable[str]) -> list[StoredState]:
    """Return the stored states of these rules."""
    wanted = [ObjectId(rule) for rule in rules]
    return list(map(_stored, _states(db).find({"rule": {"$in": wanted}}))) if wanted else []


def writes(states: Iterable[StoredState], now: datetime) -> list[ReplaceOne[Document] | DeleteOne]:
    """Return what stores these states, in any order; pure.

    One of a newer version, which came with a change of the rule, is not replaced: its key is
    reported as a duplicate then.
    """
    return [
        ReplaceOne(
            {"_id": one.id, "version": {"$lte": one.version}},
            cast("Document", _document(one, one.state, now)),
            upsert=True,
        )
        if one.state is not None
        else DeleteOne({"_id": one.id})
        for one in states
    ]


def _stored(document: StateDocument) -> StoredState:
    return StoredState(
        str(document["rule"]),
        str(document["device"]),
        str(document["owner"]),
        document["version"],
        document["state"],
        document.get("alarm"),
    )


def _document(stored: StoredState, state: Document, now: datetime) -> StateDocument:
    document: StateDocument = {
        "_id": stored.id,
        "rule": ObjectId(stored.rule),
        "device": ObjectId(stored.device),
        "owner": ObjectId(stored.owner),
        "version": stored.version,
        "state": state,
        "updated_at": now,
    }
    if stored.alarm is not None:
        document["alarm"] = stored.alarm
    return document


def _states(db: Documents) -> Collection[StateDocument]:
    return cast("Collection[StateDocument]", db.alarm_states)
