from qlines.registry.events import Changes, changes_of


def put(device, name, kind="insert"):
    return {
        "operationType": kind,
        "documentKey": {"_id": device},
        "fullDocument": {"_id": device, "name": name},
    }


def delete(device):
    return {"operationType": "delete", "documentKey": {"_id": device}}


def test_it_puts_what_was_added_and_changed():
    events = [put("d1", "a"), put("d2", "b", "replace"), put("d3", "c", "update")]

    assert changes_of(events) == Changes(
        [{"_id": "d1", "name": "a"}, {"_id": "d2", "name": "b"}, {"_id": "d3", "name": "c"}],
        [],
        is_void=False,
    )


def test_it_keeps_the_last_word_about_each_device():
    events = [put("d1", "a"), put("d2", "x"), delete("d1"), put("d2", "y"), delete("d3")]

    assert changes_of(events) == Changes([{"_id": "d2", "name": "y"}], ["d1", "d3"], is_void=False)


def test_it_takes_an_update_of_what_is_gone_for_a_deletion():
    event = put("d1", "a", "update") | {"fullDocument": None}

    assert changes_of([event]).deleted == ["d1"]


def test_it_calls_everything_void_when_the_collection_was_dropped():
    assert changes_of([put("d1", "a"), {"operationType": "drop"}]).is_void
