"""An in-memory MongoDB that understands what the web app asks for, and nothing more."""

import copy
import re
from collections import defaultdict
from types import SimpleNamespace

from pymongo.errors import DuplicateKeyError

UNIQUE = {
    "users": [("email",)],
    "devices": [("owner", "name"), ("token",)],
}
OPERATORS = {
    "$in": lambda value, wanted: value in wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
}


def values_at(document, path):
    """Return every value that the dotted path leads to; a list counts as itself and its items."""
    found = [document]
    for name in path.split("."):
        inner = [item[name] for item in found if isinstance(item, dict) and name in item]
        found = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    return found or [None]


def holds(document, path, wanted):
    if path == "$or":
        return any(matches(document, one) for one in wanted)
    if path == "$expr":
        parts = wanted["$regexMatch"]
        return re.search(parts["regex"], str(document["_id"])) is not None
    values = values_at(document, path)
    if not isinstance(wanted, dict):
        return wanted in values
    if "$regex" in wanted:
        pattern = re.compile(wanted["$regex"], re.IGNORECASE)
        return any(pattern.search(value) for value in values if value is not None)
    return all(
        any(OPERATORS[name](value, limit) for value in values) for name, limit in wanted.items()
    )


def matches(document, query):
    return all(holds(document, path, wanted) for path, wanted in query.items())


class Cursor:
    def __init__(self, documents, projection=None):
        self._documents = documents
        self._fields = {"_id": 1, **projection} if projection else None

    def sort(self, field, direction=1):
        for name, order in reversed(field if isinstance(field, list) else [(field, direction)]):
            self._documents.sort(key=lambda found: found[name], reverse=order < 0)
        return self

    def collation(self, _collation):
        return self

    def skip(self, count):
        self._documents = self._documents[count:]
        return self

    def limit(self, count):
        self._documents = self._documents[:count]
        return self

    def __iter__(self):
        for found in copy.deepcopy(self._documents):
            if self._fields is None:
                yield found
            else:
                yield {name: value for name, value in found.items() if self._fields.get(name)}


class Collection:
    def __init__(self, name):
        self._unique = [("_id",), *UNIQUE.get(name, [])]
        self.documents = []

    def _check(self, document):
        for fields in self._unique:
            wanted = [document[field] for field in fields]
            for other in self.documents:
                if other is not document and [other[field] for field in fields] == wanted:
                    raise DuplicateKeyError(
                        "duplicate", details={"keyPattern": dict.fromkeys(fields, 1)}
                    )

    def insert_one(self, document):
        self._check(document)
        self.documents.append(copy.deepcopy(document))

    def find(self, query=None, projection=None):
        found = [one for one in self.documents if matches(one, query or {})]
        return Cursor(found, projection)

    def find_one(self, query, projection=None, sort=()):
        found = self.find(query, projection)
        for field, direction in sort:
            found.sort(field, direction)
        return next(iter(found), None)

    def count_documents(self, query, limit=0):
        return len(list(self.find(query)))

    def update_one(self, query, change):
        found = next((one for one in self.documents if matches(one, query)), None)
        if found:
            changed = {**found, **copy.deepcopy(change["$set"])}
            self.documents[self.documents.index(found)] = changed
            try:
                self._check(changed)
            except DuplicateKeyError:
                self.documents[self.documents.index(changed)] = found
                raise
        return SimpleNamespace(matched_count=int(found is not None))

    def find_one_and_update(self, query, change, return_document=None):
        self.update_one(query, change)
        return self.find_one({name: query[name] for name in query if name != "$or"})

    def _delete(self, query, most):
        gone = [one for one in self.documents if matches(one, query)][:most]
        self.documents = [one for one in self.documents if one not in gone]
        return SimpleNamespace(deleted_count=len(gone))

    def delete_one(self, query):
        return self._delete(query, 1)

    def delete_many(self, query):
        return self._delete(query, None)


class FakeMongo(defaultdict):
    """Database: ``db.users`` is a collection."""

    def __missing__(self, name):
        self[name] = Collection(name)
        return self[name]

    def __getattr__(self, name):
        return self[name]
