"""Ids in paths and responses: 24 lower-case hexadecimal digits, MongoDB's ObjectId."""

from bson import ObjectId
from bson.errors import InvalidId

from qlines.errors import NotFoundError


def object_id(text: str | ObjectId) -> ObjectId:
    """Return the ObjectId that *text* represents; raise NotFoundError when it is not an id."""
    try:
        return ObjectId(text)
    except InvalidId:
        raise NotFoundError(f"an id must have 24 hexadecimal digits, got {text!r}") from None
