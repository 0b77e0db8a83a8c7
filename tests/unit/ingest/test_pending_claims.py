import pytest

from qlines.errors import StoreUnavailableError
from qlines.ingest import pending_claims as module
from qlines.ingest.pending_claims import PendingClaims
from qlines.store.claims import Claim

METER, PUMP = "1" * 24, "2" * 24


class Mongo:
    """Replaces the store function that a flush calls."""

    def __init__(self, monkeypatch):
        self.stored, self.error = [], None
        monkeypatch.setattr(module.claims, "note", self._note)

    def _note(self, _db, claims):
        if self.error:
            raise self.error
        self.stored.append(list(claims))


@pytest.fixture
def mongo(monkeypatch):
    return Mongo(monkeypatch)


def claim(at_us, device=METER):
    return Claim(device, at_us, "s", 1000)


def test_each_device_gets_one_written_in_a_flush_in_its_order(mongo):
    pending = PendingClaims([claim(1), claim(2), claim(3, PUMP)])

    pending.flush(None)
    pending.flush(None)

    assert mongo.stored == [[claim(1), claim(3, PUMP)], [claim(2)]]
    assert not pending


def test_of_many_from_one_device_the_first_and_the_newest_are_kept():
    assert PendingClaims(map(claim, range(1, 9))).to_json() == [claim(1), claim(8)]


def test_a_flush_writes_some_and_the_next_one_the_others(mongo, monkeypatch):
    monkeypatch.setattr(module, "CLAIMS_PER_FLUSH", 1)
    pending = PendingClaims([claim(1), claim(2, PUMP)])

    pending.flush(None)
    assert pending.to_json() == [claim(2, PUMP)]
    pending.flush(None)

    assert not pending


def test_what_mongodb_did_not_take_stays(mongo):
    mongo.error = StoreUnavailableError("mongodb", OSError("away"))
    pending = PendingClaims([claim(1)])

    with pytest.raises(StoreUnavailableError):
        pending.flush(None)

    assert pending.to_json() == [claim(1)]


def test_it_is_full_when_too_many_devices_wait(monkeypatch):
    monkeypatch.setattr(module, "MAX_DEVICES", 2)

    assert not PendingClaims([claim(1), claim(2)]).is_full
    assert PendingClaims([claim(1), claim(2, PUMP)]).is_full
