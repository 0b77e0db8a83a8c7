from qlines.registry.events import Changes, changes_of


def put(device, name, kind="insert"):
    return {
        "operationType": kind,
        "documentKey": {"_id": device},
        "fullDocument": {"_id": device, "name": name},
    }


def delete(device):
    return {"operationType": "delete", "documentKey": {"_id": device}}


def test_it_puts_added_and_changed_devices():
    events = [put("d1", "a"), put("d2", "b", "replace"), put("d3", "c", "update")]

    assert changes_of(events) == Changes(
        [{"_id": "d1", "name": "a"}, {"_id": "d2", "name": "b"}, {"_id": "d3", "name": "c"}],
        [],
        needs_rebuild=False,
    )


def test_the_last_event_of_each_device_counts():
    events = [put("d1", "a"), put("d2", "x"), delete("d1"), put("d2", "y"), delete("d3")]

    assert changes_of(events) == Changes(
        [{"_id": "d2", "name": "y"}], ["d1", "d3"], needs_rebuild=False
    )


def test_an_update_without_a_document_is_a_deletion():
    event = put("d1", "a", "update") | {"fullDocument": None}

    assert changes_of([event]).deleted == ["d1"]


def test_a_dropped_collection_needs_a_rebuild():
    assert changes_of([put("d1", "a"), {"operationType": "drop"}]).needs_rebuild
