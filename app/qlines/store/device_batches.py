"""Add many devices at once: all of them, or none."""

from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import ConflictError
from qlines.store.bulk import DUPLICATE_KEY
from qlines.store.device_document import NewDevice, device_collection, device_document


@raising_unavailable()
def add_all(db: Documents, new_devices: list[NewDevice]) -> list[str]:
    """Add every device in one transaction and return their ids.

    Raise FieldError for a bad field, and ConflictError when a name or a token is taken.
    """
    if not new_devices:
        return []
    documents = [device_document(device) for device in new_devices]

    def insert(session: ClientSession) -> None:
        device_collection(db).insert_many(documents, session=session)

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
    return [str(document["_id"]) for document in documents]
