"""/api/claims: a device gets another owner, by its name and the secret that it has published."""

import pytest

from qlines.store import claims
from qlines.store.claims import Claim

NOW_US = 1_800_000_000_000_000
NAME = "alice's device"


@pytest.fixture
def offered(world, alice):
    """Let Alice's device offer itself for a minute."""
    claims.note(world.deps.db, [Claim(alice.device_id, NOW_US, "s", 60_000)])


def claim(person, secret="s", name=NAME):
    return person.call("POST", "/api/claims", json={"name": name, "secret": secret})


@pytest.mark.usefixtures("offered")
def test_the_claimer_has_the_device_and_its_former_owner_sees_nothing_of_it(alice, bob):
    answer = claim(bob)

    assert answer.status_code == 200
    assert (answer.json["id"], answer.json["name"]) == (alice.device_id, NAME)
    assert bob.get(f"/api/devices/{alice.device_id}").status_code == 200
    assert alice.get(f"/api/devices/{alice.device_id}").status_code == 404


@pytest.mark.usefixtures("offered")
def test_both_sides_have_a_line_in_the_audit(world, alice, bob):
    claim(bob)
    bob.call("DELETE", f"/api/devices/{alice.device_id}/claim")

    device = f'the device "{NAME}" ({alice.device_id})'
    a, b = "alice@example.com", "bob@example.com"
    lines = [(line["who"], line["what"]) for line in world.deps.db.audit.documents]
    assert lines == [
        (a, f"lost {device} to {b}, who claimed it"),
        (b, f"claimed {device} of {a}"),
        (a, f"got back {device}, which {b} gave back"),
        (b, f"gave back {device} to {a}"),
    ]


def test_a_device_that_does_not_offer_itself_cannot_be_claimed(alice, bob):
    answer = claim(bob)

    assert answer.status_code == 404
    assert "the device must offer itself again" in answer.json["detail"]
    assert claim(bob, name="unheard of").status_code == 404


@pytest.mark.usefixtures("offered")
def test_a_wrong_secret_ends_the_offer(bob):
    assert claim(bob, "guess").status_code == 404

    assert claim(bob).status_code == 404


@pytest.mark.usefixtures("offered")
def test_what_somebody_has_claimed_is_said_to_be_so(bob, carol):
    claim(bob)

    answer = claim(carol)

    assert answer.status_code == 409
    assert "has been claimed" in answer.json["detail"]


@pytest.mark.usefixtures("offered")
def test_ones_own_device_cannot_be_claimed(alice):
    assert claim(alice).status_code == 409


@pytest.mark.usefixtures("offered")
def test_the_eleventh_try_of_a_minute_is_refused_and_spends_nothing(world, alice, bob, carol):
    for _ in range(10):
        assert claim(bob, name="unheard of").status_code == 404

    answer = claim(bob)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert claim(carol).status_code == 200, "another person has tries of their own"


@pytest.mark.usefixtures("offered")
def test_without_redis_the_tries_are_not_limited(world, bob):
    world.deps.redis.is_away = True

    for _ in range(11):
        assert claim(bob, name="unheard of").status_code == 404
    assert claim(bob).status_code == 200


@pytest.mark.usefixtures("offered")
def test_the_owner_sees_the_offer_and_the_claimer_when_it_was_claimed(alice, bob):
    path = f"/api/devices/{alice.device_id}/claim"
    assert alice.get(path).json == {
        "offer": {"secret": "s", "expires_at": NOW_US // 1000 + 60_000},
        "claimed_at": None,
    }
    assert bob.get(path).status_code == 404

    claim(bob)

    assert bob.get(path).json == {"offer": None, "claimed_at": NOW_US // 1000}
    assert alice.get(path).status_code == 404


@pytest.mark.usefixtures("offered")
def test_given_back_it_is_its_former_owners_again(alice, bob):
    claim(bob)

    assert bob.call("DELETE", f"/api/devices/{alice.device_id}/claim").status_code == 204

    assert alice.get(f"/api/devices/{alice.device_id}").status_code == 200
    assert bob.get(f"/api/devices/{alice.device_id}").status_code == 404


def test_what_was_not_claimed_cannot_be_given_back(alice):
    answer = alice.call("DELETE", f"/api/devices/{alice.device_id}/claim")

    assert answer.status_code == 409
    assert "was not claimed from anybody" in answer.json["detail"]


@pytest.mark.parametrize("body", [{}, {"name": 5}, {"name": "x", "secret": "s" * 256}])
def test_a_bad_body_is_refused(bob, body):
    assert bob.call("POST", "/api/claims", json=body).status_code == 422
