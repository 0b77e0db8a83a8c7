"""What the operator was sent about each appliance's health: the collection ``appliance_problems``.

One document for each place, a twin or a node, so that a restart repeats no message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store import notifications
from qlines.store.notifications import Notification
from qlines.store.transaction import in_transaction


@raising_unavailable()
def of_place(db: Documents, place: str) -> list[dict[str, Any]]:
    """Return the problems that were remembered there, as `put` was given them."""
    found = db.appliance_problems.find_one({"_id": place})
    return list(found["problems"]) if found else []


@raising_unavailable()
def put(
    db: Documents,
    place: str,
    problems: Sequence[Mapping[str, Any]],
    messages: Sequence[Notification],
) -> None:
    """Replace the problems of a place, and add the messages about what has changed: both or none.

    Times must be datetimes.
    """
    update = {"$set": {"problems": [dict(problem) for problem in problems]}}

    def change(session: ClientSession) -> None:
        db.appliance_problems.update_one({"_id": place}, update, upsert=True, session=session)
        notifications.insert_in_session(db, session, messages)

    in_transaction(db, change)
