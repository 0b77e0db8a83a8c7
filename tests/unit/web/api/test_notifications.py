"""/api/notifications: what the bell shows."""

from datetime import timedelta

from qlines.clock import utc_datetime
from qlines.store import unregistered
from qlines.store.unregistered import UnregisteredDevice
from qlines.web.api.notifications import NotificationsSchema


def see(world, name, times=1):
    sighting = UnregisteredDevice("mqtt", name, 1, 1, times, "{}")
    unregistered.note(world.deps.db, [sighting])
    return sighting.id


def notify(world, *ids, ago=timedelta()):
    unregistered.claim(world.deps.db, ids, utc_datetime(world.deps.clock.now_us()) - ago)


def test_it_counts_devices_and_shows_the_newest_notification_first(world, carol):
    first, second = see(world, "pump"), see(world, "meter", times=1200)
    see(world, "not notified yet")
    notify(world, first, ago=timedelta(hours=2))
    notify(world, second)

    answer = carol.get("/api/notifications").json

    assert NotificationsSchema().validate(answer) == {}
    assert answer["unregistered"] == 3
    assert [one["sentence"] for one in answer["items"]] == [
        "meter is not registered: seen 1,200 times by mqtt",
        "pump is not registered: seen once by mqtt",
    ]
    assert answer["items"][0]["path"] == "/unregistered"


def test_a_notification_is_gone_with_its_device_or_after_a_week(world, carol):
    old, removed = see(world, "old"), see(world, "removed")
    notify(world, old, ago=timedelta(days=8))
    notify(world, removed)
    unregistered.remove(world.deps.db, "removed")

    assert carol.get("/api/notifications").json == {"unregistered": 1, "items": []}


def test_one_that_could_not_be_sent_is_not_shown(world, carol):
    device = see(world, "pump")
    notify(world, device)
    unregistered.release(world.deps.db, [device])

    assert carol.get("/api/notifications").json["items"] == []
