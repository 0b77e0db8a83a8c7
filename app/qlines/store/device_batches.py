"""Add many devices at once: all of them, or none."""

from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import ConflictError
from qlines.store.device_rules import make_token

Document = dict[str, Any]

DUPLICATE_KEY = 11000


class NewDevice(NamedTuple):
    """A device to be; its fields are checked already (store/device_rules.py)."""

    owner: ObjectId
    name: str
    token: str | None
    gateway: bool
    tags: list[str]


@raising_unavailable()
def add_all(db: Database[Document], wanted: list[NewDevice]) -> list[str]:
    """Add every device in one transaction and return their ids.

    Raises ConflictError when a name or a token is taken.
    """
    if not wanted:
        return []
    found = [_document(device) for device in wanted]

    def insert(session: ClientSession) -> None:
        db.devices.insert_many(found, session=session)

    try:
        with db.client.start_session() as session:
            session.with_transaction(insert)
    except BulkWriteError as error:
        first = error.details["writeErrors"][0]
        if first["code"] != DUPLICATE_KEY:
            raise
        name = first["op"]["name"]
        raise ConflictError(
            f"the name or the token of {name!r} has just been taken by another device: "
            "nothing was added, try again"
        ) from None
    return [str(document["_id"]) for document in found]


def _document(device: NewDevice) -> Document:
    device_id = ObjectId()
    return {
        "_id": device_id,
        "owner": device.owner,
        "name": device.name,
        "tags": device.tags,
        "gateway": device.gateway,
        "token": device.token or make_token(),
        "old_tokens": [],
        "created_at": device_id.generation_time,
    }
