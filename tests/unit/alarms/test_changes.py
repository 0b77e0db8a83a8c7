import pytest
from bson import ObjectId

from qlines.alarms.changes import Changes, MissedError, changes_of

DEVICE, ALARM = ObjectId(), ObjectId()


def event(collection, key=DEVICE):
    return {"operationType": "update", "ns": {"coll": collection}, "documentKey": {"_id": key}}


@pytest.mark.parametrize(
    ("collection", "changes"),
    [
        ("alarm_rules", Changes(rules=True)),
        ("devices", Changes(devices=frozenset({str(DEVICE)}))),
        ("attributes", Changes(attributes=frozenset({str(DEVICE)}))),
        ("shared_attributes", Changes(attributes=frozenset({str(DEVICE)}))),
        ("presence", Changes(presence=frozenset({str(DEVICE)}))),
        ("presence_node-1", Changes(presence=frozenset({str(DEVICE)}))),
        ("gateway_devices", Changes(gateways=frozenset({str(DEVICE)}))),
    ],
)
def test_an_event_says_what_has_to_be_read_again(collection, changes):
    assert changes_of([event(collection)]) == changes


def test_many_events_of_one_device_are_one_change_and_ends_of_alarms_are_known_by_id():
    found = changes_of([event("devices"), event("devices"), event("alarms", ALARM)])

    assert found == Changes(devices=frozenset({str(DEVICE)}), ended=frozenset({ALARM}))


def test_after_an_event_of_a_whole_collection_everything_is_read_again():
    with pytest.raises(MissedError, match="drop"):
        changes_of([{"operationType": "drop", "ns": {"coll": "devices"}}])
