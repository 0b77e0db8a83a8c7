"""Online, offline, never: at their exact borders."""

import pytest

from qlines.store.presence import Presence
from qlines.store.status import LOST, Activity, activity_of
from tests.harness.docker import ROOT

NOW_US = 1_800_000_000_000_000
TEN_MINUTES_US = 600_000_000


def presence(us_ago, *, connected, reason=""):
    return Presence(connected, NOW_US - us_ago, reason, "")


def test_a_device_that_sent_is_online_for_ten_minutes():
    for us_ago, status in ((TEN_MINUTES_US, "online"), (TEN_MINUTES_US + 1, "offline")):
        newest_us = NOW_US - us_ago
        assert activity_of(None, newest_us, NOW_US) == Activity(status, newest_us)


def test_a_connected_device_is_online_however_long_it_is_silent():
    activity = activity_of(presence(10 * TEN_MINUTES_US, connected=True), None, NOW_US)

    assert activity == Activity("online", NOW_US - 10 * TEN_MINUTES_US)


@pytest.mark.parametrize(("reading_ago_us", "presence_ago_us"), [(5, 7), (7, 5)])
def test_the_later_of_reading_and_presence_counts(reading_ago_us, presence_ago_us):
    activity = activity_of(
        presence(presence_ago_us, connected=False), NOW_US - reading_ago_us, NOW_US
    )

    assert activity.last_seen_us == NOW_US - 5


def test_a_device_that_disconnected_is_online_for_ten_minutes():
    for us_ago, status in ((TEN_MINUTES_US, "online"), (TEN_MINUTES_US + 1, "offline")):
        assert activity_of(presence(us_ago, connected=False), None, NOW_US).status == status


def test_a_device_without_readings_and_presence_was_never_seen():
    assert activity_of(None, None, NOW_US) == Activity("never", None)


def test_without_readings_a_device_is_offline_instead_of_never():
    assert activity_of(None, None, NOW_US, readings_known=False) == Activity("offline", None)


def test_no_device_was_last_seen_in_the_future():
    assert activity_of(None, NOW_US + TEN_MINUTES_US, NOW_US) == Activity("online", NOW_US)


@pytest.mark.parametrize("reason", sorted(LOST))
def test_a_device_whose_connection_was_lost_is_offline_at_once(reason):
    lost = presence(5_000_000, connected=False, reason=reason)

    activity = activity_of(lost, NOW_US - 6_000_000, NOW_US)

    assert activity == Activity("offline", NOW_US - 5_000_000)


def test_a_reading_that_came_after_the_loss_counts():
    lost = presence(5_000_000, connected=False, reason="connection lost")

    # The last one before the loss may reach Kafka up to two seconds after it.
    assert activity_of(lost, NOW_US - 3_000_000, NOW_US).status == "offline"
    assert activity_of(lost, NOW_US - 2_999_999, NOW_US).status == "online"


def test_every_reason_of_a_loss_is_one_that_the_broker_gives():
    broker = (ROOT / "appliance" / "broker" / "disconnect_reason.c").read_text()

    assert all(f'"{reason}"' in broker for reason in LOST)
