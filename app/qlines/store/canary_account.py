"""Add the hidden user, the device and the API key of this container's canary; idempotent."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from qlines.canary_account import NAME, device_name
from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.api_keys import ApiKeyDocument, key_id
from qlines.store.device_document import NewDevice, device_document
from qlines.store.hidden_owner import HIDDEN_OWNER
from qlines.store.users import UserDocument


@raising_unavailable()
def ensure(db: Documents, token: str, api_key: str, *, now: datetime) -> None:
    """Add what is missing, so that a device may send with *token* and a reader read with *api_key*.

    The user can never sign in: it has no password and no e-mail address.
    """
    user: UserDocument = {
        "_id": HIDDEN_OWNER, "email": NAME, "admin": False, "password_hash": "", "created_at": now,
    }  # fmt: skip
    key: ApiKeyDocument = {
        "_id": key_id(api_key), "user": HIDDEN_OWNER, "name": NAME, "created_at": now,
        "last_used": None,
    }  # fmt: skip
    device = device_document(NewDevice(HIDDEN_OWNER, device_name(token), token))
    documents: dict[str, Any] = {"users": user, "devices": device, "api_keys": key}
    for collection, document in documents.items():
        with suppress(DuplicateKeyError):  # it is there: by its id, or the device by its token
            db[collection].insert_one(document)
