"""Run several reads and writes of MongoDB as one: all of them happen, or none does."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

import pymongo
from pymongo import ReadPreference
from pymongo.client_session import ClientSession

from qlines.clients.mongodb import Documents

Result = TypeVar("Result")

# pymongo alone would try for two minutes; an election takes 3 to 6 seconds.
TRANSACTION_SECONDS = 8.0


def in_transaction(
    db: Documents, change: Callable[[ClientSession], Result], session: ClientSession | None = None
) -> Result:
    """Run the function in a transaction, again while another one changes the same document.

    Without *session* it has one of its own. It may run several times, and each time it sees the
    documents as they are then. One that nobody can end any more, as this program was killed, is
    ended by mongod after 60 s; a change of the same document is an outage until then.
    """
    begun = nullcontext(session) if session else db.client.start_session()
    with pymongo.timeout(TRANSACTION_SECONDS), begun as used:
        # Reads of pages may go to a secondary, those of a transaction may not.
        return used.with_transaction(
            change, read_preference=ReadPreference.PRIMARY, write_concern=db.write_concern
        )
