"""Ids as the outside knows them: 24 lower-case hex digits, MongoDB's ObjectId."""

from bson import ObjectId
from bson.errors import InvalidId

from qlines.errors import NotFoundError


def object_id(text: str | ObjectId) -> ObjectId:
    """Return the ObjectId that *text* names; raise NotFoundError when it cannot name one."""
    try:
        return ObjectId(text)
    except InvalidId:
        raise NotFoundError(f"an id must have 24 hexadecimal digits, got {text!r}") from None
