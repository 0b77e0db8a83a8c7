"""Leases with a fence, of two who believe that they hold it; tests/integration has the rest."""

from itertools import count
from types import SimpleNamespace

import pytest

from qlines.clock import FakeClock
from qlines.store.lease import RENEW_SECONDS, FencedError, FencedLease
from tests.fakes.mongo import FakeMongo

NUMBERS = count(1)


class Sessions:
    """The client of a MongoDB whose sessions have an id of their own."""

    def start_session(self):
        session_id = {"id": next(NUMBERS).to_bytes(16)}
        return SimpleNamespace(session_id=session_id, end_session=lambda: None)


class Database(FakeMongo):
    client = Sessions()

    def command(self, _command):
        """End a session: nothing here belongs to one."""


@pytest.fixture
def sides():
    """Return the leases of both sides of twins, which have one holder."""
    db, clock = Database(), FakeClock()
    return SimpleNamespace(
        clock=clock, a=FencedLease(db, "alarms", "the active side", clock),
        b=FencedLease(db, "alarms", "the active side", clock),
    )  # fmt: skip


def test_a_claim_is_renewed_with_the_same_fence(sides):
    assert sides.a.is_held()
    sides.clock.advance(RENEW_SECONDS)

    assert (sides.a.is_held(), sides.a.claim.fence) == (True, 1)


def test_who_was_followed_by_another_does_not_take_it_back_by_renewing_it(sides):
    assert sides.a.is_held()
    assert sides.b.is_held()
    sides.clock.advance(RENEW_SECONDS)

    with pytest.raises(FencedError):
        sides.a.is_held()

    sides.b.confirm()
    with pytest.raises(FencedError):
        sides.a.confirm()


@pytest.mark.parametrize("begins_again", [True, False])
def test_who_has_noticed_that_may_take_it_anew(sides, begins_again):
    sides.a.is_held()
    sides.b.is_held()
    sides.clock.advance(RENEW_SECONDS)
    with pytest.raises(FencedError):
        sides.a.is_held()
    if begins_again:
        sides.a.begin_again()

    assert (sides.a.is_held(), sides.a.claim.fence) == (True, 3)
