"""Connect to MongoDB, and tell an outage from an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    ConnectionFailure,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)
from pymongo.write_concern import WriteConcern

from qlines.addresses import tls
from qlines.errors import StoreRefusedError, StoreUnavailableError

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
# 13435 and 13436 NotPrimaryNoSecondaryOk / NotPrimaryOrSecondary, 91 ShutdownInProgress. Of a write
# that waits for its majority, or a change stream, while the primary changes (seen in failovers):
# 11602 InterruptedDueToReplStateChange, 11600 InterruptedAtShutdown, 10107 NotWritablePrimary,
# 189 PrimarySteppedDown, 134 ReadConcernMajorityNotAvailableYet.
OUTAGE_CODES = frozenset({91, 94, 134, 189, 10107, 11600, 11602, 13435, 13436})
# MongoDB's words for it, whatever the code: 112 WriteConflict and 251 NoSuchTransaction have the
# first. By the second a commit was sent, and whether it was carried out is not known.
OUTAGE_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult")

# 18 AuthenticationFailed, 8000 of MongoDB Atlas for the same; 13 Unauthorized.
WRONG_SIGN_IN_CODES = frozenset({18, 8000})
UNAUTHORIZED = 13
WRONG_SIGN_IN = (
    "it does not accept the user and the password in QLINES_MONGODB: correct them, or authSource"
)
TLS = {
    "address": "QLINES_MONGODB",
    "authority": "tlsCAFile of QLINES_MONGODB",
    "certificate": "tlsCertificateKeyFile of QLINES_MONGODB",
}

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
    if isinstance(error, OUTAGES) or any(map(error.has_error_label, OUTAGE_LABELS)):
        return True
    return isinstance(error, OperationFailure) and error.code in OUTAGE_CODES


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for pymongo's errors of an outage; others pass through.

    A server that does not accept this program, or that it does not trust, raises StoreRefusedError,
    which is a StoreUnavailableError.
    """
    try:
        yield
    except PyMongoError as error:
        if reason := _refusal(error):
            raise StoreRefusedError("mongodb", reason) from error
        if is_outage(error):
            raise StoreUnavailableError("mongodb", _cause(error)) from error
        raise


def version(client: MongoClient[Document]) -> tuple[int, ...]:
    """Return the server's version, such as (6, 0, 5).

    Raise StoreUnavailableError when it does not answer, and StoreRefusedError, which is one.
    """
    with raising_unavailable():
        try:
            return tuple(client.server_info()["versionArray"][:3])
        except ServerSelectionTimeoutError as error:
            if "connection closed" not in str(error):
                raise
            hint = "it hangs up; if it speaks TLS at this port, QLINES_MONGODB needs tls=true"
            raise ServerSelectionTimeoutError(hint) from error


def _refusal(error: PyMongoError) -> str | None:
    """Return why the server refuses this program, None for another error."""
    if isinstance(error, ConfigurationError):
        return f"QLINES_MONGODB cannot be used: {error}"
    if not isinstance(error, OperationFailure):
        return tls.reason(error, **TLS)
    if error.code in WRONG_SIGN_IN_CODES:
        return WRONG_SIGN_IN
    if error.code != UNAUTHORIZED:
        return None
    # "not authorized on qlines to execute command { createIndexes: …": the rest is the command.
    message = str((error.details or {}).get("errmsg", "")) or str(error)
    words, _, command = message.partition(" { ")
    name = command.partition(":")[0]
    return f"the user in QLINES_MONGODB lacks a right there: {words} {name}".rstrip()


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
