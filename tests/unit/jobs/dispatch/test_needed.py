"""Whether something that is due need still be said."""

from datetime import timedelta

from qlines.store import notification_settings, notifications


def test_what_a_mute_finds_waiting_is_dropped(stage):
    channel = stage.add_channel()
    stage.raise_alarm()
    stage.plan()
    notification_settings.put(stage.db, channel["owner"], None, stage.now + timedelta(hours=1))
    stage.deliver(channel)

    assert (stage.sent, [one["state"] for one in stage.outbox()]) == ([], ["dropped"])


def test_what_a_restored_backup_has_waiting_is_sent_only_if_it_is_still_so(stage):
    channel = stage.add_channel()
    over = stage.raise_alarm()
    stage.clear(over)
    active = stage.raise_alarm(stage.add_rule())
    notice = notifications.notice(channel["owner"], channel["_id"], "s", "t", stage.now)
    notifications.add(stage.db, notice)
    stage.plan()
    stage.advance(days=10)
    stage.deliver(channel)

    assert [one.topic for one in stage.sent] == [str(active)]
    assert sorted([one["state"] for one in stage.outbox()]) == [
        "dropped",
        "dropped",
        "dropped",
        "sent",
    ]
