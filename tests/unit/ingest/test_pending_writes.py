import orjson

from qlines.ingest import pending_answers
from qlines.ingest import pending_writes as module
from qlines.ingest.batch import Attribute, Batch, UnregisteredSighting
from qlines.ingest.connections import Restart
from qlines.ingest.pending_writes import PendingWrites
from qlines.store.claims import Claim
from qlines.store.command_delivery import Answer
from qlines.store.gateway_devices import NO_GATEWAY
from qlines.store.presence import Change
from qlines.store.rejected import Rejected
from tests.fakes.mongo import FakeMongo

METER = "1" * 24


def change(connected, time_us):
    return Change(METER, connected, time_us, "", "")


def rejected(number, device=METER):
    return Rejected(device, number, "not JSON", "v2/t", "x")


def add(pending, changes=(), **parts):
    pending.add(Batch(**parts), changes)
    return pending


def test_it_is_empty_at_first():
    assert not PendingWrites()
    assert not add(PendingWrites())


def test_it_keeps_the_newest_value_of_each_attribute():
    attributes = [Attribute(METER, "fw", 1, "old"), Attribute(METER, "fw", 2, "new")]

    assert add(PendingWrites(), attributes=attributes).to_json()["attributes"] == [
        Attribute(METER, "fw", 2, "new")
    ]


def test_an_older_value_that_is_replayed_later_changes_nothing():
    attributes = [Attribute(METER, "fw", 2, "new"), Attribute(METER, "fw", 1, "old")]

    assert add(PendingWrites(), attributes=attributes).to_json()["attributes"] == [
        Attribute(METER, "fw", 2, "new")
    ]


def test_it_keeps_the_newest_presence_of_each_device():
    pending = add(PendingWrites(), [change(True, 1), change(False, 2)])

    assert pending.to_json()["presence"] == [change(False, 2)]


def test_it_drops_presences_from_before_a_restart_of_the_broker():
    state = add(PendingWrites(), [change(True, 1), Restart(2)]).to_json()

    assert (state["presence"], state["restarted_us"]) == ([], 2)


def test_it_keeps_the_last_ten_rejected_messages_of_a_device():
    state = add(PendingWrites(), rejected=[rejected(number) for number in range(25)]).to_json()

    assert [item.ts_ms for item in state["rejected"]] == list(range(15, 25))


def test_it_merges_the_sightings_of_an_unregistered_device():
    seen = [
        UnregisteredSighting("mqtt", "x", 1, "first"),
        UnregisteredSighting("mqtt", "x", 2, ""),
        UnregisteredSighting("http", "x", 3, "h"),
    ]

    sightings = add(PendingWrites(), sightings=seen).to_json()["sightings"]

    assert [tuple(one) for one in sightings] == [
        ("mqtt", "x", 1, 2, 2, "first"), ("http", "x", 3, 3, 1, "h"),
    ]  # fmt: skip


def test_it_lists_no_more_unregistered_devices_than_its_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_UNREGISTERED_DEVICES", 2)

    state = add(
        PendingWrites(), sightings=[UnregisteredSighting("mqtt", str(i), 1, "") for i in range(5)]
    ).to_json()

    assert [sighting.name for sighting in state["sightings"]] == ["0", "1"]


def test_it_is_full_when_too_many_attributes_are_pending(monkeypatch):
    monkeypatch.setattr(module, "MAX_ATTRIBUTES", 2)

    one = add(PendingWrites(), attributes=[Attribute(METER, "a", 1, 1)])
    two = add(PendingWrites(), attributes=[Attribute(METER, key, 1, 1) for key in "ab"])

    assert not one.is_full
    assert two.is_full


def test_it_is_full_when_too_many_answers_are_pending(monkeypatch):
    monkeypatch.setattr(pending_answers, "MAX_CHARACTERS", 300)

    assert not add(PendingWrites(), answers=[Answer(METER, 1, "ok", 1)]).is_full
    assert add(PendingWrites(), answers=[Answer(METER, 1, "x" * 100, 1)]).is_full


def test_an_answer_alone_is_pending_until_it_is_flushed():
    pending = add(PendingWrites(), answers=[Answer(METER, 1, "", 1)])
    assert pending
    assert pending.revision == 1

    pending.flush(FakeMongo())

    assert not pending


def test_it_reads_the_state_of_a_version_without_answers():
    state = PendingWrites().to_json()
    del state["answers"]

    assert not PendingWrites.from_json(state)


def test_a_claim_alone_is_pending_until_mongodb_has_it():
    pending, db = PendingWrites(), FakeMongo()
    assert add(pending, claims=[Claim(METER, 1, "s", 1000)])
    assert pending.revision == 1

    pending.flush(db)

    assert not pending
    assert db.claims.find_one({})["secret"] == "s"


def test_it_reads_the_state_of_a_version_without_claims():
    state = PendingWrites().to_json()
    del state["claims"]

    assert not PendingWrites.from_json(state)


def test_it_notes_the_gateway_of_a_device_once_until_it_changes():
    pending, db = PendingWrites(), FakeMongo()
    first, second = "2" * 24, "3" * 24
    for gateway in (first, second, NO_GATEWAY):
        assert add(pending, gateways={METER: gateway})
        pending.flush(db)
        assert not add(pending, gateways={METER: gateway}), "MongoDB has it already"

    assert db.gateway_devices.count_documents({}) == 0


def test_it_reads_the_state_of_a_version_without_gateways():
    state = PendingWrites().to_json()
    del state["gateways"]

    assert not PendingWrites.from_json(state)


def test_it_survives_a_round_trip_through_the_state_file():
    pending = add(
        PendingWrites(),
        [Restart(1), change(True, 2)],
        attributes=[Attribute(METER, "n", 1, {"a": [1]})],
        answers=[Answer(METER, 7, "", 1), Answer(METER, 8, "no JSON: \x00é", 2)],
        claims=[Claim(METER, 3, "s", 1000, by_gateway=True)],
        gateways={METER: "2" * 24},
        rejected=[rejected(1), rejected(2)],
        sightings=[UnregisteredSighting("mqtt", "x", 1, "s")],
    )
    state = orjson.dumps(pending.to_json(), default=tuple)

    again = PendingWrites.from_json(orjson.loads(state))

    assert again.to_json() == pending.to_json()
    assert again


def test_it_reads_a_state_file_that_has_counts_from_an_older_version():
    state = {**PendingWrites().to_json(), "counts": {"rejected/x": 3}}

    assert not PendingWrites.from_json(state)


def test_it_keeps_the_newest_arrival_of_each_client():
    pending = add(PendingWrites(), arrivals={"device/pump": 1})
    add(pending, arrivals={"device/pump": 2, "device/valve": 2})

    assert pending
    assert pending.to_json()["arrivals"] == {"device/pump": 2, "device/valve": 2}
    assert PendingWrites.from_json(pending.to_json()).to_json() == pending.to_json()


def test_it_reads_the_state_of_a_version_without_arrivals():
    state = PendingWrites().to_json()
    del state["arrivals"]

    assert not PendingWrites.from_json(state)


def test_a_flush_writes_some_of_the_arrivals_and_the_next_one_the_others(monkeypatch):
    monkeypatch.setattr(module, "ARRIVALS_PER_FLUSH", 2)
    db = FakeMongo()
    pending = add(PendingWrites(), arrivals={f"device/{n}": 1_000_000 for n in range(3)})

    pending.flush(db, with_rejected=True, side="b")
    assert db.arrivals.count_documents({"side": "b"}) == 2
    assert pending

    pending.flush(db, with_rejected=True, side="b")
    assert db.arrivals.count_documents({"side": "b"}) == 3
    assert not pending
