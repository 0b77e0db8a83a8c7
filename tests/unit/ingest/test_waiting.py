import orjson

from qlines.ingest import waiting as module
from qlines.ingest.batch import Attribute, Batch, Seen
from qlines.ingest.connections import Restart
from qlines.ingest.waiting import Waiting
from qlines.store.presence import Change
from qlines.store.rejected import Rejected

METER = "1" * 24


def change(connected, time_us):
    return Change(METER, connected, time_us, "", "")


def rejected(number, device=METER):
    return Rejected(device, number, "not JSON", "v2/t", "x")


def add(waiting, changes=(), **parts):
    waiting.add(Batch(**parts), changes)
    return waiting


def test_it_holds_nothing_at_first():
    assert not Waiting()
    assert not add(Waiting())


def test_it_holds_the_newest_of_each_attribute():
    attributes = [Attribute(METER, "fw", 1, "old"), Attribute(METER, "fw", 2, "new")]

    assert add(Waiting(), attributes=attributes).to_json()["attributes"] == [
        Attribute(METER, "fw", 2, "new")
    ]


def test_it_holds_the_newest_presence_of_each_device():
    waiting = add(Waiting(), [change(True, 1), change(False, 2)])

    assert waiting.to_json()["presence"] == [change(False, 2)]


def test_it_forgets_presences_from_before_a_restart():
    state = add(Waiting(), [change(True, 1), Restart(2)]).to_json()

    assert (state["presence"], state["restarted_us"]) == ([], 2)


def test_it_holds_the_last_ten_rejected_messages_of_a_device_and_counts_all():
    state = add(Waiting(), rejected=[rejected(number) for number in range(25)]).to_json()

    assert [item.ts_ms for item in state["rejected"]] == list(range(15, 25))
    assert state["counts"] == {f"rejected/{METER}": 25}


def test_it_counts_one_unregistered_device_together():
    seen = [Seen("mqtt", "x", 1, "first"), Seen("mqtt", "x", 2, ""), Seen("http", "x", 3, "h")]

    sightings = add(Waiting(), seen=seen).to_json()["sightings"]

    assert [tuple(one) for one in sightings] == [
        ("mqtt", "x", 1, 2, 2, "first"), ("http", "x", 3, 3, 1, "h"),
    ]  # fmt: skip


def test_it_counts_the_rest_when_too_many_names_come(monkeypatch):
    monkeypatch.setattr(module, "MOST_NAMES", 2)

    state = add(Waiting(), seen=[Seen("mqtt", str(i), 1, "") for i in range(5)]).to_json()

    assert len(state["sightings"]) == 2
    assert state["counts"] == {"unregistered_unlisted": 3}


def test_it_is_full_when_too_many_attributes_wait(monkeypatch):
    monkeypatch.setattr(module, "MOST_ATTRIBUTES", 2)

    one = add(Waiting(), attributes=[Attribute(METER, "a", 1, 1)])
    two = add(Waiting(), attributes=[Attribute(METER, key, 1, 1) for key in "ab"])

    assert not one.is_full
    assert two.is_full


def test_it_is_the_same_after_a_way_through_the_file():
    waiting = add(
        Waiting(),
        [Restart(1), change(True, 2)],
        attributes=[Attribute(METER, "n", 1, {"a": [1]})],
        rejected=[rejected(1), rejected(2)],
        seen=[Seen("mqtt", "x", 1, "s")],
    )
    state = orjson.dumps(waiting.to_json(), default=tuple)

    again = Waiting.from_json(orjson.loads(state))

    assert again.to_json() == waiting.to_json()
    assert again
