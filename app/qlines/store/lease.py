"""Leases: what any node could do, one of them does, and another takes over when it is lost.

The collection ``leases`` has a document for each of these things: who holds it, and until when, by
MongoDB's clock, so that the nodes' clocks may differ.

Where the work must not be done twice, a lease has a fence: a number that rises each time that
somebody takes it, be it the same node after a restart. What is written is written in a transaction
that finds the own fence in the document and changes it (`confirm`): so of two who believe that they
hold it, the former one writes nothing any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from bson import Binary
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError, OperationFailure

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import Clock
from qlines.errors import QLinesError, StoreUnavailableError

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
ASK_AGAIN_SECONDS = 1.0  # who does not hold it
# A holder that could not renew ends its work so long before others may begin.
MARGIN_SECONDS = 3.0
UNTIL = {"$add": ["$$NOW", round(1000 * LEASE_SECONDS)]}
INTERRUPTED = 11601  # MongoDB's code for an operation whose session was killed


class FencedError(QLinesError):
    """Somebody else has taken the lease: nothing was written, and nothing may be."""


@contextmanager
def raising_fenced() -> Iterator[None]:
    """Raise FencedError where the next holder has ended the operation by ending its session."""
    try:
        yield
    except OperationFailure as error:
        if error.code != INTERRUPTED:
            raise
        raise FencedError("the next holder of the lease has ended our session") from error


class Claim(NamedTuple):
    """Who holds a lease now, and the number of this claim to it."""

    holder: str
    fence: int


@raising_unavailable()
def take(db: Documents, what: str, node: str) -> str:
    """Take or renew the lease for *node* unless another one holds it; return who holds it now."""
    return str(_take(db, what, node, {})["holder"])


def take_fenced(db: Documents, what: str, node: str, session: ClientSession) -> Claim:
    """Take or renew a lease as take() does; its fence rises with each *session* that takes it.

    A transaction that the former holder left open is ended first: killed in the middle of it, it
    would block the lease for a minute, or be committed after we have read what is stored.
    """
    claimed_by = session.session_id["id"]
    with raising_unavailable():
        former = db.leases.find_one({"_id": what, "$expr": _is_for(node)}) or {}
        if former.get("session", claimed_by) != claimed_by:
            db.command({"killSessions": [{"id": Binary(former["session"], 4)}]})
        is_new = {"$and": [_is_for(node), {"$ne": ["$session", claimed_by]}]}
        next_fence = {"$add": [{"$ifNull": ["$fence", 0]}, 1]}
        claim = {
            "session": {"$cond": [_is_for(node), claimed_by, "$session"]},
            "fence": {"$cond": [is_new, next_fence, "$fence"]},
        }
        lease = _take(db, what, node, claim)
    return Claim(str(lease["holder"]), int(lease.get("fence", 0)))


def confirm(db: Documents, what: str, claim: Claim, session: ClientSession) -> None:
    """Make the session's transaction one of this claim; raise FencedError when it is over.

    The document is changed, because reading alone would not conflict with another one's take.
    """
    change = {"$inc": {"writes": 1}}
    if not db.leases.update_one(_of(what, claim), change, session=session).matched_count:
        raise _fenced(what, claim)


@raising_unavailable()
def renew(db: Documents, what: str, claim: Claim) -> None:
    """Let a claim last longer; raise FencedError when somebody else has taken the lease since.

    To take it back would be to write on top of what the other one has written, and nobody of ours
    has read.
    """
    if not db.leases.update_one(_of(what, claim), [{"$set": {"until": UNTIL}}]).matched_count:
        raise _fenced(what, claim)


def _of(what: str, claim: Claim) -> Document:
    return {"_id": what, "holder": claim.holder, "fence": claim.fence}


def _fenced(what: str, claim: Claim) -> FencedError:
    return FencedError(f"the lease {what!r} of {claim.holder} was taken by another one")


def _take(db: Documents, what: str, node: str, more: Document) -> Document:
    change = {
        "holder": {"$cond": [_is_for(node), node, "$holder"]},
        "until": {"$cond": [_is_for(node), UNTIL, "$until"]},
        **more,
    }
    try:
        lease: Any = db.leases.find_one_and_update(
            {"_id": what}, [{"$set": change}], upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # two nodes made the document at the same moment
        return _take(db, what, node, more)
    return dict(lease)


def _is_for(node: str) -> Document:
    """Return the expression for "this node holds it, or nobody does any more"."""
    return {"$or": [{"$eq": ["$holder", node]}, {"$lte": ["$until", "$$NOW"]}]}


class Lease:
    """A node's claim to do *what*: ask `is_held` again and again, and act only while it says so."""

    def __init__(self, db: Documents, what: str, node: str, clock: Clock) -> None:
        self._db = db
        self._what = what
        self._node = node
        self._clock = clock
        self._renew_at = float("-inf")
        self._held_until = float("-inf")
        self.holder = ""  # as it was seen last

    def is_held(self) -> bool:
        """Return whether this node holds it, renewing it when that is due.

        Raise StoreUnavailableError when MongoDB does not answer and the lease is due.
        """
        asked_at = self._clock.monotonic()
        if asked_at >= self._renew_at:
            self.holder = self._take()
            if self.holder == self._node:
                self._renew_at = asked_at + RENEW_SECONDS
                self._held_until = asked_at + LEASE_SECONDS - MARGIN_SECONDS
            else:
                self._renew_at = asked_at + ASK_AGAIN_SECONDS
                self._held_until = float("-inf")
        return self._clock.monotonic() < self._held_until

    def end(self) -> None:
        """Give it up, so that another node need not wait; if MongoDB is away it ends by itself."""
        with suppress(StoreUnavailableError), raising_unavailable():
            self._give_up()
        self._renew_at = self._held_until = float("-inf")

    def _take(self) -> str:
        return take(self._db, self._what, self._node)

    def _give_up(self) -> None:
        self._db.leases.delete_one({"_id": self._what, "holder": self._node})


class FencedLease(Lease):
    """A lease with a fence: *claim* belongs to *session*, in which its holder writes.

    begin_again() raises the fence again, after a write whose outcome is not known. is_held() also
    raises FencedError, once, when somebody else has taken what this one held.
    """

    def __init__(self, db: Documents, what: str, node: str, clock: Clock) -> None:
        super().__init__(db, what, node, clock)
        self.claim = Claim("", 0)
        self._is_claimed = False  # by this session
        self.session = db.client.start_session()

    def begin_again(self) -> None:
        """Take it as another one would: what the session before has not committed is ended."""
        former = self.session
        self.session = self._db.client.start_session()
        _ = self.session.session_id  # chosen before pymongo could give us that of the former one
        former.end_session()
        self._is_claimed = False
        self._renew_at = self._held_until = float("-inf")

    def confirm(self) -> None:
        """Make the session's transaction one of this claim; raise FencedError when it is over."""
        confirm(self._db, self._what, self.claim, self.session)

    def _take(self) -> str:
        is_claimed, self._is_claimed = self._is_claimed, False
        if is_claimed:
            renew(self._db, self._what, self.claim)
        else:
            self.claim = take_fenced(self._db, self._what, self._node, self.session)
        self._is_claimed = self.claim.holder == self._node
        return self.claim.holder

    def _give_up(self) -> None:
        """Let its time be over; the document stays, because the fence must never fall."""
        ours = {"_id": self._what, "holder": self._node, "fence": self.claim.fence}
        self._db.leases.update_one(ours, [{"$set": {"until": "$$NOW"}}])
