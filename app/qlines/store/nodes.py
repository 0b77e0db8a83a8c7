"""How the nodes of several are: the collection ``nodes``, a document for each.

A node that is lost is there for a day, so that its loss is seen, and forgotten then by an index of
MongoDB's. One that is stopped in order removes itself.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from qlines.clients.mongodb import Documents, raising_unavailable

KEPT = timedelta(days=1)


class Node(NamedTuple):
    """A node as it described itself *seen_seconds_ago*, by MongoDB's clock.

    *status* is that of its /health/deep, *problems* are its sentences.
    """

    name: str
    seen_seconds_ago: float
    status: str
    problems: Sequence[str]


@raising_unavailable()
def note(db: Documents, name: str, status: str, problems: Sequence[str]) -> None:
    """Store how this node is at this moment."""
    db.nodes.update_one(
        {"_id": name},
        {
            "$set": {"status": status, "problems": list(problems)},
            "$currentDate": {"seen_at": True},
        },
        upsert=True,
    )


@raising_unavailable()
def forget(db: Documents, name: str) -> None:
    """Remove a node that was stopped in order: nobody is to miss it."""
    db.nodes.delete_one({"_id": name})


@raising_unavailable()
def read(db: Documents) -> list[Node]:
    """Return all nodes, by name."""
    age = {"$divide": [{"$subtract": ["$$NOW", "$seen_at"]}, 1000]}
    found = db.nodes.aggregate([{"$addFields": {"age": age}}, {"$sort": {"_id": 1}}])
    return [_node(document) for document in found]


def _node(document: Mapping[str, Any]) -> Node:
    return Node(document["_id"], document["age"], document["status"], document["problems"])
