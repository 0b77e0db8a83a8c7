"""/api/notifications: what the bell shows."""

from datetime import timedelta

from qlines.clock import utc_datetime
from qlines.store import unregistered
from qlines.store.unregistered import UnregisteredDevice
from qlines.web.api.notifications import NotificationsSchema
from tests.unit.web.conftest import Person


def see(world, name, times=1):
    sighting = UnregisteredDevice("mqtt", name, 1, 1, times, "{}")
    unregistered.note(world.deps.db, [sighting])
    return sighting.id


def notify(world, *ids, ago=timedelta()):
    unregistered.claim(world.deps.db, ids, utc_datetime(world.deps.clock.now_us()) - ago)


def test_it_counts_devices_and_shows_the_newest_notification_first(world, carol):
    first, second = see(world, "pump"), see(world, "meter-of-a-house", times=1200)
    see(world, "not notified yet")
    notify(world, first, ago=timedelta(hours=2))
    notify(world, second)

    answer = carol.get("/api/notifications").json

    assert NotificationsSchema().validate(answer) == {}
    assert answer["unregistered"] == 3
    assert [one["sentence"] for one in answer["items"]] == [
        "token mete… (16 characters) is not registered: seen 1,200 times by mqtt",
        "token p… (4 characters) is not registered: seen once by mqtt",
    ]
    assert answer["items"][0]["path"] == "/unregistered"


def test_a_notification_is_gone_with_its_device_or_after_a_week(world, carol):
    old, removed = see(world, "old"), see(world, "removed")
    notify(world, old, ago=timedelta(days=8))
    notify(world, removed)
    unregistered.remove(world.deps.db, "removed")

    assert carol.get("/api/notifications").json == {"unregistered": 1, "unseen": 0, "items": []}


def test_one_that_could_not_be_sent_is_not_shown(world, carol):
    device = see(world, "pump")
    notify(world, device)
    unregistered.release(world.deps.db, [device])

    assert carol.get("/api/notifications").json["items"] == []


def unseen(one):
    return one.get("/api/notifications").json["unseen"]


def look(one, until):
    return one.call("POST", "/api/notifications/seen", json={"until": until})


def test_what_an_admin_has_seen_is_kept_for_the_account(world, carol):
    dora = Person(world, "dora", admin=True)
    notify(world, see(world, "pump"), ago=timedelta(hours=2))
    notify(world, see(world, "meter"))
    newest, oldest = (one["at"] for one in carol.get("/api/notifications").json["items"])
    assert unseen(carol) == 2

    assert look(carol, oldest).status_code == 204
    assert unseen(carol) == 1
    look(carol, newest)

    assert (unseen(carol), unseen(dora)) == (0, 2)


def test_what_was_seen_once_stays_seen(world, carol):
    notify(world, see(world, "pump"))
    look(carol, carol.get("/api/notifications").json["items"][0]["at"])

    look(carol, 0)

    assert unseen(carol) == 0


def test_a_time_that_is_none_is_refused(carol):
    answer = look(carol, "yesterday")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "until"
