"""Connect to MongoDB, and tell an outage from an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)
from pymongo.write_concern import WriteConcern

from qlines.errors import StoreUnavailableError

DATABASE = "qlines"
WRITE_TIMEOUT_MS = 5_000
# What a write may take that nothing depends on; over a slow link it takes a tenth of that.
NOTE_SECONDS = 0.3
# pymongo's words for a set whose members answer, and none of which is the primary.
NO_PRIMARY = "No primary available for writes"
NO_PRIMARY_SENTENCE = (
    "nothing can be changed at the moment, because no member of its set is the primary; what is"
    " stored can be read"
)

# ConnectionFailure covers ServerSelectionTimeoutError, NotPrimaryError and WaitQueueTimeoutError.
OUTAGES = (ConnectionFailure, AutoReconnect, NetworkTimeout, ExecutionTimeout, WTimeoutError)
# Answers of a member without a replica set, or during an election: 94 NotYetInitialized,
# 13435 and 13436 NotPrimaryNoSecondaryOk / NotPrimaryOrSecondary, 91 ShutdownInProgress.
OUTAGE_CODES = frozenset({91, 94, 13435, 13436})

Document = dict[str, Any]
Documents = Database[Document]


def connect(url: str) -> Documents:
    """Return the database; a write returns when a majority has it in its journal.

    It connects with the first operation, which fails after 2 s when no server answers.
    """
    client: MongoClient[dict[str, Any]] = MongoClient(
        url,
        appname="qlines",
        tz_aware=True,
        connectTimeoutMS=2_000,
        serverSelectionTimeoutMS=2_000,
        socketTimeoutMS=30_000,
        maxPoolSize=20,
    )
    database = client.get_default_database(DATABASE)
    concern = WriteConcern(w="majority", j=True, wtimeout=WRITE_TIMEOUT_MS)
    return database.with_options(write_concern=concern)


def is_outage(error: PyMongoError) -> bool:
    """Return whether the same operation may succeed later."""
    if isinstance(error, OUTAGES):
        return True
    return isinstance(error, OperationFailure) and error.code in OUTAGE_CODES


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for pymongo's errors of an outage; others pass through."""
    try:
        yield
    except PyMongoError as error:
        if is_outage(error):
            raise StoreUnavailableError("mongodb", _cause(error)) from error
        raise


def _cause(error: PyMongoError) -> Exception:
    """Return the error without pymongo's description of every member, for people."""
    if not isinstance(error, ServerSelectionTimeoutError):
        return error
    reason = str(error).partition(", Timeout:")[0]
    return LookupError(NO_PRIMARY_SENTENCE if reason == NO_PRIMARY else reason)


@contextmanager
def skipped_in_outage() -> Iterator[None]:
    """Give a write that nothing depends on a moment, and do without it in an outage.

    Without a primary a page that only reads must neither wait nor fail for it.
    """
    try:
        with pymongo.timeout(NOTE_SECONDS):
            yield
    except PyMongoError as error:
        if not is_outage(error):
            raise
