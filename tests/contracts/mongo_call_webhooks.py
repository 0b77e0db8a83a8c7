"""What store/ promises about webhooks for calls, on the fake and on mongod."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from qlines.errors import NotFoundError
from qlines.store import call_webhooks
from qlines.store.call_webhooks import KEPT_CALLS, OLD_SECRET_KEPT

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
URL = "https://example.com/calls"


def noted(number):
    return {
        "at": NOW, "device": "d" * 24, "name": "pump", "method": f"m{number}", "error": "",
        "milliseconds": number,
    }  # fmt: skip


class CallWebhooksContract:
    def test_each_owner_has_one_and_another_address_keeps_the_secret(self, db):
        secret = call_webhooks.put(db, ALICE, URL, NOW)
        call_webhooks.put(db, BOB, URL, NOW)

        assert call_webhooks.put(db, ALICE, f"{URL}/2", NOW) == ""

        found = call_webhooks.of_owner(db, str(ALICE))
        assert (found["url"], found["secret"], found["calls"]) == (f"{URL}/2", secret, [])
        assert call_webhooks.of_owner(db, BOB)["url"] == URL

    def test_a_new_secret_is_used_beside_the_old_one_for_a_day(self, db):
        old = call_webhooks.put(db, ALICE, URL, NOW)
        new = call_webhooks.roll_secret(db, ALICE, NOW)

        found = call_webhooks.of_owner(db, ALICE)

        before = NOW + OLD_SECRET_KEPT - timedelta(seconds=1)
        assert call_webhooks.signing(found, before) == (URL, [new, old])
        assert call_webhooks.signing(found, NOW + OLD_SECRET_KEPT) == (URL, [new])

    def test_one_that_was_removed_is_gone_with_its_secret(self, db):
        secret = call_webhooks.put(db, ALICE, URL, NOW)

        assert call_webhooks.remove(db, ALICE)["url"] == URL
        call_webhooks.note_call(db, str(ALICE), noted(1))

        assert call_webhooks.of_owner(db, ALICE) is None
        assert call_webhooks.put(db, ALICE, URL, NOW) != secret

    def test_the_last_calls_are_kept_in_their_order(self, db):
        call_webhooks.put(db, ALICE, URL, NOW)

        for number in range(KEPT_CALLS + 3):
            call_webhooks.note_call(db, str(ALICE), noted(number))

        kept = call_webhooks.of_owner(db, ALICE)["calls"]
        assert [one["milliseconds"] for one in kept] == list(range(3, KEPT_CALLS + 3))
        assert kept[0] == noted(3)

    def test_without_one_there_is_nothing_to_change(self, db):
        assert call_webhooks.of_owner(db, ALICE) is None
        with pytest.raises(NotFoundError):
            call_webhooks.roll_secret(db, ALICE, NOW)
        with pytest.raises(NotFoundError):
            call_webhooks.remove(db, ALICE)
