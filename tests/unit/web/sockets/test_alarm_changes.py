"""What pages hear of their owner's alarms; MongoDB's streams are a test's."""

import pytest
from bson import ObjectId

from qlines.clock import FakeClock
from qlines.web.sockets import alarm_changes
from qlines.web.sockets.alarm_changes import AlarmChanges, changes_of
from tests.unit.web.sockets.test_page_changes import BROKEN, EndOfTheTest, Streams

ALICE, BOB = "a" * 24, "b" * 24
FIRST, SECOND, THIRD = "1" * 24, "2" * 24, "3" * 24


def event(token, alarm, owner=ALICE):
    document = {"alarm": ObjectId(alarm), "owner": ObjectId(owner)}
    return {"_id": token, "fullDocument": document}


@pytest.fixture
def run():
    """Return a function that follows streams to their end, and returns what was notified."""

    def follow(*streams, followed=None):
        notified = []
        changes = AlarmChanges(
            Streams(*streams), followed or (lambda: {ALICE}), FakeClock(),
            lambda owner, alarms: notified.append((owner, alarms)),
        )  # fmt: skip
        with pytest.raises(EndOfTheTest):
            changes.run()
        return notified

    return follow


def test_the_first_is_said_at_once_and_what_follows_shortly_together_and_each_alarm_once(run):
    notified = run([event(1, FIRST), event(2, SECOND), event(3, THIRD), event(4, SECOND), None])

    assert notified == [(ALICE, []), (ALICE, [FIRST]), (ALICE, [SECOND, THIRD])]


def test_a_change_does_not_wait_until_it_is_quiet():
    notified = []

    def alone():
        yield event(1, FIRST)
        assert notified == [(ALICE, []), (ALICE, [FIRST])]
        yield None

    changes = AlarmChanges(
        Streams(alone()), lambda: {ALICE}, FakeClock(),
        lambda owner, alarms: notified.append((owner, alarms)),
    )  # fmt: skip
    with pytest.raises(EndOfTheTest):
        changes.run()

    assert len(notified) == 2


def test_each_owner_hears_of_the_own_ones(run):
    notified = run([event(1, FIRST), event(2, SECOND, BOB), None], followed=lambda: {ALICE, BOB})

    assert notified == [(ALICE, []), (BOB, []), (ALICE, [FIRST]), (BOB, [SECOND])]


def test_a_storm_is_said_in_parts(run, monkeypatch):
    monkeypatch.setattr(alarm_changes, "MAX_IDS", 2)

    notified = run([event(n, f"{n}" * 24) for n in (1, 2, 3, 4)] + [None])

    assert [len(alarms) for _, alarms in notified] == [0, 1, 2, 1]


def test_while_alarms_never_stop_changing_every_owner_hears_of_it_soon():
    clock, notified = FakeClock(), []

    def notify(owner, alarms):
        notified.append((clock.monotonic(), owner, alarms))

    def flapping():
        yield event(0, SECOND, BOB)
        for n in range(1, 100):
            clock.advance(0.1)
            yield event(n, FIRST)

    changes = AlarmChanges(Streams(flapping()), lambda: {ALICE, BOB}, clock, notify)
    began = clock.monotonic()
    with pytest.raises(EndOfTheTest):
        changes.run()

    _, _, *of_changes = notified
    assert [one[1:] for one in of_changes[:2]] == [(BOB, [SECOND]), (ALICE, [FIRST])]
    assert of_changes[0][0] - began < 1
    assert len(of_changes) > 10


def test_after_an_outage_any_may_have_changed(run):
    assert run([event(1, FIRST), None, BROKEN], [None]) == [
        (ALICE, []), (ALICE, [FIRST]), (ALICE, []),
    ]  # fmt: skip


def test_the_server_filters_by_the_owners():
    [match, _] = changes_of({BOB, ALICE})

    assert match["$match"] == {
        "ns.coll": "alarm_events",
        "operationType": "insert",
        "fullDocument.owner": {"$in": [ObjectId(ALICE), ObjectId(BOB)]},
    }
