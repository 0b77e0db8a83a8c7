"""Two owners, or two browsers of one, set attributes of a device at the same time on mongod."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.store.owner_attributes import delete_keys, of_device, set_values

METER = "1" * 24
NOW = utc_datetime(1_800_000_000_000_000)
ROUNDS = 40


def change(db, owner):
    """Set keys of one's own and one that both set; delete and set again."""
    for number in range(ROUNDS):
        values = {f"{owner} {number}": number, "both": f"{owner} {number}"}
        assert set_values(db, METER, "shared", values, owner, NOW) == list(values)
        if number % 4 == 0:
            assert delete_keys(db, METER, "shared", [f"{owner} {number}"], NOW)


@pytest.mark.parametrize("_start", range(5))  # both are the first of the device, each time
def test_nothing_is_lost_and_what_the_device_is_sent_leads_to_the_same_state(db, _start):
    with db.attribute_changes.watch() as stream, ThreadPoolExecutor() as both:
        for done in [both.submit(change, db, owner) for owner in ("alice", "bob")]:
            done.result()
        sent = [
            json.loads(next(stream)["fullDocument"]["change"]) for _ in range(2 * ROUNDS * 5 // 4)
        ]

    stored = {key: one.value for key, one in of_device(db, METER, "shared").items()}
    kept = [number for number in range(ROUNDS) if number % 4]
    own = {f"{owner} {number}": number for owner in ("alice", "bob") for number in kept}
    assert stored == {**own, "both": stored["both"]}
    assert after(sent) == stored
    assert db.attribute_changes.count_documents({"device": ObjectId(METER)}) == len(sent)


def after(changes):
    """Return the state of a device that received these changes, in this order."""
    state = {}
    for one in changes:
        deleted = one.pop("deleted", [])
        state = {key: value for key, value in (state | one).items() if key not in deleted}
    return state
