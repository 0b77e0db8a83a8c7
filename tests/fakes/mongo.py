"""An in-memory MongoDB that understands what store/ and the web app ask for, and nothing more.

tests/contracts/mongo_*.py run against it and against a real mongod.
"""

import copy
import re
from collections import defaultdict
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import SimpleNamespace

from bson import ObjectId
from pymongo import DeleteOne, ReplaceOne, UpdateMany
from pymongo.errors import BulkWriteError, DuplicateKeyError

from qlines.store.mongo_schema import RULES
from tests.fakes.mongo_aggregate import aggregated
from tests.fakes.mongo_pipeline import run_pipeline
from tests.fakes.mongo_query import matches, values_at

UNIQUE = {
    rule.name: [
        ([field for field, _ in index.fields], index.options.get("partialFilterExpression", {}))
        for index in rule.indexes
        if index.options.get("unique")
    ]
    for rule in RULES
}
CHANGES = {
    "$set": lambda _old, new: new,
    "$min": lambda old, new: new if old is None else min(old, new),
    "$max": lambda old, new: new if old is None else max(old, new),
    "$addToSet": lambda old, new: list(dict.fromkeys([*(old or []), *new["$each"]])),
    "$pullAll": lambda old, gone: [value for value in old or [] if value not in gone],
    "$inc": lambda old, new: (old or 0) + new,
    "$pull": lambda old, gone: [item for item in old or [] if not matches(item, gone)],
    "$push": lambda old, new: [*(old or []), *new["$each"]][new["$slice"] :],
    "$currentDate": lambda _old, _is_date: datetime.now(UTC),
}


def stored(value):
    """Return a deep copy as MongoDB would return it: datetimes in whole milliseconds."""
    if isinstance(value, dict):
        return {key: stored(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [stored(inner) for inner in value]
    if isinstance(value, datetime):
        return value - timedelta(microseconds=value.microsecond % 1000)
    return copy.copy(value)


def by_collation(collation, text):
    """Return the sort key of a text: with a collation numbers by value, and case ignored."""
    if collation is None or not isinstance(text, str):
        return text
    return [
        (1, int(part), "") if part.isdigit() else (2, 0, part.casefold())
        for part in re.split(r"(\d+)", text)
        if part
    ]


class Cursor:
    def __init__(self, documents, projection=None):
        self._documents = documents
        self._without = [name for name, is_there in (projection or {}).items() if not is_there]
        self._fields = {"_id": 1, **projection} if projection and not self._without else None
        self._order = []
        self._collation = None
        self._slice = slice(None)

    def sort(self, field, direction=1):
        self._order = field if isinstance(field, list) else [(field, direction)]
        return self

    def batch_size(self, _size):
        return self

    def collation(self, collation):
        self._collation = collation
        return self

    def skip(self, count):
        self._slice = slice(count, self._slice.stop and self._slice.stop + count)
        return self

    def limit(self, count):
        self._slice = slice(self._slice.start, (self._slice.start or 0) + count)
        return self

    def __iter__(self):
        documents = list(self._documents)
        for name, direction in reversed(self._order):
            documents.sort(
                key=lambda document, name=name: by_collation(self._collation, document[name]),
                reverse=direction < 0,
            )
        for document in copy.deepcopy(documents[self._slice]):
            if self._fields is None:
                yield {name: document[name] for name in document if name not in self._without}
            else:
                yield {name: value for name, value in document.items() if self._fields.get(name)}


class Collection:
    def __init__(self, name, database):
        self.name = name
        self._database = database
        self._unique = [(["_id"], {}), *UNIQUE.get(name, [])]
        self.documents = []
        self._lock = RLock()  # a write is whole, as mongod's, also beside those of other threads

    def with_options(self, write_concern):
        return self  # one server, which never crashes

    def _check(self, document):
        for fields, condition in self._unique:
            if not matches(document, condition):
                continue
            values = [values_at(document, field) for field in fields]
            for other in self.documents:
                if other is document or not matches(other, condition):
                    continue
                if [values_at(other, field) for field in fields] == values:
                    raise DuplicateKeyError(
                        "duplicate", details={"keyPattern": dict.fromkeys(fields, 1)}
                    )

    def insert_one(self, document, session=None):
        with self._lock:
            self._check(document)
            self.documents.append(stored(document))

    def insert_many(self, documents, session=None):
        before = list(self.documents)
        for document in documents:
            try:
                self.insert_one(document)
            except DuplicateKeyError:
                self.documents = before  # the transaction is rolled back
                error = {"code": 11000, "op": document}
                raise BulkWriteError({"writeErrors": [error]}) from None

    def find(self, query=None, projection=None, session=None):
        found = [document for document in self.documents if matches(document, query or {})]
        return Cursor(found, projection)

    def find_one(self, query, projection=None, sort=(), session=None):
        cursor = self.find(query, projection)
        return next(iter(cursor.sort(list(sort)) if sort else cursor), None)

    def count_documents(self, query, limit=0, session=None):
        return len(list(self.find(query)))

    def distinct(self, field, query):
        return list({document[field]: None for document in self.find(query)})

    def aggregate(self, steps):
        return iter(aggregated(stored(self.documents), steps, self._database))

    def estimated_document_count(self):
        return len(self.documents)

    def update_one(self, query, change, upsert=False, session=None):
        with self._lock:
            found = next((one for one in self.documents if matches(one, query)), None)
            if found is None and upsert:
                self.insert_one(self._changed({"_id": query.get("_id", ObjectId())}, change))
            elif found is not None:
                self._replace(found, self._changed(found, change))
        return SimpleNamespace(matched_count=int(found is not None))

    def update_many(self, query, change, session=None):
        with self._lock:
            found = [document for document in self.documents if matches(document, query)]
            for document in found:
                self._replace(document, self._changed(document, change))
        return SimpleNamespace(matched_count=len(found))

    def bulk_write(self, updates, *, ordered, session=None):
        errors, matched = [], 0
        for update in updates:
            try:
                matched += self._run(update).matched_count
            except DuplicateKeyError:
                errors.append({"code": 11000, "errmsg": "duplicate"})
        if errors:
            raise BulkWriteError({"writeErrors": errors, "nMatched": matched})
        return SimpleNamespace(matched_count=matched)

    def _run(self, update):
        # pymongo offers no public way to read an UpdateOne.
        if isinstance(update, DeleteOne):
            self.delete_one(update._filter)
            return SimpleNamespace(matched_count=0)
        if isinstance(update, ReplaceOne):
            self.delete_one(update._filter)
            self.insert_one(update._doc)
            return SimpleNamespace(matched_count=1)
        if isinstance(update, UpdateMany):
            return self.update_many(update._filter, update._doc)
        return self.update_one(update._filter, update._doc, update._upsert)

    def find_one_and_update(self, query, change, upsert=False, return_document=None, session=None):
        if not self.update_one(query, change, upsert).matched_count and not upsert:
            return None
        return self.find_one({"_id": query["_id"]})

    def _changed(self, document, change):
        if isinstance(change, list):
            return run_pipeline(change, copy.deepcopy(document))
        changed = copy.deepcopy(document)
        for operator, fields in change.items():
            for name, value in stored(fields).items():
                *parts, last = name.split(".")
                place = changed
                for part in parts:
                    place = place.setdefault(part, {})
                if operator == "$unset":
                    place.pop(last, None)
                    continue
                place[last] = CHANGES[operator](place.get(last), value)
        return changed

    def _replace(self, old, new):
        index = next(at for at, document in enumerate(self.documents) if document is old)
        self.documents[index] = new
        try:
            self._check(new)
        except DuplicateKeyError:
            self.documents[index] = old
            raise

    def _delete(self, query, limit):
        with self._lock:
            deleted = [document for document in self.documents if matches(document, query)][:limit]
            self.documents = [document for document in self.documents if document not in deleted]
        return SimpleNamespace(deleted_count=len(deleted))

    def delete_one(self, query, session=None):
        return self._delete(query, 1)

    def delete_many(self, query, session=None):
        return self._delete(query, None)


class Session:
    """A session whose transactions run at once, and leave nothing behind when they fail."""

    def __init__(self, database):
        self._database = database

    def with_transaction(self, function, read_preference=None, write_concern=None):
        before = {name: list(one.documents) for name, one in self._database.items()}
        try:
            return function(self)
        except BaseException:
            for name, one in self._database.items():
                one.documents = before.get(name, [])
            raise


class FakeMongo(defaultdict):
    """A database: ``db.users`` is a collection."""

    write_concern = None

    @property
    def client(self):
        return SimpleNamespace(start_session=lambda: nullcontext(Session(self)))

    def __missing__(self, name):
        self[name] = Collection(name, self)
        return self[name]

    def __getattr__(self, name):
        return self[name]
