"""Queries over a device's history: limited by person, so that one cannot slow all the others.

ClickHouse's own limits bound one query (store/query_limits.py); this bounds how many of a person's
run at the same time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_driver import Client

from qlines.errors import BusyError
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.turns import Room, Turns

WAITING = 20  # of one person; a page with many charts asks for all of them at once
MAX_WAIT_SECONDS = 20.0
RETRY_SECONDS = 5


def query_turns(running: int) -> Turns:
    """Return the turns of all people: *running* queries each at the same time."""
    reason = (
        f"you have {running} queries running and {WAITING} waiting, which is the most "
        "(QLINES_PERSON_QUERIES): wait for their answers before you send more"
    )
    room = Room(running, WAITING, MAX_WAIT_SECONDS)
    return Turns(room, lambda: BusyError(reason, status=429, retry_seconds=RETRY_SECONDS))


@contextmanager
def history_client() -> Iterator[Client]:
    """Lend a client for a query of the user who sends the request, when it is the user's turn.

    Raise BusyError when the user has too many queries, StoreUnavailableError when ClickHouse does
    not answer.
    """
    with deps().query_turns.turn(me().user_id), deps().clickhouse.client() as client:
        yield client
