"""/api/channels: an address that is somebody else's gets nothing before its receiver wants it."""

import pytest

from qlines.store import channels
from qlines.web import mail_confirmation
from qlines.web.api.channels import ChannelSchema

PATH = "/api/channels"


def mail_to(address, name="Mail"):
    return {"name": name, "type": "email", "settings": {"address": address}}


@pytest.fixture
def ward(alice):
    answer = alice.call("POST", PATH, json=mail_to("Ward@Example.com"))
    assert answer.status_code == 201, answer.text
    return answer.json


def outbox(world):
    return [one["kind"] for one in world.deps.db.notifications.documents]


def test_ones_own_address_is_confirmed(world, alice):
    made = alice.call("POST", PATH, json=mail_to("ALICE@example.com")).json

    assert made["confirmed"] is True
    assert outbox(world) == []


def test_another_address_waits_and_a_mail_asks_its_receiver(world, alice, ward):
    assert ward["confirmed"] is False
    assert ChannelSchema().validate(ward) == {}
    [asks] = world.deps.db.notifications.documents
    assert (asks["kind"], str(asks["channel"])) == ("confirmation", ward["id"])
    assert asks["text"].startswith("alice@example.com wants")


def test_a_test_is_refused_with_what_to_do(world, alice, ward):
    answer = alice.call("POST", f"{PATH}/{ward['id']}/test")

    assert answer.status_code == 409
    assert answer.json["detail"].startswith(
        "a test is sent to an address that its receiver has confirmed, and ward@example.com is not"
    )
    assert outbox(world) == ["confirmation"]


def test_a_change_of_the_address_asks_again_and_no_other_change_does(world, alice, ward):
    stored = channels.find(world.deps.db, alice.id, ward["id"])
    channels.confirm(world.deps.db, stored)
    path = f"{PATH}/{ward['id']}"

    renamed = alice.call("PATCH", path, json={"name": "Night", "settings": {}}).json
    assert (renamed["confirmed"], outbox(world)) == (True, ["confirmation"])
    moved = alice.call("PATCH", path, json={"settings": {"address": "c@example.com"}}).json
    assert (moved["confirmed"], outbox(world)) == (False, ["confirmation"] * 2)
    own = alice.call("PATCH", path, json={"settings": {"address": "alice@example.com"}}).json
    assert (own["confirmed"], outbox(world)) == (True, ["confirmation"] * 2)


def test_a_channel_from_before_is_confirmed_after_an_upgrade(world, alice, ward):
    stored = world.deps.db.channels.documents[0]
    del stored["unconfirmed_since"]  # as an older version has stored it

    assert alice.get(f"{PATH}/{ward['id']}").json["confirmed"] is True


def test_it_is_sent_again_three_times_a_day_in_all_and_the_refusal_says_until_when(
    world, alice, ward
):
    path = f"{PATH}/{ward['id']}/confirmation"
    assert [alice.call("POST", path).status_code for _ in range(2)] == [200, 200]

    refused = alice.call("POST", path)

    assert refused.status_code == 429
    assert "at most 3 mails a day" in refused.json["detail"]
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert outbox(world) == ["confirmation"] * 3
    world.deps.clock.advance(86_400)
    assert alice.call("POST", path).status_code == 200


def test_neither_another_channel_nor_an_outage_of_redis_gets_round_the_limit(world, alice, ward):
    world.deps.redis.is_away = True
    for _ in range(2):
        alice.call("DELETE", f"{PATH}/{ward['id']}")
        ward = alice.call("POST", PATH, json=mail_to("ward@example.com")).json

    assert alice.call("POST", PATH, json=mail_to("ward@example.com")).status_code == 429
    assert outbox(world) == ["confirmation"] * 3


def test_mails_that_wait_for_former_addresses_are_not_sent_to_the_last_one(world, alice, ward):
    for address in ("one@example.com", "two@example.com", "victim@example.com"):
        alice.call("PATCH", f"{PATH}/{ward['id']}", json={"settings": {"address": address}})

    assert len([one for one in world.deps.db.notifications.documents if "open" in one]) == 1


def test_several_people_together_cannot_flood_an_address_and_one_cannot_use_it_all_up(
    world, alice, bob, carol
):
    for person in (alice, bob, carol):
        for number in range(4):
            person.call("POST", PATH, json=mail_to("victim@example.com", f"{number}"))

    assert len(outbox(world)) == mail_confirmation.TO_ADDRESS
    asked = {str(one["owner"]) for one in world.deps.db.notifications.documents}
    assert asked == {str(alice.id), str(bob.id)}


def test_one_person_asks_only_so_many_addresses_a_day(world, alice):
    answers = [
        alice.call("POST", PATH, json=mail_to(f"{number}@example.com")).status_code
        for number in range(mail_confirmation.OF_PERSON + 1)
    ]

    assert answers == [201] * mail_confirmation.OF_PERSON + [429]


def test_what_is_confirmed_needs_no_other_mail(world, alice):
    made = alice.call("POST", PATH, json=mail_to("alice@example.com")).json

    assert alice.call("POST", f"{PATH}/{made['id']}/confirmation").status_code == 409
