"""What describes a collection of MongoDB: its required fields, and its indexes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

ID, TEXT, FLAG, TIME, WHOLE = "objectId", "string", "bool", "date", ["int", "long"]
MAYBE_TEXT, MAYBE_ID, MAYBE_WHOLE = [TEXT, "null"], [ID, "null"], [*WHOLE, "null"]
THERE = {"$exists": True}


class Index(NamedTuple):
    """An index: its fields in order, and pymongo's options."""

    fields: Sequence[tuple[str, int]]
    options: dict[str, Any] = {}  # noqa: RUF012 - read only: unpacked into arguments

    @property
    def name(self) -> str:
        """Return its name, which differs for two collations of the same fields."""
        by = "_".join(field for field, _ in self.fields)
        return f"{by}_sorted" if "collation" in self.options else by


class CollectionRule(NamedTuple):
    """A collection: required fields (name ▶ BSON type), indexes, and the items of its arrays."""

    name: str
    fields: dict[str, Any]
    indexes: Sequence[Index] = ()
    items: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - read only


def where(field: str, condition: Any) -> dict[str, Any]:
    """Return the option of an index that holds only some documents."""
    return {"partialFilterExpression": {field: condition}}
